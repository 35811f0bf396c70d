import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { formatProblem } from "../../../src/config/mod.ts";
import { configOf, NEEDED_LINES, problemsOf } from "../../support/config_text.ts";

const FIRST_LINE = NEEDED_LINES.length + 1;

Deno.test("each mistake is reported with its line and what to write", async (t) => {
  const cases = [
    {
      lines: ["smtp_port banana"],
      want: /^dmail\.conf:6: smtp_port "banana" .*write a whole number/,
    },
    { lines: ["smtp_port 70000"], want: /from 0 to 65535/ },
    { lines: ["log_level loud"], want: /write error, warn, info or debug/ },
    { lines: ["user_ip_address *,!1.1.1.0-255"], want: /range without !/ },
    { lines: ["relative_path"], want: /warning: relative_path is not a setting: correct/ },
    {
      lines: ["smpt_port 25"],
      want: /warning: smpt_port is not a setting: did you mean smtp_port\?/,
    },
    { lines: ["pf_retry_wait 5"], want: /warning: .*not a setting/ },
    { lines: ["manager_password x"], want: /warning: manager_password: .*tellpop password/ },
    { lines: ["fake_vrfy"], want: /warning: fake_vrfy has no value .*write "fake_vrfy true"/ },
    { lines: ["#include x.conf"], want: /dmail\.conf:6: #include is not possible here/ },
    { lines: ["a\u0007 b"], want: /dmail\.conf:6: .*U\+0007/ },
    { lines: [`smtp_port ${"9".repeat(5000)}`], want: /^.{0,200}$/ },
  ];
  for (const { lines, want } of cases) {
    await t.step(lines.join("; ").slice(0, 40), () => {
      const problems = problemsOf(...lines).map(formatProblem);
      strictEqual(problems.length, 1, problems.join("\n"));
      match(problems[0]!, want);
    });
  }
});

Deno.test("a setting that occurs once and is set to two things names both lines", async (t) => {
  const cases = [
    {
      lines: ["pop_port 110", "pop_port 1100"],
      want: /^dmail\.conf:7: .*dmail\.conf:6 .*110 and 1100/,
    },
    { lines: ["pf_wait 40", "pf_retry_delay 60"], want: /dmail\.conf:6/ }, // A29: one quantity.
    { lines: ["POP_PORT 1", "Pop_Port 2"], want: /dmail\.conf:6/ },
  ];
  for (const { lines, want } of cases) {
    await t.step(lines.join("; "), () => {
      const problems = problemsOf(...lines);
      strictEqual(problems.length, 1);
      strictEqual(problems[0]!.severity, "error");
      match(formatProblem(problems[0]!), want);
    });
  }
  assertEquals(problemsOf("pop_port 110", "pop_port 110 # the same"), []);
  assertEquals(problemsOf("ras_entry", "ras_entry # none"), []);
});

Deno.test("no message ever shows a password", async (t) => {
  const lines = [
    "pf_user bob hunter2",
    "pf_user bob hunter2 pop.example tls=what",
    'pf_user bob "hunter2 pop.example',
    "gateway_auth * office hunter2 more",
    "sql_url hunter2",
    "robot_defaultuser a hunter2 c",
  ];
  for (const line of lines) {
    await t.step(line, () => {
      const problems = problemsOf(line).map(formatProblem);
      strictEqual(problems.some((text) => text.includes("is not valid")), true);
      strictEqual(problems.some((text) => text.includes("hunter2")), false, problems.join("\n"));
    });
  }
  const twice = problemsOf("ras_password hunter2", "ras_password hunter3").map(formatProblem);
  match(twice.join("\n"), /ras_password is set to something else/);
  strictEqual(twice.some((text) => text.includes("hunter")), false);
});

Deno.test("a trailing comment is cut off where the value cannot hold a # (A23)", () => {
  const config = configOf(
    "authent_cache 3000 # To tell DPOP", // 001:297
    "stats_path # To disable logging of connection statistics for charging", // 001:412
    "smtp_welcome Mail server # 1",
    "ras_password #secret",
    "log_path \\data\\logs # where the logs are",
  );
  strictEqual(config.value("authent_cache"), 3000);
  strictEqual(config.value("stats_path"), undefined);
  strictEqual(config.value("smtp_welcome"), "Mail server # 1");
  strictEqual(config.value("ras_password"), "#secret");
  strictEqual(config.value("log_path"), "\\data\\logs");
});

Deno.test("a setting without a value is as good as not there", () => {
  const config = configOf("ras_entry", "ras_domain", "pf_header", "pop_port", "relay_to");
  strictEqual(config.value("ras_entry"), undefined);
  strictEqual(config.value("pf_header"), undefined);
  strictEqual(config.value("pop_port"), 110);
  assertEquals(config.value("relay_to"), []);
});

Deno.test("aliases set the documented setting", () => {
  const config = configOf("pf_wait 7", "max_duds 3", "manger_ip_address 10.0.0.1");
  strictEqual(config.value("pf_retry_delay"), 7000);
  strictEqual(config.value("pf_max_duds"), 3);
  assertEquals(config.value("manager_ip_address"), [
    { kind: "text", pattern: "10.0.0.1", negated: false },
  ]);
});

Deno.test("repeatable settings keep their order and every line", () => {
  const config = configOf(
    "forward bob@domain1 bob@domain2",
    "forward fred@domain1 bob@domain3",
    "forward *@domain1 default@domain4",
    "drop_users ralph,bill,*smith",
    "drop_users B*",
  );
  assertEquals(config.value("forward").map(({ pattern }) => pattern), [
    "bob@domain1",
    "fred@domain1",
    "*@domain1",
  ]);
  assertEquals(config.mailboxes.dropUsers.map(({ pattern }) => pattern), [
    "ralph",
    "bill",
    "*smith",
    "B*",
  ]);
});

Deno.test("problems come in the order of the lines, and all at once", () => {
  const problems = problemsOf("pop_port x", "smtp_port y", "http_port z", "log_levl info");
  assertEquals(
    problems.map(({ line }) => line),
    [FIRST_LINE, FIRST_LINE + 1, FIRST_LINE + 2, FIRST_LINE + 3],
  );
});

Deno.test("a file that is no configuration at all gives a bounded list", () => {
  const problems = problemsOf(...Array<string>(5000).fill("lorem ipsum"), "pop_port x");
  strictEqual(problems.length, 201);
  assertEquals(problems.at(-1)?.severity, "error");
  match(problems.at(-1)?.message ?? "", /^4801 more problems/);
});

Deno.test("tens of thousands of lines of one setting are read in their order", () => {
  const lines = Array.from({ length: 30_000 }, (_, index) => `forward ${index}@a b@c`);
  strictEqual(configOf(...lines).value("forward").at(-1)?.pattern, "29999@a");
});
