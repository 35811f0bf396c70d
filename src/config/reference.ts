import { defaultFor, type Setting } from "./setting.ts";
import { SETTING_GROUPS } from "./settings/all.ts";
import { WITHOUT_EFFECT } from "./settings/without_effect.ts";

const INTRODUCTION = `# Settings of dmail.conf

<!-- Written by \`deno task reference\` from the table in src/config/settings. Do not edit. -->

One setting a line: its name, a blank, its value. A line that begins with \`#\` is a comment,
and so is what stands behind a blank and \`#\`, but in settings whose value is a text or a command.
\`#include <file>\` reads another file, named relative to this one. Setting names may be written in any
case. A setting that stands here as "repeatable" may have several lines; any other one occurs once. A
setting without a value is as good as not there.

- Words with blanks stand in double quotes: \`forward info@office.example "|/usr/bin/robot arg"\`.
- Comma lists have no blanks. \`*\` stands for any text, \`?\` for one character, \`!\` in front for "not".
- Restrictive lists of addresses (user_ip_address, manager_ip_address) let an address pass that matches
  **every** element: \`*,!161.29.5.24\`. Permissive lists (all others) mean who matches **one** element:
  \`127.0.0.1,192.168.1.*\`. Ranges are written \`161.29.3-5.0-255\`, networks \`10.0.0.0/8\`.
- Sizes: \`40k\`, \`1MB\`, or octets. Times: a number in the unit named here, or \`90s\`, \`30m\`, \`2h\`, \`7d\`.
- Marks such as S30 number the settings of the original product's documentation.
- "Takes effect" says whether \`tellsmtp reload\` (and \`tellpop reload\`, or SIGHUP) is enough for a change.

\`dmail check\` tests a file; \`tellsmtp config <setting>\` says what a running server uses, and why.
`;

/** `conf/REFERENCE.md`: every setting with syntax, default and meaning, made from the table. */
export function referenceText(): string {
  const groups = SETTING_GROUPS.map(({ title, settings }) => {
    const entries = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
    return [`## ${title}`, ...entries.map(([name, setting]) => entry(name, setting))].join("\n\n");
  });
  return [INTRODUCTION.trimEnd(), ...groups].join("\n\n") + "\n";
}

function entry(name: string, setting: Setting<unknown>): string {
  const facts = [
    ...(isWithoutEffect(name) ? ["**no effect in this version**"] : []),
    ...(setting.repeatable ? ["repeatable"] : []),
    `default: ${defaultInWords(setting)}`,
    `takes effect: ${setting.effect}`,
    `concerns: ${setting.programs.join(", ")}`,
    setting.source === "ours" ? "this product's own" : `the original's (${setting.source})`,
    ...(setting.aliases ? [`also written: ${setting.aliases.join(", ")}`] : []),
  ];
  const obsolete = setting.obsolete === undefined ? "" : ` Obsolete: ${setting.obsolete}.`;
  return [
    `### ${name}`,
    `\`${name} ${setting.syntax}\``,
    setting.about + obsolete,
    `*${facts.join("; ")}*`,
  ].join("\n\n");
}

function isWithoutEffect(name: string): boolean {
  return ([...WITHOUT_EFFECT] as readonly string[]).includes(name);
}

function defaultInWords({ defaultText, defaultNote }: Setting<unknown>): string {
  if (defaultText === undefined) return defaultNote ?? "none";
  const unix = defaultFor(defaultText, "unix");
  const windows = defaultFor(defaultText, "windows");
  return unix === windows ? `\`${unix}\`` : `\`${unix}\`, on Windows \`${windows}\``;
}
