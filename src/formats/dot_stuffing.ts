import { type ByteTransform, concatenated, joined, withInserted } from "./byte_transform.ts";

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const NOTHING = new Uint8Array(0);

/** Ends what is dot-stuffed (RFC 1939 section 3); what comes before it must end with CRLF. */
export const TERMINATOR = ".\r\n";

/**
 * Doubles the dot at the start of each line, as a multi-line reply of POP3 has it (RFC 1939 section
 * 3). A line ends with CRLF and nothing else. {@linkcode TERMINATOR} is for the caller to add.
 */
export class DotStuffer implements ByteTransform {
  readonly #place = new LinePlace();

  push(chunk: Uint8Array): Uint8Array {
    const dots = leadingDots(chunk, this.#place);
    this.#place.pass(chunk);
    return withInserted(chunk, dots, DOT);
  }

  end(): Uint8Array {
    return NOTHING;
  }
}

/** What {@linkcode DotUnstuffer.push} made of a chunk. */
export interface Unstuffed {
  /** Octets of the body. */
  readonly body: Uint8Array;
  /** Octets behind the terminator: the next reply or command. `undefined` while the body goes on. */
  readonly rest: Uint8Array | undefined;
}

/**
 * Reverses {@linkcode DotStuffer} and finds the end: of a multi-line reply of POP3, and of the data
 * of SMTP (RFC 5321 section 4.5.2). The CRLF before the terminating dot belongs to the body. Only
 * CRLF is a line end: a bare LF and a dot inside a message must not end it.
 */
export class DotUnstuffer {
  readonly #place = new LinePlace();
  /** A dot at the start of a line, perhaps with a CR, whose meaning the next octets tell. */
  #held = NOTHING as Uint8Array;

  push(chunk: Uint8Array): Unstuffed {
    const bytes = joined(this.#held, chunk);
    this.#held = NOTHING;
    const parts: Uint8Array[] = [];
    let copied = 0;
    for (const at of leadingDots(bytes, this.#place)) {
      parts.push(bytes.subarray(copied, at));
      copied = at + 1;
      const [next, afterNext] = [bytes[at + 1], bytes[at + 2]];
      if (next === CR && afterNext === LF) {
        return { body: concatenated(parts), rest: bytes.slice(at + 3) };
      }
      if (next === undefined || (next === CR && afterNext === undefined)) {
        this.#held = bytes.slice(at);
        this.#place.pass(bytes.subarray(0, at));
        return { body: concatenated(parts), rest: undefined };
      }
    }
    this.#place.pass(bytes);
    parts.push(bytes.subarray(copied));
    return { body: concatenated(parts), rest: undefined };
  }
}

/** Where in a line the octets seen so far end. */
class LinePlace {
  atStart = true;
  afterCr = false;

  pass(chunk: Uint8Array): void {
    const last = chunk.at(-1);
    if (last === undefined) return;
    const beforeLast = chunk.length > 1 ? chunk.at(-2) === CR : this.afterCr;
    this.atStart = last === LF && beforeLast;
    this.afterCr = last === CR;
  }
}

/** The places of all dots in `bytes` that begin a line. */
function leadingDots(bytes: Uint8Array, before: LinePlace): number[] {
  const found: number[] = [];
  if (before.atStart && bytes[0] === DOT) found.push(0);
  if (before.afterCr && bytes[0] === LF && bytes[1] === DOT) found.push(1);
  // By the dots: where a message is long, it is encoded, and has none.
  for (let dot = bytes.indexOf(DOT, 2); dot >= 0; dot = bytes.indexOf(DOT, dot + 1)) {
    if (bytes[dot - 1] === LF && bytes[dot - 2] === CR) found.push(dot);
  }
  return found;
}
