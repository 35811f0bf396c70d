import { formatReply, type Pop3Reply } from "../../formats/pop3.ts";
import { TERMINATOR } from "../../formats/dot_stuffing.ts";
import type { Connection } from "../../platform/mod.ts";

/** The client is gone, or we have closed the connection: there is nobody to tell anything. */
export class ConnectionLostError extends Error {
  override name = "ConnectionLostError";
}

/** How much is collected before it is written. Octets. */
const BUFFER_OCTETS = 16 * 1024;

/** Listings are made and written in pieces of so many lines. */
const LINES_AT_ONCE = 256;

/**
 * What goes to the client, in order. Small replies are collected and written together once the
 * server would wait for the next command: a pipelined batch costs one write.
 */
export class Output {
  readonly #connection: Connection;
  readonly #progress: () => void;
  readonly #buffer = new Uint8Array(BUFFER_OCTETS);
  #count = 0;

  /** `progress` is called whenever the client has taken something. */
  constructor(connection: Connection, progress: () => void) {
    this.#connection = connection;
    this.#progress = progress;
  }

  reply(reply: Pop3Reply): Promise<void> {
    return this.text(formatReply(reply));
  }

  /** A multi-line reply of lines that need no dot-stuffing. */
  async lines(first: Pop3Reply, lines: Iterable<string>): Promise<void> {
    await this.reply(first);
    let piece: string[] = [];
    for (const line of lines) {
      piece.push(line, "\r\n");
      if (piece.length < 2 * LINES_AT_ONCE) continue;
      await this.text(piece.join(""));
      piece = [];
    }
    await this.text(piece.join("") + TERMINATOR);
  }

  text(text: string): Promise<void> {
    return this.bytes(new TextEncoder().encode(text));
  }

  async bytes(bytes: Uint8Array): Promise<void> {
    if (this.#count + bytes.length > this.#buffer.length) await this.flush();
    if (bytes.length > this.#buffer.length) return await this.#write(bytes);
    this.#buffer.set(bytes, this.#count);
    this.#count += bytes.length;
  }

  /** Writes what was collected. */
  async flush(): Promise<void> {
    if (this.#count === 0) return;
    const bytes = this.#buffer.subarray(0, this.#count);
    this.#count = 0;
    await this.#write(bytes);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#connection.write(bytes);
    } catch (cause) {
      throw new ConnectionLostError("Cannot write to the client", { cause });
    }
    this.#progress();
  }
}
