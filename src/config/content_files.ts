import type { FooterRule } from "../domain/footer/mod.ts";
import { asciiDomainPattern } from "../formats/domain.ts";
import {
  type FilterRule,
  MAX_FILTER_FILE_OCTETS,
  parseFilterFile,
} from "../formats/filter_file.ts";
import { decodeText } from "../formats/header.ts";
import type { Files } from "../platform/mod.ts";
import type { Evaluation } from "./evaluate.ts";
import { pathSettings } from "./mapping/machine.ts";
import { below } from "./mapping/paths.ts";
import { readNamedFile } from "./named_file.ts";
import type { ConfigProblem } from "./problem.ts";
import type { SettingLine } from "./sources.ts";

/** The files that say what is looked for in messages and what is added to them. */
export interface ContentFiles {
  /** Of msg_filter (F8). */
  readonly filterRules: readonly FilterRule[];
  /** Of add_footer, in the order of the lines. */
  readonly footers: readonly FooterRule[];
  /** The files that were read. */
  readonly paths: readonly string[];
  /** Those of the lines that name them and of the files themselves. */
  readonly problems: readonly ConfigProblem[];
}

/** None: for a configuration that is no file either. */
export const NO_CONTENT_FILES: ContentFiles = {
  filterRules: [],
  footers: [],
  paths: [],
  problems: [],
};

/** Largest footer, in octets. */
const MAX_FOOTER_OCTETS = 8 * 1024;

/** Longest line of a footer, in characters: with an encoding it stays below 998 octets. */
const MAX_FOOTER_LINE = 300;

/** Most footers that are read; with their size a bound on memory. */
const MAX_FOOTERS = 200;

/** Reads the files of msg_filter and add_footer. */
export async function readContentFiles(
  evaluation: Evaluation,
  files: Files,
): Promise<ContentFiles> {
  const filter = await readFilter(evaluation, files);
  const footers = await readFooters(evaluation, files);
  return {
    filterRules: filter.filterRules,
    footers: footers.footers,
    paths: [...filter.paths, ...footers.paths],
    problems: [...filter.problems, ...footers.problems],
  };
}

async function readFilter(
  { values, origins }: Evaluation,
  files: Files,
): Promise<Pick<ContentFiles, "filterRules" | "paths" | "problems">> {
  const path = values.msg_filter;
  const line = origins.get("msg_filter")?.[0];
  if (path === undefined || line === undefined) return NO_CONTENT_FILES;
  const found = await readNamedFile({ path, line, files, maxOctets: MAX_FILTER_FILE_OCTETS });
  if (found.kind === "bad") return { ...NO_CONTENT_FILES, problems: [found.problem] };
  const { rules, problems } = parseFilterFile(found.bytes);
  return {
    filterRules: rules,
    paths: [path],
    problems: problems.map((problem) => ({ ...problem, file: path })),
  };
}

async function readFooters(
  { values, origins }: Evaluation,
  files: Files,
): Promise<Pick<ContentFiles, "footers" | "paths" | "problems">> {
  const { dsmtp } = pathSettings(values);
  const footers: FooterRule[] = [];
  const paths: string[] = [];
  const problems: ConfigProblem[] = [];
  for (const [index, rule] of values.add_footer.entries()) {
    const line = origins.get("add_footer")?.[index];
    if (line === undefined) continue;
    if (index >= MAX_FOOTERS) {
      problems.push(at(line, `write at most ${MAX_FOOTERS} add_footer lines`));
      break;
    }
    const path = below(dsmtp, rule.path);
    const found = await readNamedFile({ path, line, files, maxOctets: MAX_FOOTER_OCTETS });
    if (found.kind === "bad") {
      problems.push(found.problem);
      continue;
    }
    const text = decodeText(found.bytes).replace(/^\uFEFF/, "");
    problems.push(...footerProblems(text, path, line));
    paths.push(path);
    footers.push({ domains: rule.domains.map(asciiDomainPattern), text });
  }
  return { footers, paths, problems };
}

function footerProblems(text: string, path: string, line: SettingLine): ConfigProblem[] {
  if (text.trim() === "") return [at(line, `${path} is empty: write the footer into it`)];
  const long = text.split(/\r\n|\n|\r/).findIndex((each) => each.length > MAX_FOOTER_LINE);
  if (long < 0) return [];
  const message = `Line with more than ${MAX_FOOTER_LINE} characters: write it as several lines`;
  return [{ severity: "error", file: path, line: long + 1, message }];
}

function at({ file, line }: SettingLine, message: string): ConfigProblem {
  return { severity: "error", file, line, message };
}
