import { type Files, type Machine, readableByAll } from "../platform/mod.ts";
import { type AliasFiles, NO_ALIAS_FILES, readAliasFiles } from "./alias_files.ts";
import { type AuthorityFiles, NO_AUTHORITY_FILES, readAuthorityFiles } from "./authority_files.ts";
import { buildConfig } from "./build.ts";
import { certificateProblems } from "./checks/certificate.ts";
import { robotProblems } from "./checks/robots.ts";
import { checkTogether } from "./checks/together.ts";
import type { Config } from "./config.ts";
import { type ContentFiles, NO_CONTENT_FILES, readContentFiles } from "./content_files.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { withoutSlash } from "./mapping/paths.ts";
import type { ConfigProblem } from "./problem.ts";
import { HIDDEN } from "./setting.ts";
import { SETTING_NAMES, SETTINGS } from "./settings/all.ts";
import { WITHOUT_EFFECT } from "./settings/without_effect.ts";
import { readSources, type Sources, sourcesOfText } from "./sources.ts";

/** A whole configuration, or none: nothing starts half-configured. */
export type ConfigResult =
  /** `problems` are warnings. */
  | {
    readonly kind: "ok";
    readonly config: Config;
    readonly problems: readonly ConfigProblem[];
  }
  /** At least one of the problems is an error. */
  | {
    readonly kind: "bad";
    readonly problems: readonly ConfigProblem[];
    /** Where an appliance that was started with a better file still works. */
    readonly workPath: string | undefined;
  };

/** Where {@linkcode loadConfig} finds what it reads. */
export interface LoadOptions {
  readonly path: string;
  readonly files: Files;
  readonly machine: Machine;
  /** Of the product, for greetings. */
  readonly version: string;
  /** Whether everybody on the machine may read a file; by default the disk is asked. */
  readonly isPublic?: (path: string) => Promise<boolean>;
}

/**
 * Reads, checks and freezes the configuration. What is wrong comes back as problems, in the order
 * of the files; it does not throw.
 */
export async function loadConfig(options: LoadOptions): Promise<ConfigResult> {
  const { path, files, machine, version, isPublic = readableByAll } = options;
  const sources = await readSources({ path, files });
  if (sources.files.length === 0) {
    return { kind: "bad", problems: sources.problems, workPath: undefined };
  }
  const evaluation = evaluate(sources.lines, machine.os);
  const extra = [
    ...await publicSecrets(evaluation, isPublic),
    ...await certificateProblems(evaluation, { files, isPublic }),
    ...await robotProblems(evaluation, { files, os: machine.os }),
    ...idleSettings(evaluation),
  ];
  const named = {
    aliasFiles: await readAliasFiles(evaluation, files),
    contentFiles: await readContentFiles(evaluation, files),
    authorityFiles: await readAuthorityFiles(evaluation, files),
  };
  return result({ sources, evaluation, ...named, path, os: machine.os, version, extra });
}

/**
 * {@linkcode loadConfig} for a text at hand, which cannot include files; those that it names are
 * taken to be empty.
 */
export function parseConfig(
  text: string | Uint8Array,
  { path = "dmail.conf", os = "unix", version = "0.0.0" }: {
    readonly path?: string;
    readonly os?: "windows" | "unix";
    readonly version?: string;
  } = {},
): ConfigResult {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const sources = sourcesOfText(bytes, path);
  const evaluation = evaluate(sources.lines, os);
  const named = {
    aliasFiles: NO_ALIAS_FILES,
    contentFiles: NO_CONTENT_FILES,
    authorityFiles: NO_AUTHORITY_FILES,
  };
  return result({ sources, evaluation, ...named, path, os, version, extra: [] });
}

/** How many problems are listed: a file that is no configuration at all has one in each line. */
const MAX_PROBLEMS = 200;

function result(
  { sources, evaluation, aliasFiles, contentFiles, authorityFiles, path, os, version, extra }: {
    readonly sources: Sources;
    readonly evaluation: Evaluation;
    readonly aliasFiles: AliasFiles;
    readonly contentFiles: ContentFiles;
    readonly authorityFiles: AuthorityFiles;
    readonly path: string;
    readonly os: "windows" | "unix";
    readonly version: string;
    readonly extra: readonly ConfigProblem[];
  },
): ConfigResult {
  const files = [
    ...sources.files,
    ...aliasFiles.byPath.keys(),
    ...contentFiles.paths,
    ...authorityFiles.paths,
  ];
  const problems = inOrder(files, [
    ...sources.problems,
    ...evaluation.problems,
    ...aliasFiles.problems,
    ...contentFiles.problems,
    ...authorityFiles.problems,
    ...checkTogether(evaluation, path),
    ...extra,
  ]);
  const listed = bounded(problems, path);
  if (problems.some(isError)) {
    return { kind: "bad", problems: listed, workPath: workPath(evaluation) };
  }
  const named = { aliasFiles, contentFiles, authorityFiles };
  const context = { path, files: sources.files, ...named, os, version };
  const config = buildConfig(evaluation, context);
  return { kind: "ok", config, problems: listed };
}

function workPath({ values }: Evaluation): string | undefined {
  return values.work_path && withoutSlash(values.work_path);
}

function bounded(problems: readonly ConfigProblem[], file: string): readonly ConfigProblem[] {
  const rest = problems.slice(MAX_PROBLEMS);
  if (rest.length === 0) return problems;
  const severity = rest.some(isError) ? "error" : "warning";
  const message = `${rest.length} more problems are not listed: correct these first`;
  return [...problems.slice(0, MAX_PROBLEMS), { severity, file, line: 0, message }];
}

function isError({ severity }: ConfigProblem): boolean {
  return severity === "error";
}

/** A warning for each setting that is set and changes nothing, at its first line. */
function idleSettings({ origins }: Evaluation): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const [name, [first]] of origins) {
    if (first === undefined || !WITHOUT_EFFECT.has(name)) continue;
    const message = `${name} has no effect in this version; put a # before it to be told no more`;
    problems.push({ severity: "warning", file: first.file, line: first.line, message });
  }
  return problems;
}

/** A warning for each file with passwords that everybody on this machine may read. */
async function publicSecrets(
  { origins }: Evaluation,
  isPublic: (path: string) => Promise<boolean>,
): Promise<readonly ConfigProblem[]> {
  const first = new Map<string, number>();
  for (const name of SETTING_NAMES) {
    for (const { file, line, text } of origins.get(name) ?? []) {
      if (SETTINGS[name].mask(text).includes(HIDDEN)) {
        first.set(file, Math.min(line, first.get(file) ?? Infinity));
      }
    }
  }
  const problems: ConfigProblem[] = [];
  for (const [file, line] of first) {
    if (!await isPublic(file)) continue;
    const message = "Everybody on this machine may read this file, and it holds a password: " +
      `take that right away, as in "chmod o-r ${file}"`;
    problems.push({ severity: "warning", file, line, message });
  }
  return problems;
}

function inOrder(
  files: readonly string[],
  problems: readonly ConfigProblem[],
): readonly ConfigProblem[] {
  const rank = ({ file }: ConfigProblem) => files.indexOf(file);
  return problems.toSorted((a, b) => rank(a) - rank(b) || a.line - b.line);
}
