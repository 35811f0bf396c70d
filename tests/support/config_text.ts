import {
  type Config,
  type ConfigProblem,
  formatProblem,
  parseConfig,
} from "../../src/config/mod.ts";

/** The lines that every configuration needs, with nothing to complain about. */
export const NEEDED_LINES = [
  "host_domain office.example",
  "work_path /srv/dmail/work",
  "drop_path /srv/dmail/drop",
  "authent_method nwauth",
  "gateway * smtp.provider.example",
] as const;

/** The configuration of {@linkcode NEEDED_LINES} and some more; throws if it is bad. */
export function configOf(...lines: readonly string[]): Config {
  const result = parseConfig([...NEEDED_LINES, ...lines].join("\n"));
  if (result.kind === "ok") return result.config;
  throw new Error(result.problems.map(formatProblem).join("\n"));
}

/** What is wrong with {@linkcode NEEDED_LINES} and some more. */
export function problemsOf(...lines: readonly string[]): readonly ConfigProblem[] {
  return parseConfig([...NEEDED_LINES, ...lines].join("\n")).problems;
}

/** The text of a `dmail.conf`: the usual settings, but for those that `lines` set otherwise. */
export function configurationOf(usual: readonly string[], lines: readonly string[]): string {
  const nameOf = (line: string) => line.split(" ", 1)[0];
  const own = new Set(lines.map(nameOf));
  return [...usual.filter((line) => !own.has(nameOf(line))), ...lines, ""].join("\n");
}
