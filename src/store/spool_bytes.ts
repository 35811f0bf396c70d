/** The beginning of what comes in pieces. */
export interface Beginning {
  readonly piece: Uint8Array;
  /** What comes behind it; `undefined`: nothing, it is the whole. */
  readonly next: Uint8Array | undefined;
}

/** Reads as far as it takes to know whether the first piece is the whole. */
export async function beginningOf(pieces: AsyncIterator<Uint8Array>): Promise<Beginning> {
  const first = await pieces.next();
  const second = await pieces.next();
  return { piece: first.value, next: second.done ? undefined : second.value };
}

/** A beginning and what comes behind it. */
export async function* wholeOf(
  { piece, next }: Beginning,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield piece;
  if (next !== undefined) yield next;
  yield* pieces;
}
