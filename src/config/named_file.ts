import { type Files, reasonInWords } from "../platform/mod.ts";
import type { ConfigProblem } from "./problem.ts";
import type { SettingLine } from "./sources.ts";

/** A file that a line of the configuration names: what is in it, or why that cannot be had. */
export type NamedFile =
  | { readonly kind: "read"; readonly bytes: Uint8Array }
  /** An error at the line that names the file. */
  | { readonly kind: "bad"; readonly problem: ConfigProblem };

/** What {@linkcode readNamedFile} is asked for. */
export interface NamedFileRequest {
  readonly path: string;
  /** The line that names it. */
  readonly line: Pick<SettingLine, "file" | "line">;
  readonly files: Files;
  readonly maxOctets: number;
}

/** Reads a file that a line of the configuration names. A file that is not there is an error. */
export async function readNamedFile(request: NamedFileRequest): Promise<NamedFile> {
  const { path, files, maxOctets } = request;
  try {
    const bytes = await files.readAll(path, maxOctets);
    if (bytes !== undefined) return { kind: "read", bytes };
    return bad(request, `There is no file ${path}`);
  } catch (error) {
    return bad(request, `The file ${path} cannot be read (${reasonInWords(error)})`);
  }
}

function bad({ line: { file, line } }: NamedFileRequest, what: string): NamedFile {
  const message = `${what}: put it there, or correct or remove this line`;
  return { kind: "bad", problem: { severity: "error", file, line, message } };
}
