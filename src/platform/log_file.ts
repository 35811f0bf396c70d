import type { Clock } from "./clock.ts";
import { parentOf } from "./files.ts";
import { writeAll } from "./write_all.ts";

/** How many old files are kept: `dpop1.log` to `dpop4.log`, `dpop4.log` the oldest (F10). */
const OLD_FILES = 4;

/** How long a file that was moved or removed under us may go unnoticed, in ms. */
const LOOK_INTERVAL_MS = 1000;

/** The administrator's group may read a log; it names people and their correspondents. */
const LOG_MODE = 0o640;
const LOG_DIR_MODE = 0o750;

/** Lines that wait for the disk, in octets; beyond that whoever writes waits too. */
const MAX_WAITING_OCTETS = 64 * 1024;

const NEWLINE = new Uint8Array([0x0a]);

/** How a {@linkcode LogFile} is kept. */
export interface LogFileOptions {
  /** The current file, ending in `.log`. */
  readonly path: string;
  /** The file is put aside before it grows beyond this. */
  readonly maxOctets: number;
  readonly clock: Clock;
  /** Hears of every chunk that could not be written. */
  readonly onError: (error: unknown) => void;
}

/**
 * A log file that rotates by size, as the underlying sink of a `WritableStream`.
 *
 * It is made by the first write. A write never rejects: a log disk that is full or gone costs lines,
 * not mail, and lines are written again as soon as the disk takes them. Lines that come while the disk
 * is at work are written together. Nothing is synced: a killed process loses nothing that was written,
 * a power cut a few lines.
 *
 * It is not LogTape's own rotating sink, because that one syncs in the event loop, cannot be given
 * other file names, and is lost for good when a rotation fails.
 */
export class LogFile implements UnderlyingSink<Uint8Array> {
  readonly #options: LogFileOptions;
  #file: Deno.FsFile | undefined;
  #octets = 0;
  #lookedMs = 0;
  /** The last write failed and may have left half a line. */
  #torn = false;
  #waiting: Uint8Array[] = [];
  #waitingOctets = 0;
  #writing: Promise<void> | undefined;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** Takes a chunk of whole lines; makes its caller wait only if too many wait already. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    this.#waiting.push(chunk);
    this.#waitingOctets += chunk.length;
    this.#writing ??= this.#writeWaiting();
    return this.#waitingOctets > MAX_WAITING_OCTETS ? this.#writing : undefined;
  }

  /** Resolves when what was taken so far was handed to the disk. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** Closes the file behind what was taken so far; a later write opens it again. */
  async close(): Promise<void> {
    await this.#writing;
    this.#close();
  }

  async #writeWaiting(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#writeSome();
    } catch (error) {
      this.#take(this.#waiting.length);
      this.#close();
      this.#options.onError(error);
    } finally {
      this.#writing = undefined; // In the same turn: what comes from now on begins anew.
    }
  }

  /** Writes what still fits into the file, or begins another one. */
  async #writeSome(): Promise<void> {
    if (this.#file !== undefined) await this.#look(this.#file);
    this.#file ??= await this.#open();
    if (this.#fitting() === 0 && this.#octets > 0) await this.#rotate();
    const file = this.#file ??= await this.#open();
    if (this.#torn) await this.#append(file, NEWLINE);
    this.#torn = true;
    await this.#append(file, this.#take(Math.max(1, this.#fitting())));
    this.#torn = false;
  }

  /** How many of the chunks that wait fit into the file. */
  #fitting(): number {
    let octets = this.#octets;
    const count = this.#waiting.findIndex(({ length }) =>
      (octets += length) > this.#options.maxOctets
    );
    return count < 0 ? this.#waiting.length : count;
  }

  /** Takes the first of the chunks that wait, as one. */
  #take(count: number): Uint8Array {
    const chunks = this.#waiting.splice(0, count);
    const octets = chunks.reduce((sum, { length }) => sum + length, 0);
    this.#waitingOctets -= octets;
    const whole = new Uint8Array(octets);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #append(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
    await writeAll(file, chunk);
    this.#octets += chunk.length;
  }

  async #open(): Promise<Deno.FsFile> {
    const { path, clock } = this.#options;
    await Deno.mkdir(parentOf(path), { recursive: true, mode: LOG_DIR_MODE });
    const file = await Deno.open(path, { append: true, create: true, mode: LOG_MODE });
    this.#octets = (await file.stat()).size;
    this.#lookedMs = clock.monotonic();
    return file;
  }

  /** Another process, `logrotate` or a person may have moved the file, or written to it. */
  async #look(file: Deno.FsFile): Promise<void> {
    const { path, clock } = this.#options;
    if (clock.monotonic() - this.#lookedMs < LOOK_INTERVAL_MS) return;
    this.#lookedMs = clock.monotonic();
    const ours = await file.stat();
    const named = await Deno.stat(path).catch(() => undefined);
    this.#octets = ours.size;
    if (named === undefined || named.ino !== ours.ino) this.#close();
  }

  async #rotate(): Promise<void> {
    this.#close(); // Windows renames no open file.
    const { path } = this.#options;
    for (let n = OLD_FILES - 1; n >= 1; n--) {
      await renameIfThere(numbered(path, n), numbered(path, n + 1));
    }
    await renameIfThere(path, numbered(path, 1));
  }
}

/** `dpop.log` and 1 make `dpop1.log`. */
function numbered(path: string, n: number): string {
  return path.replace(/(\.log)?$/, `${n}$1`);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
