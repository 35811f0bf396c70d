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

/** The line end that a chunk is cut at. */
const LF = 0x0a;

/**
 * Cuts a message into chunks of at most {@linkcode CHUNK_OCTETS}; every line ends with CRLF. They end
 * with a line if they can: programs that hand a session on line by line, as fetchmail does for ODMR,
 * keep what is none yet, and would wait for its rest as long as we wait for the reply.
 */
export async function* chunked(body: Chunks): AsyncGenerator<Chunk, void> {
  let buffer = new Uint8Array(CHUNK_OCTETS);
  let length = 0;
  for await (const piece of transformed(body, new CrlfEncoder())) {
    for (let at = 0; at < piece.length;) {
      if (length === buffer.length) { // Not before more comes: this one is not the last.
        const end = buffer.lastIndexOf(LF) + 1 || length;
        const rest = buffer.subarray(end);
        yield { bytes: buffer.subarray(0, end), last: false };
        buffer = new Uint8Array(CHUNK_OCTETS);
        buffer.set(rest);
        length = rest.length;
      }
      const part = piece.subarray(at, at + buffer.length - length);
      buffer.set(part, length);
      length += part.length;
      at += part.length;
    }
  }
  yield { bytes: buffer.subarray(0, length), last: true };
}
