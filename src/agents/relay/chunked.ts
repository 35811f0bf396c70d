import { transformed } from "../../formats/byte_transform.ts";
import { CrlfEncoder } from "../../formats/crlf_text.ts";
import type { Chunks } from "../../platform/mod.ts";

/** Largest chunk, in octets: so much of a message is held in memory to know how long it is. */
export const CHUNK_OCTETS = 64 * 1024;

/** A part of a message behind BDAT (RFC 3030 section 2). */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

/** Cuts a message into chunks of {@linkcode CHUNK_OCTETS}, the last shorter; every line ends with CRLF. */
export async function* chunked(body: Chunks): AsyncGenerator<Chunk, void> {
  let buffer = new Uint8Array(CHUNK_OCTETS);
  let length = 0;
  for await (const piece of transformed(body, new CrlfEncoder())) {
    for (let at = 0; at < piece.length;) {
      if (length === buffer.length) { // Not before more comes: this one is not the last.
        yield { bytes: buffer, last: false };
        buffer = new Uint8Array(CHUNK_OCTETS);
        length = 0;
      }
      const part = piece.subarray(at, at + buffer.length - length);
      buffer.set(part, length);
      length += part.length;
      at += part.length;
    }
  }
  yield { bytes: buffer.subarray(0, length), last: true };
}
