import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { robotProblems } from "../../../../src/config/checks/robots.ts";
import { evaluate } from "../../../../src/config/evaluate.ts";
import { formatProblem, parseConfig } from "../../../../src/config/mod.ts";
import { sourcesOfText } from "../../../../src/config/sources.ts";
import type { FileInfo } from "../../../../src/platform/mod.ts";

const NEEDED = "host_domain a.example\nwork_path /work\ndrop_path /drop\nauthent_method nwauth\n";

const PASSWD = "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nrobot:x:7:7::/:/bin/sh\n";

async function problemsOf(
  line: string,
  { os = "unix" as "unix" | "windows", passwd = PASSWD as string | "none" } = {},
): Promise<readonly string[]> {
  const { lines } = sourcesOfText(new TextEncoder().encode(line), "dmail.conf");
  const files = {
    readAll: () =>
      Promise.resolve(passwd === "none" ? undefined : new TextEncoder().encode(passwd)),
    stat: (path: string) =>
      Promise.resolve<FileInfo | undefined>(
        path === "/srv/robots" ? { kind: "directory", sizeOctets: 0, mtimeMs: 0 } : undefined,
      ),
  };
  return (await robotProblems(evaluate(lines, os), { files, os })).map(formatProblem);
}

Deno.test("robotProblems() finds what robots would miss", async (t) => {
  const cases = [
    { line: "robot_defaultuser gone", want: /^dmail\.conf:1: warning: .* there is no user gone; / },
    { line: "robot_defaultuser toor", want: /^dmail\.conf:1: robot_defaultuser: toor is root, / },
    { line: "robot_defaultuser 00", want: /^dmail\.conf:1: robot_defaultuser: 00 is root, / },
    {
      line: "\ndomain_chroot * /srv/none",
      want: /^dmail\.conf:2: warning: .* no directory \/srv\/none; /,
    },
  ];
  for (const { line, want } of cases) {
    await t.step(line, async () => {
      const [problem, ...more] = await problemsOf(line);
      match(problem ?? "", want);
      equal(more, []);
    });
  }
});

Deno.test("robotProblems() finds nothing where all is there, or cannot be known", async (t) => {
  const lines = [
    "",
    "robot_defaultuser robot",
    "robot_defaultuser 12345",
    "robot_defaultuser -1",
    "domain_chroot * /srv/robots",
  ];
  for (const line of lines) {
    await t.step(line, async () => equal(await problemsOf(line), []));
  }
  await t.step("no list of users", async () => {
    equal(await problemsOf("robot_defaultuser gone", { passwd: "none" }), []);
  });
});

Deno.test("robotProblems() says what Windows cannot do", async () => {
  const os = "windows";
  match((await problemsOf("robot_defaultuser ROBOT_USR x", { os })).join(), /warning: .*Windows/);
  match((await problemsOf("domain_chroot * c:\\robots", { os })).join(), /warning: .*Windows/);
  equal(await problemsOf("robot_defaultuser -1", { os }), []);
});

Deno.test("parseConfig() maps the settings of robots", () => {
  const lines = [
    ...["robot_defaultuser nobody", "domain_chroot a.example /srv/a", "domain_chroot * /srv/all"],
    ...["robot_timeout 90", "dsmtp_path /opt/dmail", "allowdup true"],
  ];
  const result = parseConfig(NEEDED + lines.join("\n"));
  if (result.kind !== "ok") throw new Error(result.problems.map(formatProblem).join("\n"));
  equal(result.config.robots, {
    defaultUser: { kind: "user", user: "nobody" },
    roots: [{ domain: "a.example", path: "/srv/a" }, { domain: "*", path: "/srv/all" }],
    timeoutMs: 90_000,
    programPath: "/opt/dmail",
  });
  strictEqual(result.config.allowDuplicates, true);
});

Deno.test("parseConfig() shuts robots in under all names of a domain", async (t) => {
  const domains = ["host_domain a.example", "host_domain bücher.example", "host_domain c.example"];
  const shops = ["vdomain s /s shop.example /s", "vdomain S /t store.example /s"];
  const cases = [
    {
      lines: ["domain_chroot BÜCHER.example /jail"],
      want: [["xn--bcher-kva.example", "/jail"], ["a.example", "/jail"], ["c.example", "/jail"]],
    },
    {
      lines: ["domain_chroot store.example /jail"],
      want: [["store.example", "/jail"], ["shop.example", "/jail"]],
    },
    {
      lines: ["domain_chroot a.example /one", "domain_chroot c.example /two"],
      want: [
        ["a.example", "/one"],
        ["c.example", "/two"],
        ["xn--bcher-kva.example", "/one"],
        ["c.example", "/one"],
        ["a.example", "/two"],
        ["xn--bcher-kva.example", "/two"],
      ],
    },
    { lines: ["domain_chroot other.example /jail"], want: [["other.example", "/jail"]] },
  ];
  for (const { lines, want } of cases) {
    await t.step(lines.join(), () => {
      const needed = NEEDED.replace(/^host_domain .*$/m, domains.join("\n"));
      const result = parseConfig([needed, ...shops, ...lines].join("\n"));
      if (result.kind !== "ok") throw new Error(result.problems.map(formatProblem).join("\n"));
      equal(result.config.robots.roots.map(({ domain, path }) => [domain, path]), want);
    });
  }
});

Deno.test("parseConfig() gives robots a minute, and merges duplicates", () => {
  const result = parseConfig(NEEDED);
  if (result.kind !== "ok") throw new Error(result.problems.map(formatProblem).join("\n"));
  const { defaultUser, roots, timeoutMs } = result.config.robots;
  equal({ defaultUser, roots, timeoutMs }, {
    defaultUser: undefined,
    roots: [],
    timeoutMs: 60_000,
  });
  strictEqual(result.config.allowDuplicates, false);
});
