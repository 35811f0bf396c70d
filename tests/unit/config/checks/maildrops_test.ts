import { match, strictEqual } from "node:assert/strict";
import { formatProblem } from "../../../../src/config/mod.ts";
import { problemsOf } from "../../../support/config_text.ts";

Deno.test("a configuration by which users would share drop files is refused", async (t) => {
  const cases = [
    {
      lines: ["drop_prefix false", "vdomain a /a a.example /srv/dmail/drop"],
      want: /:7: vdomain: .* another domain, with the same names: write another directory/,
    },
    {
      lines: ["vdomain a /a a.example /mail/a", "vdomain A /b b.example /mail/b"],
      want: /:7: vdomain: the users of A have their mail in \/mail\/a already/,
    },
    {
      lines: ["drop_prefix false", "vdomain a /a a.example /mail/a", "alt_drop_path * /alt"],
      want: /:7: vdomain: \/alt has the drop files of another domain/,
    },
    {
      lines: ["hash_spool 1", "bin_path /srv/dmail/drop/b"],
      want: /:6: hash_spool: \/srv\/dmail\/drop\/b is where hash_spool puts directories/,
    },
    {
      lines: ["vdomain a /a a.example /mail/a", "vdomain a_b /b b.example /mail/b"],
      want: /:7: warning: vdomain: a user of a called b_anna would be anna of a_b/,
    },
    { lines: ["vdomain_separator /"], want: /:6: vdomain_separator .* write one of _ - / },
    { lines: ["vdomain_separator ab"], want: /:6: vdomain_separator/ },
  ];
  for (const { lines, want } of cases) {
    await t.step(lines.join("; "), () => {
      const problems = problemsOf(...lines).map(formatProblem);
      strictEqual(problems.length, 1, problems.join("\n"));
      match(problems[0]!, want);
    });
  }
});
