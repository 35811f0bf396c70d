import { type Files, readAuthorities } from "../platform/mod.ts";
import type { Evaluation } from "./evaluate.ts";
import { readNamedFile } from "./named_file.ts";
import type { ConfigProblem } from "./problem.ts";

/** The certificates of the authorities that tls_ca names. */
export interface AuthorityFiles {
  /** Each PEM, by itself. */
  readonly certs: readonly string[];
  /** The files that were read. */
  readonly paths: readonly string[];
  /** Those of the lines that name them and of the files themselves. */
  readonly problems: readonly ConfigProblem[];
}

/** None: for a configuration that is no file either. */
export const NO_AUTHORITY_FILES: AuthorityFiles = { certs: [], paths: [], problems: [] };

/** Largest file, in octets: all that the world knows take some 250 KiB. */
const MAX_FILE_OCTETS = 1024 * 1024;

/** Most files that are read; with their size a bound on memory. */
const MAX_FILES = 20;

/** Reads the files of tls_ca. */
export async function readAuthorityFiles(
  { values, origins }: Evaluation,
  files: Files,
): Promise<AuthorityFiles> {
  const certs: string[] = [];
  const paths: string[] = [];
  const problems: ConfigProblem[] = [];
  for (const [index, path] of values.tls_ca.entries()) {
    const line = origins.get("tls_ca")?.[index];
    if (line === undefined) continue;
    if (index >= MAX_FILES) {
      const message = `write at most ${MAX_FILES} tls_ca lines: a file may hold many certificates`;
      problems.push({ severity: "error", file: line.file, line: line.line, message });
      break;
    }
    const found = await readNamedFile({ path, line, files, maxOctets: MAX_FILE_OCTETS });
    if (found.kind === "bad") {
      problems.push(found.problem);
      continue;
    }
    paths.push(path);
    const result = readAuthorities(new TextDecoder().decode(found.bytes));
    if (result.kind === "read") certs.push(...result.certs);
    else problems.push(problemIn(path, result));
  }
  return { certs, paths, problems };
}

function problemIn(
  file: string,
  { line, reason }: { line: number; reason: string },
): ConfigProblem {
  const message =
    `tls_ca: ${reason}: put certificates of authorities there, PEM, or correct tls_ca`;
  return { severity: "error", file, line, message };
}
