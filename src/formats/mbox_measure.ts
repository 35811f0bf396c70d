import { placesOf } from "./places_of.ts";

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x3e;
const FROM = Uint8Array.from("From ", (c) => c.charCodeAt(0));

/** How large a message is in an mbox file. */
export interface MboxSize {
  /** As `MboxEncoder` writes it. */
  readonly textOctets: number;
  /** As it is served again: every line with CRLF, not quoted. */
  readonly wireOctets: number;
}

/**
 * Says how large a message will be in an mbox file, and when it is served from there, without making
 * the text: what `MboxEncoder` and then `MboxDecoder` make of the same octets.
 */
export class MboxMeasure {
  #octets = 0;
  #lineFeeds = 0;
  /** Of those, how many stand behind a CR, and how many of these behind another. */
  #crlf = 0;
  #crcrlf = 0;
  #quoted = 0;
  /** How much of `From ` was seen at the beginning of the line; `undefined`: it does not begin so. */
  #matched: number | undefined = 0;
  #last = LF;
  #beforeLast = LF;

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#match(chunk, 0);
    for (const lf of placesOf(LF, chunk)) {
      this.#lineFeeds++;
      if (this.#octet(chunk, lf - 1) === CR) {
        this.#crlf++;
        if (this.#octet(chunk, lf - 2) === CR) this.#crcrlf++;
      }
      this.#matched = 0;
      this.#match(chunk, lf + 1);
    }
    this.#octets += chunk.length;
    [this.#beforeLast, this.#last] = [
      this.#octet(chunk, chunk.length - 2)!,
      this.#octet(chunk, chunk.length - 1)!,
    ];
  }

  /** The size of all that was pushed. A last line end that is missing is added. */
  end(): MboxSize {
    const unfinished = this.#last !== LF;
    const lastLineEnd = unfinished ? (this.#last === CR ? 1 : 2) : 0;
    return {
      textOctets: this.#octets - this.#crlf + this.#quoted + (unfinished ? 1 : 0),
      wireOctets: this.#octets + this.#lineFeeds - this.#crlf - this.#crcrlf + lastLineEnd,
    };
  }

  /** An octet of the chunk, or one of the two before it. */
  #octet(chunk: Uint8Array, at: number): number | undefined {
    if (at >= 0) return chunk[at];
    return at === -1 ? this.#last : this.#beforeLast;
  }

  /** Goes on looking whether the line is one that gets a quote: `^>*From `. */
  #match(chunk: Uint8Array, from: number): void {
    for (let at = from; this.#matched !== undefined && at < chunk.length; at++) {
      if (this.#matched === 0 && chunk[at] === QUOTE) continue;
      this.#matched = chunk[at] === FROM[this.#matched] ? this.#matched + 1 : undefined;
      if (this.#matched !== FROM.length) continue;
      this.#quoted++;
      this.#matched = undefined;
    }
  }
}
