import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { formatProblem, parseConfig } from "../../../../src/config/mod.ts";
import { NEEDED_LINES, problemsOf } from "../../../support/config_text.ts";

Deno.test("what cannot be right together is reported once, with advice", async (t) => {
  const cases = [
    {
      lines: ["ras_timer 3", "link_up /bin/dial"],
      want: /^dmail\.conf:6: ras_timer 3 .*dialled \(link_up\): write "ras_timer 5" or more/,
    },
    { lines: ["smtp_port 8025", "http_port 8025"], want: /:7: http_port 8025 .*smtp_port/ },
    { lines: ["pop_port 25"], want: /:6: pop_port 25 is the port of smtp_port already/ },
    { lines: ["manager_port 110"], want: /:6: manager_port 110 is the port of pop_port already/ },
    { lines: ["tls_cert /etc/cert.pem"], want: /tls_key is missing/ },
    { lines: ["tls_key /etc/key.pem"], want: /tls_cert is missing/ },
    {
      lines: ["suspend_domain far.example", "suspend_domain office.example"],
      want: /:7: warning: suspend_domain: mail for office\.example is delivered here/,
    },
    { lines: ["relay_to x.example", "relay_to *"], want: /:7: warning: relay_to: .*everybody/ },
    { lines: ["forward_from_ip *"], want: /:6: warning: forward_from_ip: everybody/ },
    { lines: ["hide_auth recentpop"], want: /:6: warning: hide_auth: .*write pop_before_smtp/ },
    { lines: ["ban_ip 10.*", "ban_ip *,!10.1.2.3"], want: /:7: warning: ban_ip: .*ban_ip_except/ },
    { lines: ["fromip_nolimit *"], want: /:6: warning: fromip_nolimit: everybody/ },
    { lines: ["user_ip_address 10.0.0.1,10.0.0.2"], want: /:6: warning: .*no address passes/ },
    { lines: ["vdomain a /a office.example /mail/a"], want: /is a host_domain already/ },
    {
      lines: ["fallback_address office.example a@b", "fallback_address office.example c@d"],
      want: /:7: fallback_address: office\.example has one already/,
    },
    { lines: ["fallback_address other.example a@b"], want: /warning: .*not a local domain/ },
    { lines: ["alias_file_domain other.example /a"], want: /warning: .*not a local domain/ },
    {
      lines: ["pf_domain other.example"],
      want: /warning: pf_domain: other\.example is not a local domain/,
    },
    { lines: ["pf_user a b 127.0.0.1"], want: /warning: pf_user: nothing collects/ },
    { lines: ["ras_entry Provider", "ras_timer 5"], want: /warning: ras_entry: .*link_up/ },
    { lines: ["link_down /bin/x"], want: /warning: link_down: .*link_up/ },
    { lines: ["atrn_domain office.example ann"], want: /warning: atrn_domain: .*delivered here/ },
    {
      lines: ["atrn_domain far.example ann"],
      want: /warning: atrn_domain: .*does not wait here; write "suspend_domain far\.example" too$/,
    },
    { lines: ["etrn_from office.example 10.*"], want: /warning: etrn_from: .*delivered here/ },
    {
      lines: ["etrn_from far.example 10.*", "suspend_domain else.example"],
      want: /:7: warning: suspend_domain: .*nobody ask .*write "etrn_from else\.example <addr/,
    },
    {
      lines: ["etrn_from * nobody", "suspend_domain else.example"],
      want: /:7: warning: suspend_domain: .*nobody ask /,
    },
    {
      lines: ["suspend_domain far.example", "atrn_domain far.example ann secret"],
      want: /warning: atrn_domain: a secret is for odmr_port alone; write "odmr_port 366" too/,
    },
    { lines: ["odmr_port 366"], want: /warning: odmr_port: nobody gets .*write "atrn_domain/ },
    {
      lines: ["atrn_auth ann pass"],
      want: /^dmail\.conf:\d+: atrn_auth: no server is named; write the host/,
    },
    {
      lines: ["gateway_auth * a b", "gateway_tls * none"],
      want: /:6: warning: gateway_auth: .*unprotected; write "gateway_tls \* must"/,
    },
  ];
  for (const { lines, want } of cases) {
    await t.step(lines.join("; "), () => {
      const problems = problemsOf(...lines).map(formatProblem);
      strictEqual(problems.length, 1, problems.join("\n"));
      match(problems[0]!, want);
    });
  }
});

Deno.test("what is right together is left alone", async (t) => {
  const cases = [
    ["suspend_domain *.far.example", "dns_host 10.0.0.1", "proxy_domain * 10.0.0.1 $IP:25"],
    ["suspend_domain *.far.example", "atrn_domain a.far.example ann", "odmr_port 366"],
    ["gateway *.far.example 10.0.0.1", "atrn_domain a.far.example ann"],
    ["atrn_auth ann pass hub.example"],
    ["etrn_from *.example 10.*", "suspend_domain far.example", "suspend_domain *.far.example"],
    ["etrn_from a.far.example users", "suspend_domain *.far.example"],
    ["etrn_from * nobody", "suspend_domain far.example", "atrn_domain far.example ann"],
    ["etrn_from * nobody"],
    ["ras_timer 1"], // B51: no minimum where nothing is dialled.
    ["ras_timer 5", "link_up /bin/dial", "link_down /bin/hang"],
    ["link_check /bin/check"], // Another program dials; we only join.
    ["smtp_port 0", "pop_port 0", "http_port 0"],
    ["bind_ip 192.168.1.1", "smtp_port 8025", "http_port 8025"],
    ["forward_from_ip 127.0.0.1,192.168.1.*"],
    ["vdomain a 1.2.3.4 a.example /mail/a", "vdomain a /a a.example /mail/a"], // 000:246
    [
      "vdomain a /a a.example /mail/a",
      "fallback_address a.example x@a.example",
      "pf_domain a.example",
    ],
    ["fallback_address * x@office.example", "alias_file_domain * /etc/aliases"],
    ["gateway *.far.example 1.2.3.4", "gateway_tls x.far.example must"],
    ["pf_user a b 127.0.0.1", "ras_timer 5"],
    ["ras_smtpip 1.2.3.4:2525", "ras_timer 15"],
  ];
  for (const lines of cases) {
    await t.step(lines.join("; "), () => assertEquals(problemsOf(...lines).map(formatProblem), []));
  }
});

Deno.test("a gateway rule for a domain without a gateway is reported", () => {
  const without = NEEDED_LINES.filter((line) => !line.startsWith("gateway"));
  const problemsWith = (...lines: readonly string[]) =>
    parseConfig([...without, "gateway a.example 1.2.3.4", ...lines].join("\n")).problems
      .map(formatProblem);
  const [problem, ...more] = problemsWith("gateway_auth b.example u p");
  assertEquals(more, []);
  match(problem!, /^dmail\.conf:6: warning: gateway_auth: b\.example has no gateway/);
  // The password for all that is not local goes to no gateway of a domain.
  match(problemsWith("gateway_auth * u p")[0]!, /warning: gateway_auth: \* has no gateway/);
  assertEquals(problemsWith("gateway_tls * must"), []); // It is for mail exchangers, too.
});

Deno.test("compulsory settings that are missing are asked for, bad ones only once", async (t) => {
  for (const name of ["host_domain", "work_path", "drop_path"]) {
    const rest = NEEDED_LINES.filter((line) => !line.startsWith(name));
    await t.step(`without ${name}`, () => {
      const problems = parseConfig(rest.join("\n")).problems.map(formatProblem);
      strictEqual(problems.length, 1);
      match(problems[0]!, new RegExp(`^dmail\\.conf: ${name} is missing: add "${name} <`));
    });
    await t.step(`with a bad ${name}`, () => {
      const { problems } = parseConfig([...rest, `${name} ..`].join("\n"));
      assertEquals(problems.map(({ line }) => line), [5]);
    });
  }
});

Deno.test("a method that does not work yet is an error, also as the default of the system", async (t) => {
  const rest = NEEDED_LINES.filter((line) => !line.startsWith("authent_method"));
  const cases = [
    {
      lines: rest,
      os: "unix",
      want: /dmail\.conf: authent_method unix_user: .*write "authent_method nwauth"/,
    },
    { lines: rest, os: "windows", want: /dmail\.conf: authent_method nt_user: / },
    {
      lines: [...rest, "authent_method external"],
      os: "unix",
      want: /:5: authent_method external: /,
    },
  ] as const;
  for (const { lines, os, want } of cases) {
    await t.step(`${lines.length} lines on ${os}`, () => {
      const result = parseConfig(lines.join("\n"), { os });
      strictEqual(result.kind, "bad");
      strictEqual(result.problems.length, 1);
      match(formatProblem(result.problems[0]!), want);
    });
  }
});
