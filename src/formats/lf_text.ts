import { type ByteTransform, joined } from "./byte_transform.ts";

const CR = 0x0d;
const LF = 0x0a;
const NOTHING = new Uint8Array(0);

/**
 * Makes text with CRLF one with LF, as programs of Unix expect it; a bare CR stays, a missing last
 * line end is added.
 */
export class LfEncoder implements ByteTransform {
  /** A CR: the next octet tells what it is. */
  #held = NOTHING as Uint8Array;
  #lastOctet = LF;

  push(chunk: Uint8Array): Uint8Array {
    const bytes = joined(this.#held, chunk);
    const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
    this.#held = bytes.slice(end);
    const out = withoutCrBeforeLf(bytes.subarray(0, end));
    this.#lastOctet = out.at(-1) ?? this.#lastOctet;
    return out;
  }

  end(): Uint8Array {
    const last = this.#held.at(-1) ?? this.#lastOctet;
    return last === LF ? this.#held : joined(this.#held, Uint8Array.of(LF));
  }
}

function withoutCrBeforeLf(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let count = 0;
  let from = 0;
  for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
    if (bytes[lf - 1] !== CR) continue;
    out.set(bytes.subarray(from, lf - 1), count);
    count += lf - 1 - from;
    from = lf;
  }
  if (from === 0) return bytes;
  out.set(bytes.subarray(from), count);
  return out.subarray(0, count + bytes.length - from);
}
