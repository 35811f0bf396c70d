import { concatenated } from "../formats/byte_transform.ts";
import type { Chunks } from "../platform/mod.ts";

/** Largest first piece: most messages are one. Octets. */
const FIRST_OCTETS = 64 * 1024;

/** Largest piece of what is larger: a write costs more than a copy. Octets. */
const NEXT_OCTETS = 256 * 1024;

/**
 * The same octets in fewer pieces, at least one, which may be empty. The first is for the caller to
 * keep; another one is filled again when the next but one is asked for.
 */
export async function* gathered(chunks: Chunks): AsyncGenerator<Uint8Array> {
  let first: Uint8Array[] | undefined = [];
  let [buffer, other] = [new Uint8Array(0), new Uint8Array(0)];
  let octets = 0;
  for await (const chunk of chunks) {
    if (first !== undefined && octets + chunk.length > FIRST_OCTETS) {
      yield concatenated(first);
      first = undefined;
      [buffer, other] = [new Uint8Array(NEXT_OCTETS), new Uint8Array(NEXT_OCTETS)];
      octets = 0;
    }
    if (first !== undefined) {
      first.push(chunk.slice()); // Whoever gave it may fill the same buffer again.
      octets += chunk.length;
      continue;
    }
    for (let taken = 0; taken < chunk.length;) {
      const part = chunk.subarray(taken, taken + buffer.length - octets);
      buffer.set(part, octets);
      taken += part.length;
      octets += part.length;
      if (octets < buffer.length) continue;
      yield buffer;
      [buffer, other] = [other, buffer];
      octets = 0;
    }
  }
  if (first !== undefined) yield concatenated(first);
  else if (octets > 0) yield buffer.subarray(0, octets);
}

/** The same pieces, each asked for while the one before it is at work: one comes, one is written. */
export async function* ahead(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const ask = () => {
    const next = pieces.next();
    next.catch(() => {}); // Whoever writes hears of it when it is time.
    return next;
  };
  try {
    for (let next = ask();;) {
      const { done, value } = await next;
      if (done) return;
      next = ask();
      yield value;
    }
  } finally {
    await pieces.return(undefined);
  }
}
