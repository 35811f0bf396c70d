import { Buffer } from "node:buffer";
import type { SMTPServerDataStream } from "smtp-server";
import { SMTPStream } from "smtp-server/lib/smtp-stream.js";
import { DotUnstuffer } from "../../formats/dot_stuffing.ts";

const LF = 0x0a;

/** A chunk whose octets are being read. */
interface OpenChunk {
  left: number;
  readonly take: (octets: Uint8Array) => Promise<void>;
  /** All have come; commands are read on after `next`. */
  readonly whenRead: (next: () => void) => void;
}

/**
 * Part of the adapter: divides the input into commands, which the library does, and the octets of
 * messages, which we do, with the code that POP3 uses too.
 */
export class CommandStream extends SMTPStream {
  #body = new DotUnstuffer();
  #chunk: OpenChunk | undefined;
  /** The input at hand, how much of it was written here at once, and how many commands it had. */
  #input: Uint8Array = new Uint8Array();
  #writtenOctets = 0;
  #commands = 0;

  /** A command without its line end is cut off: the library would carry it out all the same. */
  override _flushData(): void {}

  override _write(
    chunk: Buffer,
    encoding: Parameters<SMTPStream["_write"]>[1],
    done: (error?: Error | null) => void,
  ): void {
    const isOuter = this.#writtenOctets === 0; // The rest behind a message comes here, too.
    this.#input = chunk;
    this.#commands = 0;
    if (!isOuter) return super._write(chunk, encoding, done);
    this.#writtenOctets = chunk.length;
    super._write(chunk, encoding, (error) => {
      this.#writtenOctets = 0;
      done(error);
    });
  }

  /** Notes that a command was taken from the input. */
  commandTaken(): void {
    this.#commands++;
  }

  /** Whether something has come behind the command at hand. */
  get isAhead(): boolean {
    if (this.writableLength > this.#writtenOctets || this.#input.at(-1) !== LF) return true;
    let lines = 0;
    for (let at = this.#input.indexOf(LF); at >= 0; at = this.#input.indexOf(LF, at + 1)) lines++;
    return lines > this.#commands;
  }

  override startDataMode(maxOctets?: number | string | null): SMTPServerDataStream {
    this.#body = new DotUnstuffer();
    return super.startDataMode(maxOctets);
  }

  /** The next octets of input, at least one, are a chunk, and no commands (RFC 3030). */
  startChunk(octets: number, chunk: Omit<OpenChunk, "left">): void {
    this.#chunk = { left: octets, ...chunk };
    this._dataMode = true;
  }

  /** The library's own takes a turn of the event loop, and makes a chunk, for each doubled dot. */
  override _feedDataStream(chunk: Buffer, done: () => void): void {
    if (this.#chunk !== undefined) return this.#feedChunk(this.#chunk, chunk, done);
    const { body, rest } = this.#body.push(plain(chunk));
    this._countDataBytes(body.length);
    if (rest !== undefined) return this._endDataMode(asBuffer(body), asBuffer(rest), done);
    const stream = this._dataStream;
    if (!stream?.writable || body.length === 0 || stream.write(body)) return done();
    const go = () => {
      stream.off("drain", go);
      stream.off("close", go); // Whoever gave the message up destroys the stream: it never drains.
      done();
    };
    stream.once("drain", go);
    stream.once("close", go);
  }

  #feedChunk(chunk: OpenChunk, input: Buffer, done: () => void): void {
    const octets = input.subarray(0, chunk.left);
    chunk.left -= octets.length;
    chunk.take(plain(octets)).then(() => {
      if (chunk.left > 0) return done();
      this.#chunk = undefined;
      this._dataMode = false;
      chunk.whenRead(() => this._write(input.subarray(octets.length), "buffer", done));
    });
  }
}

/**
 * The same octets without what node's Buffer puts in the place of indexOf() and the like, which is
 * many times slower than the language's own.
 */
export function plain({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
