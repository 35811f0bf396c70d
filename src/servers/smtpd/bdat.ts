/** One piece of a message, as its command announces it (RFC 3030 section 2). */
export interface Chunk {
  /** How many octets follow the command line. */
  readonly octets: number;
  readonly last: boolean;
}

/**
 * Reads `BDAT octets [LAST]`, without the line end; `undefined` if it is none: then nobody knows
 * where the chunk ends and the next command begins.
 */
export function readBdat(line: string): Chunk | undefined {
  const [, octets, last] = /^BDAT +(\d{1,15})( +LAST)? *$/i.exec(line) ?? [];
  return octets === undefined ? undefined : { octets: Number(octets), last: last !== undefined };
}

/**
 * The body of a message that comes in chunks. One writes, one reads, and no octet is kept: writing
 * resolves when it was read.
 */
export class ChunkedBody implements AsyncIterable<Uint8Array> {
  #part: { readonly octets: Uint8Array; readonly taken: () => void } | undefined;
  #end: { readonly error: Error | undefined } | undefined;
  #isUnwanted = false;
  #wake: () => void = () => {};

  /** Resolves when the octets were read, or at once if nobody wants them any more. */
  write(octets: Uint8Array): Promise<void> {
    if (this.#isUnwanted || this.#end !== undefined) return Promise.resolve();
    return new Promise((taken) => {
      this.#part = { octets, taken };
      this.#wake();
    });
  }

  /** That was all; or, with an error, it was not: the reader gets it. */
  end(error?: Error): void {
    this.#end ??= { error };
    if (error !== undefined) this.#drop();
    this.#wake();
  }

  /** Nobody reads it any more: what is still written is thrown away. */
  abandon(): void {
    this.#isUnwanted = true;
    this.#drop();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      while (true) {
        if (this.#part !== undefined) {
          yield this.#part.octets;
          this.#drop();
        } else if (this.#end !== undefined) {
          if (this.#end.error !== undefined) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((wake) => this.#wake = wake);
        }
      }
    } finally {
      this.abandon();
    }
  }

  #drop(): void {
    const part = this.#part;
    this.#part = undefined;
    part?.taken();
  }
}
