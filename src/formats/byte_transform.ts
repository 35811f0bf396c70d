import type { Chunks } from "../platform/mod.ts";

/**
 * Changes octets as they stream by. Where the input is cut into chunks makes no difference to the
 * octets that come out; what is held back between two chunks is bounded.
 */
export interface ByteTransform {
  /** The octets that are certain now. May be `chunk` itself: neither is to be changed afterwards. */
  push(chunk: Uint8Array): Uint8Array;
  /** What was held back. The transform must not be used any more. */
  end(): Uint8Array;
}

/** Sends `chunks` through `steps`, one after the other; empty chunks are left out. */
export async function* transformed(
  chunks: Chunks,
  ...steps: readonly ByteTransform[]
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    const out = steps.reduce((bytes, step) => bytes.length > 0 ? step.push(bytes) : bytes, chunk);
    if (out.length > 0) yield out;
  }
  let tail: Uint8Array = new Uint8Array(0);
  for (const step of steps) {
    const pushed = tail.length > 0 ? step.push(tail) : tail;
    tail = joined(pushed, step.end());
  }
  if (tail.length > 0) yield tail;
}

/** `a` and then `b`; copies only if neither is empty. */
export function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return concatenated([a, b]);
}

/** All parts in one piece; copies only if more than one is not empty. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const full = parts.filter((part) => part.length > 0);
  if (full.length <= 1) return full[0] ?? new Uint8Array(0);
  const whole = new Uint8Array(full.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of full) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** `chunk` with `octet` put in before each of the `places`, which are in order. */
export function withInserted(
  chunk: Uint8Array,
  places: readonly number[],
  octet: number,
): Uint8Array {
  if (places.length === 0) return chunk;
  const out = new Uint8Array(chunk.length + places.length);
  let copied = 0;
  for (const [index, at] of places.entries()) {
    out.set(chunk.subarray(copied, at), copied + index);
    out[at + index] = octet;
    copied = at;
  }
  out.set(chunk.subarray(copied), copied + places.length);
  return out;
}
