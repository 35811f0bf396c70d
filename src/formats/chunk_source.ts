import type { Chunks } from "../platform/mod.ts";

/** What gives chunks one by one. */
export type ChunkSource = AsyncIterator<Uint8Array> | Iterator<Uint8Array>;

/** Begins to read chunks, of either kind. */
export function chunkSource(chunks: Chunks): ChunkSource {
  return Symbol.asyncIterator in chunks
    ? chunks[Symbol.asyncIterator]()
    : chunks[Symbol.iterator]();
}

/** `first`, unless it is empty, and what `source` still has. Whoever stops early ends the source. */
export async function* following(
  first: Uint8Array,
  source: ChunkSource,
): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}

/** `first`, unless it is empty, and then `rest`. */
export async function* preceded(first: Uint8Array, rest: Chunks): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* rest;
}
