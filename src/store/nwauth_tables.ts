import { decodeText } from "../formats/header.ts";
import {
  formatNwauthLine,
  type NwauthEntry,
  type NwauthLine,
  parseNwauthLine,
} from "../formats/nwauth.ts";
import { type Files, type Log, parentOf } from "../platform/mod.ts";

/** Bound on each file: some 400,000 users. */
const MAX_FILE_OCTETS = 64 * 1024 * 1024;

const LF = 0x0a;

/**
 * The two files of the user database in memory: a base, and a journal whose last line for a user
 * wins. Only {@linkcode NwauthTables.append} and {@linkcode NwauthTables.merge} need the lock.
 */
export class NwauthTables {
  readonly #files: Files;
  readonly #log: Log;
  readonly #basePath: string;
  readonly #journalPath: string;
  #base = new Map<string, NwauthEntry>();
  #journal = new Map<string, NwauthLine>();
  /** Lines that could not be understood: no user can log in by them, but a merge must not lose them. */
  #strange: { readonly base: readonly string[]; readonly journal: readonly string[] } = {
    base: [],
    journal: [],
  };
  #baseStamp = "";
  #journalStamp = "";
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor({ path, files, log }: { path: string; files: Files; log: Log }) {
    this.#files = files;
    this.#log = log;
    this.#basePath = `${path}/nwauth.txt`;
    this.#journalPath = `${path}/nwauth.add`;
  }

  get(user: string): NwauthEntry | undefined {
    const line = this.#journal.get(user);
    if (line === undefined) return this.#base.get(user);
    return line.kind === "user" ? line.entry : undefined;
  }

  *users(): Generator<string> {
    for (const user of this.#base.keys()) if (!this.#journal.has(user)) yield user;
    for (const [user, line] of this.#journal) if (line.kind === "user") yield user;
  }

  /**
   * Reads again what has changed on disk. Callers at the same time share one look, but never one
   * that began before they asked: it might not include what they must see.
   */
  refresh(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#refresh().finally(() => this.#running = undefined);
      return this.#running;
    }
    this.#next ??= this.#running.catch(() => {}).then(() => {
      this.#next = undefined;
      return this.refresh();
    });
    return this.#next;
  }

  /** Appends a line to the journal, durably. A line that a crash tore is cut off first. */
  async append(line: string): Promise<void> {
    await this.#repair();
    await this.#files.append(this.#journalPath, [new TextEncoder().encode(line + "\n")]);
    await this.#files.syncDir(parentOf(this.#journalPath));
    await this.refresh();
  }

  async journalOctets(): Promise<number> {
    return (await this.#files.stat(this.#journalPath))?.sizeOctets ?? 0;
  }

  /**
   * Writes the base anew and removes the journal. A crash between the two is harmless: the journal
   * changes nothing when it is applied a second time.
   */
  async merge(): Promise<void> {
    const lines = [...this.users()].map((user) =>
      formatNwauthLine({ kind: "user", entry: this.get(user)! })
    );
    lines.push(...this.#strange.base, ...this.#strange.journal);
    const text = lines.map((line) => line + "\n").join("");
    await this.#files.replace(this.#basePath, new TextEncoder().encode(text));
    await this.#files.remove(this.#journalPath);
    await this.#files.syncDir(parentOf(this.#journalPath));
    await this.refresh();
  }

  // The journal is read before the base. Another process may merge in between, and then the old
  // journal on top of the new base still gives every user; the other way round would lose some.
  async #refresh(): Promise<void> {
    const journalStamp = await this.#stamp(this.#journalPath);
    const baseStamp = await this.#stamp(this.#basePath);
    if (journalStamp === this.#journalStamp && baseStamp === this.#baseStamp) return;
    const journal = await this.#read(this.#journalPath, wholeLines);
    if (baseStamp !== this.#baseStamp) {
      const { lines, strange } = await this.#read(this.#basePath);
      this.#base = new Map(
        lines.flatMap((line) => line.kind === "user" ? [[line.entry.user, line.entry]] : []),
      );
      this.#strange = { ...this.#strange, base: strange };
    }
    this.#journal = new Map(journal.lines.map((line) => [userOf(line), line]));
    this.#strange = { ...this.#strange, journal: journal.strange };
    // Stamps from before the reading: what changed during it is read again the next time.
    this.#journalStamp = journalStamp;
    this.#baseStamp = baseStamp;
  }

  async #stamp(path: string): Promise<string> {
    const info = await this.#files.stat(path);
    return info === undefined ? "" : `${info.sizeOctets} ${info.mtimeMs}`;
  }

  async #read(
    path: string,
    part: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
  ): Promise<{ readonly lines: readonly NwauthLine[]; readonly strange: readonly string[] }> {
    const bytes = await this.#files.readAll(path, MAX_FILE_OCTETS) ?? new Uint8Array();
    const lines: NwauthLine[] = [];
    const strange: string[] = [];
    for (const [index, text] of decodeText(part(bytes)).split(/\r?\n/).entries()) {
      if (text.trim() === "") continue;
      try {
        lines.push(parseNwauthLine(text));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        strange.push(text);
        this.#log.warn("Ignored a line of the user database", { path, line: index + 1 });
      }
    }
    return { lines, strange };
  }

  async #repair(): Promise<void> {
    const bytes = await this.#files.readAll(this.#journalPath, MAX_FILE_OCTETS);
    if (bytes === undefined) return;
    const whole = wholeLines(bytes).length;
    if (whole === bytes.length) return;
    this.#log.warn("Cut off an unfinished line at the end of the user database", {
      path: this.#journalPath,
      octets: bytes.length - whole,
    });
    await this.#files.truncate(this.#journalPath, whole);
  }
}

function userOf(line: NwauthLine): string {
  return line.kind === "user" ? line.entry.user : line.user;
}

/** Without the last line if a crash, or another process that is still writing, left it unfinished. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.lastIndexOf(LF) + 1);
}
