import type { Chunks } from "../platform/mod.ts";
import { concatenated } from "./byte_transform.ts";
import { chunkSource, following } from "./chunk_source.ts";

/** A stream of octets whose first ones have been looked at. */
export interface Started {
  /** At least as many octets as were asked for, if there are so many. */
  readonly start: Uint8Array;
  /** All octets, {@linkcode start} included; can be read once. */
  readonly all: AsyncIterable<Uint8Array>;
}

/**
 * Reads the first octets of a stream, which stays a stream. What is kept in memory is what was asked
 * for, and one chunk.
 *
 * @throws What `chunks` throws.
 */
export async function readStart(chunks: Chunks, octets: number): Promise<Started> {
  const source = chunkSource(chunks);
  const read: Uint8Array[] = [];
  let length = 0;
  while (length < octets) {
    const next = await source.next();
    if (next.done === true) break;
    read.push(next.value);
    length += next.value.length;
  }
  const start = concatenated(read);
  return { start, all: following(start, source) };
}
