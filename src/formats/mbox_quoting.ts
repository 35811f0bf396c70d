import { type ByteTransform, joined } from "./byte_transform.ts";
import { placesOf } from "./places_of.ts";

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x3e;
const FROM = Uint8Array.from("From ", (c) => c.charCodeAt(0));
const NOTHING = new Uint8Array(0);

/**
 * Whether `From ` stands at `at`; `undecided` if `bytes` ends before that can be said.
 */
export function matchFrom(bytes: Uint8Array, at: number): "yes" | "no" | "undecided" {
  for (let index = 0; index < FROM.length; index++) {
    const octet = bytes[at + index];
    if (octet === undefined) return "undecided";
    if (octet !== FROM[index]) return "no";
  }
  return "yes";
}

/**
 * A message as it goes over the wire becomes one in an mbox file: CRLF becomes LF, each line
 * matching `^>*From ` gets one more `>` (the mboxrd way, which can be undone), a missing last line
 * end is added. A bare CR stays.
 */
export class MboxEncoder implements ByteTransform {
  /** Whether only `>` was seen on the line so far. */
  #quotable = true;
  /** The beginning of `From `, or a CR: the next octets tell what it is. */
  #held = NOTHING as Uint8Array;
  #lastOctet = LF;

  push(chunk: Uint8Array): Uint8Array {
    const bytes = joined(this.#held, chunk);
    this.#held = NOTHING;
    const lineFeeds = placesOf(LF, bytes);
    const out = new Uint8Array(bytes.length + lineFeeds.length + 1); // Each line may get a quote.
    let count = 0;
    let at = 0;
    let line = 0;
    while (at < bytes.length) {
      if (this.#quotable) {
        while (bytes[at] === QUOTE) out[count++] = bytes[at++]!;
        const match = matchFrom(bytes, at);
        if (match === "undecided") break;
        if (match === "yes") out[count++] = QUOTE;
        this.#quotable = false;
      }
      const lf = lineFeeds[line++];
      const next = lf ?? bytes.length;
      const end = next > at && bytes[next - 1] === CR ? next - 1 : next;
      out.set(bytes.subarray(at, end), count);
      count += end - at;
      at = end;
      if (lf === undefined) break;
      out[count++] = LF;
      at = lf + 1;
      this.#quotable = true;
    }
    this.#held = bytes.slice(at);
    if (count > 0) this.#lastOctet = out[count - 1]!;
    return out.subarray(0, count);
  }

  end(): Uint8Array {
    const last = this.#held.at(-1) ?? this.#lastOctet;
    return last === LF ? this.#held : joined(this.#held, Uint8Array.of(LF));
  }
}

/**
 * Reverses {@linkcode MboxEncoder}: LF becomes CRLF (an LF behind a CR stays), one `>` is taken from
 * each line matching `^>+From `, a missing last line end is added.
 */
export class MboxDecoder implements ByteTransform {
  #quotable = true;
  /** Whether a `>` waits to be written or dropped: what follows the last of them tells. */
  #quoteHeld = false;
  /** The beginning of `From `. */
  #held = NOTHING as Uint8Array;
  #afterCr = false;
  #afterLf = true;

  push(chunk: Uint8Array): Uint8Array {
    const bytes = joined(this.#held, chunk);
    this.#held = NOTHING;
    const lineFeeds = placesOf(LF, bytes);
    const out = new Uint8Array(bytes.length + lineFeeds.length + 1); // Each line may get a CR.
    let count = 0;
    let at = 0;
    let line = 0;
    while (at < bytes.length) {
      if (this.#quotable) {
        for (; bytes[at] === QUOTE; at++) {
          if (this.#quoteHeld) out[count++] = QUOTE;
          this.#quoteHeld = true;
        }
        const match = matchFrom(bytes, at);
        if (match === "undecided") break;
        if (match === "no" && this.#quoteHeld) out[count++] = QUOTE;
        this.#quoteHeld = this.#quotable = false;
      }
      const lf = lineFeeds[line++];
      const end = lf ?? bytes.length;
      out.set(bytes.subarray(at, end), count);
      count += end - at;
      at = end;
      if (lf === undefined) break;
      if (lf > 0 ? bytes[lf - 1] !== CR : !this.#afterCr) out[count++] = CR;
      out[count++] = LF;
      at = lf + 1;
      this.#quotable = true;
    }
    this.#note(bytes);
    this.#held = bytes.slice(at);
    return out.subarray(0, count);
  }

  end(): Uint8Array {
    const tail = joined(this.#quoteHeld ? Uint8Array.of(QUOTE) : NOTHING, this.#held);
    if (this.#afterLf) return tail;
    return joined(tail, this.#afterCr ? Uint8Array.of(LF) : Uint8Array.of(CR, LF));
  }

  #note(bytes: Uint8Array): void {
    const last = bytes.at(-1);
    if (last === undefined) return;
    this.#afterCr = last === CR;
    this.#afterLf = last === LF;
  }
}
