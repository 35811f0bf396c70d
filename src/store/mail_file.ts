import {
  type FileInfo,
  type FileLock,
  type Files,
  forgetOldest,
  type Log,
} from "../platform/mod.ts";
import { readMailTail } from "./mail_tail.ts";
import { cutOff } from "./mbox_file.ts";

/** A path that no mail can be appended to, now or later: a directory, a device, a link. */
export class NotAMailFileError extends Error {
  override name = "NotAMailFileError";
}

/** What a {@linkcode MailFile} works with. */
export interface MailFileTools {
  readonly files: Files;
  readonly log: Log;
  /** Directory that the remains of interrupted deliveries go to. */
  readonly workDir: string;
}

/** The end of the file as it was read or written last, and how to tell that it still is. */
interface Known {
  readonly sizeOctets: number;
  readonly mtimeMs: number;
  readonly separator: string;
}

/** How many ids are remembered: of the deliveries that a crash could leave in doubt. */
const MAX_IDS = 1000;

/**
 * A file that an administrator's rule names, to which messages are appended (B18). Others may write
 * to it too. Calls must not overlap.
 */
export class MailFile {
  readonly #path: string;
  readonly #tools: MailFileTools;
  readonly #ids = new Set<string>();
  #known: Known | undefined;
  /** Whether a delivery of ours may have been cut off: before we began, or when one failed. */
  #mayBeTorn = true;

  constructor(path: string, tools: MailFileTools) {
    this.#path = path;
    this.#tools = tools;
  }

  /** Whether a message is among those written last. */
  async has(deliveryId: string): Promise<boolean> {
    if (await this.#stat() === undefined) return false;
    await using _lock = await this.#lock();
    await this.#current();
    return this.#ids.has(deliveryId);
  }

  /**
   * Appends messages as mbox text with one sync: all of them, or none if it throws.
   *
   * @throws {NotAMailFileError} If what is there is no plain file.
   */
  async append(messages: AsyncIterable<Uint8Array>, deliveryIds: readonly string[]): Promise<void> {
    await this.#stat(); // Before the lock: opening a pipe would wait for its reader.
    await using _lock = await this.#lock();
    const before = await this.#current();
    this.#known = undefined;
    this.#mayBeTorn = true;
    const text = preceded(before.separator, messages);
    const { offset, octets } = await this.#tools.files.append(this.#path, text, {
      followLinks: false,
    });
    this.#mayBeTorn = false;
    this.#remember(deliveryIds);
    const after = await this.#stat().catch(() => undefined);
    if (offset !== before.sizeOctets || after?.sizeOctets !== offset + octets) return;
    this.#known = { ...after, separator: "" };
  }

  /** The file as it is, repaired if a crash left half a message at its end. */
  async #current(): Promise<Known> {
    const { files } = this.#tools;
    const info = await this.#stat();
    if (info === undefined) throw new Error(`Cannot read ${this.#path}: it has vanished`);
    const known = this.#known;
    if (known?.sizeOctets === info.sizeOctets && known.mtimeMs === info.mtimeMs) return known;
    const { sizeOctets } = info;
    const tail = await readMailTail(this.#path, { files, sizeOctets, mayBeTorn: this.#mayBeTorn });
    if (tail.tornAt !== undefined) {
      await cutOff(this.#path, tail.tornAt, { ...this.#tools, binDir: this.#tools.workDir });
    }
    this.#mayBeTorn = false;
    this.#remember(tail.deliveryIds);
    const after = tail.tornAt === undefined ? info : await this.#stat();
    return this.#known = { ...after ?? info, separator: tail.separator };
  }

  async #stat(): Promise<FileInfo | undefined> {
    const info = await this.#tools.files.stat(this.#path, { followLinks: false });
    if (info !== undefined && info.kind !== "file") {
      throw new NotAMailFileError(`Cannot append mail to ${this.#path}: not a plain file`);
    }
    return info;
  }

  /** Against other writers; makes the file if there is none. */
  async #lock(): Promise<FileLock> {
    const lock = await this.#tools.files.tryLock(this.#path);
    if (lock === undefined) throw new Error(`Cannot lock ${this.#path}: another program has it`);
    return lock;
  }

  #remember(deliveryIds: readonly string[]): void {
    for (const id of deliveryIds) this.#ids.add(id);
    forgetOldest(this.#ids, MAX_IDS);
  }
}

async function* preceded(
  separator: string,
  messages: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (separator !== "") yield new TextEncoder().encode(separator);
  yield* messages;
}
