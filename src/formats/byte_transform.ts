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
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
