import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { formatProblem, parseConfig } from "../../src/config/mod.ts";
import { SETTING_NAMES, SETTINGS } from "../../src/config/settings/all.ts";
import { NEEDED_LINES } from "../support/config_text.ts";

const value = fc.array(
  fc.oneof(
    fc.constantFrom(
      " ",
      "#",
      '"',
      ",",
      "!",
      "*",
      "10.0.0.1",
      "a@b",
      "/x",
      "25",
      "true",
      "tls=none",
    ),
    fc.string({ maxLength: 8 }),
  ),
  { maxLength: 6 },
).map((parts) => parts.join(""));
const line = fc.tuple(fc.constantFrom(...SETTING_NAMES, "smpt_port", "#include"), value)
  .map((parts) => parts.join(" "));

Deno.test("parseConfig() takes any octets: a configuration, or errors, and never throws", () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(line, { maxLength: 12 }).map((lines) => new TextEncoder().encode(lines.join("\n"))),
  );
  fc.assert(
    fc.property(octets, (bytes) => {
      const result = parseConfig(bytes);
      const hasErrors = result.problems.some(({ severity }) => severity === "error");
      strictEqual(result.kind, hasErrors ? "bad" : "ok");
    }),
    { numRuns: 500 },
  );
});

Deno.test("parseConfig() of a good file and any valid line stays good, whatever the setting", () => {
  fc.assert(fc.property(fc.constantFrom(...SETTING_NAMES), (name) => {
    const text = SETTINGS[name].defaultText;
    if (typeof text !== "string") return;
    const others = NEEDED_LINES.filter((needed) => !needed.startsWith(`${name} `));
    strictEqual(parseConfig([...others, `${name} ${text}`].join("\n")).kind, "ok", name);
  }));
});

Deno.test("no problem and no report shows the password of any line with one", () => {
  const secret = fc.stringMatching(/^hunter2[a-z0-9!#$%]{0,10}$/);
  const shape = fc.constantFrom(
    (password: string, rest: string) => `pf_user bob ${password} ${rest}`,
    (password: string, rest: string) => `gateway_auth * bob ${password} ${rest}`,
    (password: string) => `ras_password ${password}`,
    (password: string) => `ldap_bind_password ${password}`,
    (password: string, rest: string) => `sql_url mysql://bob:${password}@db/${rest}`,
    (password: string) => `robot_defaultuser bob ${password}`,
  );
  fc.assert(fc.property(secret, shape, value, (password, write, rest) => {
    const result = parseConfig([...NEEDED_LINES, write(password, rest)].join("\n"));
    const shown = result.problems.map(formatProblem);
    if (result.kind === "ok") shown.push(...result.config.settings.map(({ text }) => text));
    strictEqual(shown.join("\n").includes("hunter2"), false, shown.join("\n"));
  }));
});
