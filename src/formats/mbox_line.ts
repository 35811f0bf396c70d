import { isFromLine } from "./mbox.ts";
import { matchFrom } from "./mbox_quoting.ts";

/** As much of a line decides what it is; a longer one is not looked at further. Octets. */
const MAX_TEXT_OCTETS = 1024;

const CR = 0x0d;
const QUOTE = 0x3e;
const UPPER_F = 0x46;

/** One line of an mbox file without its LF. Its text stands in `bytes` from `from` to `to`, behind its quotes. */
export interface MboxLine {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** How many `>` it begins with. */
  readonly quotes: number;
  readonly octets: number;
  readonly endsWithCr: boolean;
}

/** The line that stands in `bytes` from `begin` to its LF at `to`. */
export function wholeLine(bytes: Uint8Array, begin: number, to: number): MboxLine {
  let from = begin;
  while (from < to && bytes[from] === QUOTE) from++;
  const endsWithCr = to > begin && bytes[to - 1] === CR;
  return { bytes, from, to, quotes: from - begin, octets: to - begin, endsWithCr };
}

/** A line that goes on in the next chunk. Only as much of it is kept as decides what it is. */
export class PartialLine {
  octets = 0;
  #quotes = 0;
  #endsWithCr = false;
  readonly #text = new Uint8Array(MAX_TEXT_OCTETS);
  #textOctets = 0;

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    let from = 0;
    if (this.#quotes === this.octets) {
      while (bytes[from] === QUOTE) from++;
      this.#quotes += from;
    }
    const room = this.#text.length - this.#textOctets;
    const kept = bytes.subarray(from, Math.min(bytes.length, from + room));
    this.#text.set(kept, this.#textOctets);
    this.#textOctets += kept.length;
    this.octets += bytes.length;
    this.#endsWithCr = bytes.at(-1) === CR;
  }

  peek(): MboxLine {
    return {
      bytes: this.#text,
      from: 0,
      to: this.#textOctets,
      quotes: this.#quotes,
      octets: this.octets,
      endsWithCr: this.#endsWithCr,
    };
  }

  take(): MboxLine {
    const line = this.peek();
    this.octets = this.#quotes = this.#textOctets = 0;
    this.#endsWithCr = false;
    return line;
  }
}

/** Whether it is a plausible From_ line. */
export function isFrom(line: MboxLine): boolean {
  return line.bytes[line.from] === UPPER_F && line.to > line.from && isFromLine(textOf(line));
}

/** Whether one of its quotes is taken off when it is served. */
export function isQuotedFrom({ quotes, bytes, from, to }: MboxLine): boolean {
  return quotes > 0 && matchFrom(bytes.subarray(from, to), 0) === "yes";
}

/** Whether the text of an unfinished line may be the beginning of a From_ line. */
export function beginsFrom(text: string): boolean {
  return text.startsWith("From ") || "From ".startsWith(text);
}

/** One character an octet; which one matters only for ASCII. */
const windows1252 = new TextDecoder("windows-1252");

/** Its text behind the quotes, an octet a character, as much as decides what it is. */
export function textOf({ bytes, from, to }: MboxLine): string {
  return windows1252.decode(bytes.subarray(from, Math.min(to, from + MAX_TEXT_OCTETS)));
}
