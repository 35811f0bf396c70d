import type { Connection } from "./net.ts";

/** The peer sent a line longer than the reader's bound. */
export class LineTooLongError extends Error {
  override name = "LineTooLongError";
}

/** How much is read from a socket at once, in octets. */
const READ_OCTETS = 16 * 1024;

const LF = 0x0a;
const CR = 0x0d;

/**
 * Reads lines, and the octets between them, from a connection.
 *
 * A line ends with LF; a CR before it is dropped. Whether a bare LF is acceptable is for the caller
 * to say: {@linkcode LineReader.endedWithCrLf} tells how the last line ended.
 */
export class LineReader {
  /** Whether the line read last ended with CRLF, not with a bare LF. */
  endedWithCrLf = true;

  readonly #connection: Connection;
  readonly #maxLineOctets: number;
  /** One buffer for the whole session: a line is copied out of it, a command loop allocates little. */
  #buffer: Uint8Array<ArrayBuffer>;
  #start = 0;
  #end = 0;

  constructor(connection: Connection, { maxLineOctets }: { maxLineOctets: number }) {
    this.#connection = connection;
    this.#maxLineOctets = maxLineOctets;
    this.#buffer = new Uint8Array(Math.min(READ_OCTETS, 2 * maxLineOctets));
  }

  /** Octets received and not yet read: what a client pipelined. */
  get bufferedOctets(): number {
    return this.#end - this.#start;
  }

  /** Forgets what was received and not read (RFC 3207 section 4.2: nothing said before TLS counts). */
  discard(): number {
    const count = this.bufferedOctets;
    this.#start = this.#end = 0;
    return count;
  }

  /**
   * The next line without its end, or `undefined` when the peer has ended (an unfinished last line
   * is dropped). The bytes are the caller's own.
   *
   * @throws {LineTooLongError} The line is gone then: the next call reads the one after it.
   */
  async readLine(): Promise<Uint8Array | undefined> {
    let searched = 0;
    let tooLong = false;
    while (true) {
      const at = this.#buffer.subarray(0, this.#end).indexOf(LF, this.#start + searched);
      if (at >= 0) {
        const line = this.#take(at);
        if (tooLong || line.length > this.#maxLineOctets) throw this.#tooLong();
        return line;
      }
      searched = this.bufferedOctets;
      if (searched > this.#maxLineOctets + 1) {
        tooLong = true;
        this.discard();
        searched = 0;
      }
      if (!await this.#fill()) {
        if (tooLong) throw this.#tooLong();
        return undefined;
      }
    }
  }

  /** Some octets as they come, at most `max`; `undefined` when the peer has ended. */
  async readSome(max: number): Promise<Uint8Array | undefined> {
    if (this.bufferedOctets === 0 && !await this.#fill()) return undefined;
    const count = Math.min(max, this.bufferedOctets);
    const bytes = this.#buffer.slice(this.#start, this.#start + count);
    this.#start += count;
    return bytes;
  }

  #take(lf: number): Uint8Array {
    this.endedWithCrLf = lf > this.#start && this.#buffer[lf - 1] === CR;
    const line = this.#buffer.slice(this.#start, this.endedWithCrLf ? lf - 1 : lf);
    this.#start = lf + 1;
    return line;
  }

  async #fill(): Promise<boolean> {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    if (this.#end === this.#buffer.length) this.#makeRoom();
    const count = await this.#connection.read(this.#buffer.subarray(this.#end));
    if (count === null) return false;
    this.#end += count;
    return true;
  }

  #makeRoom(): void {
    const kept = this.#buffer.subarray(this.#start, this.#end);
    if (this.#start === 0) this.#buffer = grown(kept);
    else this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #tooLong(): LineTooLongError {
    return new LineTooLongError(`Line longer than ${this.#maxLineOctets} octets`);
  }
}

function grown(kept: Uint8Array): Uint8Array<ArrayBuffer> {
  const buffer = new Uint8Array(kept.length * 2);
  buffer.set(kept);
  return buffer;
}
