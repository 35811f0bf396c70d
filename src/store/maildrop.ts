import type { Bin } from "./bin.ts";
import type { BinMessage } from "./bin_index.ts";
import type { Serial } from "./serial.ts";

/** One message of a locked maildrop. */
export interface MaildropMessage {
  /** Unique-id, 1 to 70 characters, never reused (RFC 1939 section 7). */
  readonly uid: string;
  /** Exactly how many octets {@linkcode Maildrop.read} yields: every line with CRLF, not dot-stuffed. */
  readonly sizeOctets: number;
}

/** A locked maildrop: a fixed, numbered listing. Disposing it unlocks and changes nothing. */
export interface Maildrop extends AsyncDisposable {
  readonly messages: readonly MaildropMessage[];
  /**
   * The message as it goes over the wire, CRLF line ends, From_ quoting undone. The stream fails if
   * the disk does or if it would yield another number of octets.
   *
   * @throws {RangeError} If there is no such message.
   */
  read(uid: string): ReadableStream<Uint8Array>;
  /** Removes messages durably, all of them or (if it throws) none. */
  remove(uids: readonly string[]): Promise<void>;
}

/** A maildrop while somebody holds its lock. */
export class LockedMaildrop implements Maildrop {
  readonly messages: readonly BinMessage[];
  readonly #byUid: ReadonlyMap<string, BinMessage>;
  readonly #bin: Bin;
  readonly #serial: Serial;
  readonly #unlock: () => void;
  #held = true;

  constructor(
    { bin, serial, messages, unlock }: {
      readonly bin: Bin;
      readonly serial: Serial;
      readonly messages: readonly BinMessage[];
      readonly unlock: () => void;
    },
  ) {
    this.messages = messages;
    this.#byUid = new Map(messages.map((message) => [message.uid, message]));
    this.#bin = bin;
    this.#serial = serial;
    this.#unlock = unlock;
  }

  read(uid: string): ReadableStream<Uint8Array> {
    this.#requireHeld();
    const message = this.#byUid.get(uid);
    if (message === undefined) throw new RangeError(`Cannot read ${uid}: not in the maildrop`);
    return this.#bin.read(message);
  }

  async remove(uids: readonly string[]): Promise<void> {
    this.#requireHeld();
    await this.#serial.run(() => this.#bin.remove(uids));
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#held) this.#unlock();
    this.#held = false;
    return Promise.resolve();
  }

  #requireHeld(): void {
    if (!this.#held) throw new TypeError("Cannot use a maildrop after its lock was given back");
  }
}
