import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { formatProblem } from "../../../../src/config/mod.ts";
import { problemsOf } from "../../../support/config_text.ts";

Deno.test("spool_dir is refused where something else is kept", async (t) => {
  const cases = [
    {
      lines: [],
      spoolDir: "/srv/dmail/work",
      want: /:6: spool_dir \/srv\/dmail\/work is work_path/,
    },
    { lines: [], spoolDir: "/srv/dmail/work/queue/", want: /is the queue already/ },
    { lines: [], spoolDir: "/srv//dmail/./drop", want: /is drop_path already/ },
    { lines: ["bin_path /mail/bins"], spoolDir: "/mail/bins", want: /is bin_path already/ },
    { lines: ["log_path /var/log/dmail"], spoolDir: "/var/log/dmail", want: /is log_path already/ },
    { lines: ["nwauth_path /mail/users"], spoolDir: "/mail/users", want: /is nwauth_path already/ },
    {
      lines: ["vdomain a /a a.example /mail/a"],
      spoolDir: "/mail/a",
      want: /is a directory of drop files already.*: write a directory of its own/,
    },
  ];
  for (const { lines, spoolDir, want } of cases) {
    await t.step(spoolDir, () => {
      const problems = problemsOf(`spool_dir ${spoolDir}`, ...lines).map(formatProblem);
      strictEqual(problems.length, 1, problems.join("\n"));
      match(problems[0]!, want);
    });
  }
});

Deno.test("spool_dir may be beside and below what else there is", () => {
  for (const spoolDir of ["/srv/dmail/pickup", "/srv/dmail/work/pickup", "/srv/dmail/workshop"]) {
    deepStrictEqual(problemsOf(`spool_dir ${spoolDir}`), []);
  }
});
