import { concatenated } from "../formats/byte_transform.ts";
import type { Chunks } from "../platform/mod.ts";

/** `head` and then `body`. */
export async function* preceded(head: Uint8Array, body: Chunks): AsyncGenerator<Uint8Array> {
  yield head;
  yield* body;
}

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

/**
 * The octets before the first LF.
 *
 * @throws {SyntaxError} If there is none within about `maxOctets`.
 */
export async function firstLine(
  stream: ReadableStream<Uint8Array>,
  maxOctets: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of stream) { // Leaving the loop closes the file.
    const lf = chunk.indexOf(0x0a);
    pieces.push(lf < 0 ? chunk : chunk.subarray(0, lf));
    octets += pieces.at(-1)?.length ?? 0;
    if (lf >= 0) return concatenated(pieces);
    if (octets > maxOctets) break;
  }
  throw new SyntaxError(`No end of the first line within ${octets} octets`);
}
