import type { Clock } from "./clock.ts";
import { parentOf } from "./files.ts";

/** How many old files are kept: `dpop1.log` to `dpop4.log`, `dpop4.log` the oldest (F10). */
const OLD_FILES = 4;

/** How long a file that was moved or removed under us may go unnoticed, in ms. */
const LOOK_INTERVAL_MS = 1000;

/** The administrator's group may read a log; it names people and their correspondents. */
const LOG_MODE = 0o640;
const LOG_DIR_MODE = 0o750;

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
 * not mail, and lines are written again as soon as the disk takes them. Nothing is synced: a killed
 * process loses nothing that was written, a power cut a few lines.
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

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** Appends a chunk of whole lines. */
  async write(chunk: Uint8Array): Promise<void> {
    try {
      if (this.#file !== undefined) await this.#look(this.#file);
      this.#file ??= await this.#open();
      if (this.#octets > 0 && this.#octets + chunk.length > this.#options.maxOctets) {
        await this.#rotate();
      }
      const file = this.#file ??= await this.#open();
      if (this.#torn) await this.#append(file, NEWLINE);
      this.#torn = true;
      await this.#append(file, chunk);
      this.#torn = false;
    } catch (error) {
      this.close();
      this.#options.onError(error);
    }
  }

  /** Closes the file; a later write opens it again. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #append(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length;) done += await file.write(chunk.subarray(done));
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
    if (named === undefined || named.ino !== ours.ino) this.close();
  }

  async #rotate(): Promise<void> {
    this.close(); // Windows renames no open file.
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
