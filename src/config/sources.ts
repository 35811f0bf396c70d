import { isAbsolutePath } from "../formats/absolute_path.ts";
import { MAX_CONF_OCTETS, parseConf } from "../formats/conf.ts";
import { type Files, parentOf, reasonInWords } from "../platform/mod.ts";
import type { ConfigProblem } from "./problem.ts";

/** One line that sets something, with the place where it stands. */
export interface SettingLine {
  /** In lower case, as written: it may be an alias, or unknown. */
  readonly name: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** A configuration file with all it includes, in the order in which it is read. */
export interface Sources {
  readonly lines: readonly SettingLine[];
  /** Every file that was read, the main one first. */
  readonly files: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

/** How deep `#include` may go; more is a mistake. */
const MAX_DEPTH = 8;

/** How many files are read in all: with {@linkcode MAX_CONF_OCTETS} a bound on memory. */
const MAX_FILES = 64;

/**
 * Reads a configuration file and those it includes. An included file is named relative to the one
 * that includes it. What cannot be read is a problem at the line that asks for it.
 */
export async function readSources(
  { path, files }: { readonly path: string; readonly files: Files },
): Promise<Sources> {
  const reader = new SourceReader(files);
  await reader.read(path, [], { file: path, line: 0 });
  return reader;
}

/** The lines of one text that includes no other. */
export function sourcesOfText(bytes: Uint8Array, file: string): Sources {
  const collected = collect(bytes, file);
  const problems = collected.includes.map((include) => ({
    severity: "error" as const,
    file,
    line: include.line,
    message: "#include is not possible here: write the settings themselves",
  }));
  return {
    lines: collected.lines,
    files: [file],
    problems: [...collected.problems, ...problems],
  };
}

type Place = Pick<ConfigProblem, "file" | "line">;

interface Collected {
  readonly lines: SettingLine[];
  readonly includes: { readonly line: number; readonly path: string; readonly before: number }[];
  readonly problems: ConfigProblem[];
}

class SourceReader implements Sources {
  readonly lines: SettingLine[] = [];
  readonly files: string[] = [];
  readonly problems: ConfigProblem[] = [];
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  /** `above` are the files that are being read, from the main one to the one with the `#include`. */
  async read(file: string, above: readonly string[], asked: Place): Promise<void> {
    const refusal = this.#refusal(file, above);
    if (refusal !== undefined) return this.#error(asked, refusal);
    const bytes = await this.#bytes(file, asked);
    if (bytes === undefined) return;
    this.files.push(file);
    const { lines, includes, problems } = collect(bytes, file);
    this.problems.push(...problems);
    let done = 0;
    for (const include of includes) {
      this.lines.push(...lines.slice(done, include.before));
      done = include.before;
      await this.read(resolve(file, include.path), [...above, file], { file, line: include.line });
    }
    this.lines.push(...lines.slice(done));
  }

  #refusal(file: string, above: readonly string[]): string | undefined {
    if (above.includes(file)) {
      return `${file} includes itself by way of this line: remove one #include of the circle`;
    }
    if (above.length > MAX_DEPTH) {
      return `#include goes deeper than ${MAX_DEPTH} files: write the settings into fewer files`;
    }
    if (this.files.length >= MAX_FILES) {
      return `More than ${MAX_FILES} files are included: write the settings into fewer files`;
    }
  }

  async #bytes(file: string, asked: Place): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.#files.readAll(file, MAX_CONF_OCTETS);
      if (bytes === undefined) this.#error(asked, `There is no file ${file}: ${whatToDo(asked)}`);
      return bytes;
    } catch (error) {
      const reason = reasonInWords(error);
      this.#error(asked, `The file ${file} cannot be read (${reason}): ${whatToDo(asked)}`);
    }
  }

  #error(place: Place, message: string): void {
    this.problems.push({ severity: "error", ...place, message });
  }
}

function whatToDo({ line }: Place): string {
  return line === 0
    ? "write one (conf/ has examples), or name another with -i"
    : "put it there, or correct or remove this line";
}

function collect(bytes: Uint8Array, file: string): Collected {
  const collected: Collected = { lines: [], includes: [], problems: [] };
  for (const item of parseConf(bytes)) {
    if (item.kind === "setting") {
      collected.lines.push({ name: item.name, text: item.value, file, line: item.line });
    } else if (item.kind === "include") {
      const before = collected.lines.length;
      collected.includes.push({ line: item.line, path: item.path, before });
    } else {
      const { line, message } = item;
      collected.problems.push({ severity: "error", file, line, message });
    }
  }
  return collected;
}

/** `name` as seen from the directory of `file`, with `.` and `..` taken out. */
function resolve(file: string, name: string): string {
  const directory = /[\\/]/.test(file) ? parentOf(file) : ".";
  const joined = isAbsolutePath(name) ? name : `${directory}/${name}`;
  const start = /^(?:[a-z]:)?[\\/]{0,2}/i.exec(joined)?.[0] ?? "";
  const parts: string[] = [];
  for (const part of joined.slice(start.length).split(/[\\/]/)) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return start + parts.join(start.includes("\\") ? "\\" : "/");
}
