import { type AppendFile, openNewAppendFile } from "./append_file.ts";
import { Coalesced } from "./coalesced.ts";
import { type FirstLine, FirstLineReader } from "./first_line.ts";
import { freeSpaceAt } from "./free_space.ts";
import { giveTo, mustNotBeLink } from "./ownership.ts";
import { type OpenedFile, readOpened } from "./read_opened.ts";
import { readRange } from "./read_range.ts";
import { SmallRestReader } from "./small_rest.ts";
import { Turns } from "./turns.ts";
import { writeAll } from "./write_all.ts";

/** What {@linkcode Files.stat} tells about a file. */
export interface FileInfo {
  readonly kind: "file" | "directory" | "other";
  readonly sizeOctets: number;
  readonly mtimeMs: number;
  /** Number of the owner; files on Windows have none. */
  readonly uid?: number;
  /** Who may do what, as chmod writes it; files on Windows have none. */
  readonly mode?: number;
}

/** A name in a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "other";
}

/** Where an append wrote. */
export interface Appended {
  readonly offset: number;
  readonly octets: number;
  /** The file as it was right behind it: larger if somebody else writes too. */
  readonly after: FileInfo;
}

/** Bytes as they come: from a socket, a file or memory. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** An exclusive lock on a path, held until disposed. */
export type FileLock = AsyncDisposable;

/**
 * The file operations the store is built from.
 *
 * It is deliberately smaller than `Deno`: every call here is one place a disk can fail, and
 * `FaultyFiles` in tests/support fails each of them in turn. All paths are absolute. A failure is
 * the platform's own error (`Deno.errors.*`); {@linkcode isDiskFull} tells a full disk.
 */
export interface Files {
  /**
   * Writes `body` to a file that must not exist yet and makes its bytes durable. The name is
   * durable only after {@linkcode rename} or {@linkcode syncDir}. Resolves to its size in octets.
   * On failure what was written stays: the caller removes it.
   */
  create(path: string, body: Chunks, options?: { mode?: number }): Promise<number>;

  /**
   * Appends `body`, creating the file if needed, and makes it durable with its name. On failure the
   * file is cut back to the size it had, so that it never keeps half a record. If `followLinks` is
   * false it fails for a link, and creates none.
   */
  append(
    path: string,
    body: Chunks,
    options?: { mode?: number; followLinks?: boolean },
  ): Promise<Appended>;

  /**
   * Makes a file that must not exist yet, with a durable name, to append to it many times. On failure
   * there is none.
   */
  openAppend(path: string, options?: { mode?: number }): Promise<AppendFile>;

  /**
   * Replaces a whole small file: a reader sees the old one or the new one, also after a crash.
   * Callers at the same time take turns, in their order.
   */
  replace(path: string, bytes: Uint8Array, options?: { mode?: number }): Promise<void>;

  /** Renames within one file system, replacing `to`, and makes both directories durable. */
  rename(from: string, to: string): Promise<void>;

  /** Removes a file. One that is already gone is not an error. Durable after {@linkcode syncDir}. */
  remove(path: string): Promise<void>;

  /**
   * Streams octets `start` up to, not including, `end` (default: to the end of the file). With
   * `followLinks` false the stream fails for all that is no file, a link too, and waits for nobody.
   */
  read(
    path: string,
    range?: { start?: number; end?: number; followLinks?: boolean },
  ): ReadableStream<Uint8Array>;

  /**
   * Reads a whole file, or `undefined` if there is none.
   *
   * @throws {RangeError} If it is larger than `maxOctets`.
   */
  readAll(path: string, maxOctets?: number): Promise<Uint8Array | undefined>;

  /**
   * What stands in a file from `start` on; `undefined` if the file has more than 128 KiB. Everything
   * else waits meanwhile: for small files of which the beginning was just read.
   *
   * @throws {Deno.errors.NotFound} If there is no file.
   */
  smallRest(path: string, start: number): Promise<Uint8Array | undefined>;

  /**
   * Reads the first line of a file, which ends with LF; `undefined` if there is no file. Everything else
   * waits meanwhile: for the many small files that are looked at while a store is opened.
   *
   * @throws {SyntaxError} If it has no end within about `maxOctets`, or is not UTF-8.
   */
  firstLine(path: string, maxOctets: number): Promise<FirstLine | undefined>;

  /**
   * Reads a file and says what it was that was read: a moment after {@linkcode stat} a path may lead
   * to something else. Waits for nobody, if it is a pipe. `undefined` if there is nothing at `path`.
   */
  readOpened(
    path: string,
    options: { readonly maxOctets: number; readonly followLinks: boolean },
  ): Promise<OpenedFile | undefined>;

  /** The entries of a directory by name, none if it does not exist. */
  list(path: string): Promise<readonly DirectoryEntry[]>;

  /** The names of a directory in no order, none if it does not exist: for very many of them. */
  listNames(path: string): Promise<readonly string[]>;

  /** `undefined` if there is nothing at `path`. A link that is not followed is of the kind `other`. */
  stat(path: string, options?: { followLinks?: boolean }): Promise<FileInfo | undefined>;

  /** Gives a file to the user with that number, for which we must be root. Follows no link. */
  chown(path: string, uid: number): Promise<void>;

  /** Makes a directory and those above it durably; one that exists is left alone. */
  makeDir(path: string, options?: { mode?: number }): Promise<void>;

  /** Cuts a file to `sizeOctets` and makes that durable. */
  truncate(path: string, sizeOctets: number): Promise<void>;

  /** Octets that may still be written to the disk of `path`, which need not be there yet. */
  freeSpace(path: string): Promise<number>;

  /** Makes the names in a directory durable. Callers at the same time share one sync. */
  syncDir(path: string): Promise<void>;

  /**
   * Takes the advisory lock (flock) of `path`, creating the file if needed.
   *
   * @returns `undefined` if another process or caller holds it.
   */
  tryLock(path: string): Promise<FileLock | undefined>;
}

/** Only the owner: mail and passwords are nobody else's business. */
const PRIVATE_FILE = 0o600;
const PRIVATE_DIR = 0o700;

/** The bits of a mode that are not the kind of the file. */
const PERMISSIONS = 0o7777;

/** {@linkcode Files} on the real disk. */
export function diskFiles(): Files {
  // Group commit: a sync that had already begun might not include a name that came since.
  const directories = new Coalesced<string>(syncDirectory);
  const replacing = new Turns();
  const firstLines = new FirstLineReader();
  const smallRests = new SmallRestReader();

  const files: Files = {
    async create(path, body, { mode = PRIVATE_FILE } = {}) {
      using file = await Deno.open(path, { write: true, createNew: true, mode });
      const octets = await writeChunks(file, body);
      await file.sync();
      return octets;
    },

    async append(path, body, { mode = PRIVATE_FILE, followLinks = true } = {}) {
      const options = { write: true, append: true, create: followLinks, mode };
      using file = await Deno.open(path, options); // A link would have it made elsewhere.
      if (!followLinks) mustNotBeLink(path, file);
      const offset = file.statSync().size; // Of an open file it is in memory: nothing waits.
      try {
        const octets = await writeChunks(file, body);
        await file.sync();
        if (offset === 0) await files.syncDir(parentOf(path)); // It may be new.
        return { offset, octets, after: infoOf(file.statSync()) };
      } catch (error) {
        // The first error is the one to report, also when the cut fails on the same broken disk.
        await file.truncate(offset).catch(() => {});
        throw error;
      }
    },

    async openAppend(path, { mode = PRIVATE_FILE } = {}) {
      const file = await openNewAppendFile(path, mode);
      try {
        await files.syncDir(parentOf(path));
        return file;
      } catch (error) {
        file[Symbol.dispose]();
        await files.remove(path).catch(() => {});
        throw error;
      }
    },

    replace(path, bytes, options) {
      return replacing.take(path, async () => {
        const staged = `${path}.tmp`;
        await files.remove(staged); // Left behind by a crash.
        try {
          await files.create(staged, [bytes], options);
          await files.rename(staged, path);
        } catch (error) {
          await files.remove(staged).catch(() => {});
          throw error;
        }
      });
    },

    async rename(from, to) {
      await Deno.rename(from, to);
      await files.syncDir(parentOf(to));
      if (parentOf(from) !== parentOf(to)) await files.syncDir(parentOf(from));
    },

    async remove(path) {
      await unlessMissing(Deno.remove(path));
    },

    read: readRange,

    async readAll(path, maxOctets = Infinity) {
      const info = await files.stat(path);
      if (info === undefined) return undefined;
      if (info.sizeOctets > maxOctets) {
        throw new RangeError(
          `Cannot read ${path}: ${info.sizeOctets} octets, at most ${maxOctets}`,
        );
      }
      return await unlessMissing(Deno.readFile(path));
    },

    // Promises, so that they fail as all others do.
    // deno-lint-ignore require-await
    smallRest: async (path, start) => smallRests.read(path, start),
    // deno-lint-ignore require-await
    firstLine: async (path, maxOctets) => firstLines.read(path, maxOctets),

    readOpened,

    async listNames(path) {
      const names: string[] = [];
      try {
        for await (const { name } of Deno.readDir(path)) names.push(name);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      return names;
    },

    async list(path) {
      const entries: DirectoryEntry[] = [];
      try {
        for await (const entry of Deno.readDir(path)) {
          entries.push({ name: entry.name, kind: kindOf(entry) });
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async stat(path, { followLinks = true } = {}) {
      const info = await unlessMissing(followLinks ? Deno.stat(path) : Deno.lstat(path));
      return info && infoOf(info);
    },

    chown: giveTo,

    async makeDir(path, { mode = PRIVATE_DIR } = {}) {
      const info = await files.stat(path);
      if (info?.kind === "directory") return;
      // Said here: below it the system would say that something is no directory, but not what.
      if (info !== undefined) throw new Error(`Cannot make the directory ${path}: a file is there`);
      if (parentOf(path) !== path) await files.makeDir(parentOf(path), { mode });
      try {
        await Deno.mkdir(path, { mode });
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
      await files.syncDir(parentOf(path));
    },

    async truncate(path, sizeOctets) {
      using file = await Deno.open(path, { write: true });
      await file.truncate(sizeOctets);
      await file.sync();
    },

    freeSpace: freeSpaceAt,

    syncDir: (path) => directories.run(path),

    async tryLock(path) {
      const file = await Deno.open(path, { write: true, create: true, mode: PRIVATE_FILE });
      if (!await file.tryLock(true)) {
        file.close();
        return undefined;
      }
      let held = true;
      return {
        [Symbol.asyncDispose]: () => {
          if (!held) return Promise.resolve();
          held = false;
          // Closing is not enough: a program that is just being started has a copy of the file.
          file.unlockSync();
          file.close();
          return Promise.resolve();
        },
      };
    },
  };
  return files;
}

/** Whether an error of {@linkcode Files} means that the disk, or the quota on it, is full. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ENOSPC" || code === "EDQUOT" ||
    /\b(ENOSPC|EDQUOT|os error 28|os error 122)\b/.test(String(error));
}

/** Whether an error of {@linkcode Files} means that we may not do that. */
export function isPermissionDenied(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return error instanceof Deno.errors.PermissionDenied || code === "EACCES" || code === "EPERM";
}

/** The directory of an absolute path, which may be written with either kind of slash. */
export function parentOf(path: string): string {
  const end = path.search(/[\\/][^\\/]+[\\/]*$/);
  return end < 0 ? path : path.slice(0, end) || path.slice(0, 1);
}

// Not file.writable: it keeps up to 64 KiB in memory, out of reach of sync().
async function writeChunks(file: Deno.FsFile, body: Chunks): Promise<number> {
  let octets = 0;
  for await (const chunk of body) {
    await writeAll(file, chunk);
    octets += chunk.length;
  }
  return octets;
}

async function unlessMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

function infoOf(info: Deno.FileInfo): FileInfo {
  return {
    kind: kindOf(info),
    sizeOctets: info.size,
    mtimeMs: info.mtime?.getTime() ?? 0,
    ...(info.uid === null ? {} : { uid: info.uid }),
    ...(info.mode === null ? {} : { mode: info.mode & PERMISSIONS }),
  };
}

function kindOf(entry: { isFile: boolean; isDirectory: boolean }): FileInfo["kind"] {
  return entry.isFile ? "file" : entry.isDirectory ? "directory" : "other";
}

/** Makes names survive a power cut: they live in the directory, not in the file. */
async function syncDirectory(path: string): Promise<void> {
  if (Deno.build.os === "windows") return; // NTFS journals names itself; a directory cannot be opened.
  using dir = Deno.openSync(path, { read: true }); // A thread for it would take longer than this.
  await dir.sync();
}
