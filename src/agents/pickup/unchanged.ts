import type { DirectoryEntry, FileInfo, Files } from "../../platform/mod.ts";

/** Files that are looked at at a time. */
const MAX_FILES = 1000;

/** Names of files that are still being written, or are none of ours. */
const UNFINISHED = /^\.|\.(?:tmp|part|writing)$/i;

/** A file that nobody has written to for a while. */
export interface UnchangedFile {
  readonly name: string;
  readonly path: string;
  readonly info: FileInfo;
  /** Names the file as it is now: a later one of the same name is another one. */
  readonly key: string;
}

/** One look at a directory. */
export interface Look {
  /** Files that were the same at the look before, at most {@linkcode MAX_FILES}. */
  readonly unchanged: readonly UnchangedFile[];
  /** Keys of all the files that are there; `undefined` if there are more than are looked at. */
  readonly all: ReadonlySet<string> | undefined;
}

/**
 * Tells which files of a directory were the same at two looks. Where there are more than are looked at
 * at a time they take turns, so that those which stay for ever keep no others waiting.
 */
export class UnchangedFiles {
  readonly #files: Pick<Files, "list" | "stat">;
  /** How each file looked last, by name. */
  #seen: ReadonlyMap<string, string> = new Map();
  /** The turn is that of the names behind this one. */
  #turn = "";

  constructor(files: Pick<Files, "list" | "stat">) {
    this.#files = files;
  }

  /** @throws What the disk throws. {@linkcode TypeError} if the directory is not there. */
  async look(directory: string): Promise<Look> {
    if ((await this.#files.stat(directory))?.kind !== "directory") {
      throw new TypeError("there is no such directory");
    }
    const names = (await this.#files.list(directory)).filter(isMessageFile).map(({ name }) => name);
    const next = new Set(this.#nextOf(names));
    const before = this.#seen;
    const seen = new Map<string, string>();
    const unchanged: UnchangedFile[] = [];
    for (const name of new Set([...before.keys(), ...next])) {
      const file = await fileAt(this.#files, directory, name);
      if (file === undefined) continue;
      if (next.has(name)) seen.set(name, file.key);
      if (before.get(name) === file.key) unchanged.push(file);
    }
    this.#seen = seen;
    return { unchanged, all: names.length > next.size ? undefined : new Set(seen.values()) };
  }

  #nextOf(names: readonly string[]): readonly string[] {
    if (names.length <= MAX_FILES) return names;
    const first = names.findIndex((name) => name > this.#turn);
    const from = Math.max(first, 0);
    const next = [...names.slice(from), ...names.slice(0, from)].slice(0, MAX_FILES);
    this.#turn = next.at(-1) ?? "";
    return next;
  }
}

/** The file with a name; `undefined` if there is none, or something else. */
export async function fileAt(
  files: Pick<Files, "stat">,
  directory: string,
  name: string,
): Promise<UnchangedFile | undefined> {
  const path = `${directory}/${name}`;
  const info = await files.stat(path, { followLinks: false });
  if (info?.kind !== "file") return undefined;
  return { name, path, info, key: `pickup ${name} ${info.sizeOctets} ${info.mtimeMs}` };
}

/** The name in a key; `undefined` if it is none. */
export function nameIn(key: string): string | undefined {
  return /^pickup (.+) \d+ -?[\d.]+$/s.exec(key)?.[1];
}

function isMessageFile({ name, kind }: DirectoryEntry): boolean {
  return kind === "file" && !UNFINISHED.test(name);
}
