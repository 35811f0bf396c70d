import { beginsLengthField, parseLengthField } from "./mbox.ts";
import {
  beginsFrom,
  isFrom,
  isQuotedFrom,
  type MboxLine,
  PartialLine,
  textOf,
  wholeLine,
} from "./mbox_line.ts";
import { isUniqueId } from "./pop3.ts";

/** Where one message stands in an mbox file, and what is known of it. Octets from its start. */
export interface MboxRecord {
  /** First octet that is served: behind the From_ line and the length field. */
  readonly start: number;
  /** Behind the last octet that is served: before the blank line that separates messages. */
  readonly end: number;
  /** Size over the wire: CRLF line ends, quoting undone. */
  readonly sizeOctets: number;
  /** The X-UIDL that our own delivery wrote. */
  readonly deliveryId: string | undefined;
}

/** What an mbox file holds. */
export interface MboxContents {
  readonly records: readonly MboxRecord[];
  /** Where a message begins that was cut off while it was delivered. */
  readonly tornAt: number | undefined;
  /** What must be appended before the next From_ line, so that it follows a blank line. */
  readonly separator: "" | "\n" | "\n\n";
}

const LF = 0x0a;

/** A message whose end was not seen yet. */
interface OpenMessage {
  /** Where its From_ line begins, or its text if it has none. */
  readonly fromAt: number;
  start: number;
  sizeOctets: number;
  /** How many octets our own delivery says it has. */
  promisedOctets: number | undefined;
  deliveryId: string | undefined;
  /** What the next line may be: our own head has a fixed order. */
  expect: "length" | "return-path" | "uidl" | "text";
}

/**
 * Finds the messages of an mbox file in one pass, whatever it holds: a message begins with a
 * plausible From_ line at the start of the file or behind a blank line; text before the first is a
 * message too. Memory does not grow with the length of lines.
 */
export class MboxScanner {
  readonly #records: MboxRecord[] = [];
  readonly #partial = new PartialLine();
  #message: OpenMessage | undefined;
  /** Where the line begins that is being read. */
  #lineAt = 0;
  #afterBlank = true;
  /** Where the blank line begins that was read last. */
  #blankAt = 0;

  push(chunk: Uint8Array): void {
    let at = 0;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, at)) {
      if (this.#partial.octets > 0) {
        this.#partial.add(chunk.subarray(at, lf));
        this.#line(this.#partial.take());
      } else {
        this.#line(wholeLine(chunk, at, lf));
      }
      at = lf + 1;
    }
    this.#partial.add(chunk.subarray(at));
  }

  /**
   * What the file holds, now that all of it was pushed.
   *
   * @param mayBeTorn Whether a crash may have cut off a delivery of ours at the end of the file. If
   * not, what looks so is a message that another program is writing just now.
   */
  end({ mayBeTorn = true } = {}): MboxContents {
    const tornAt = mayBeTorn ? this.#tornAt() : undefined;
    if (tornAt !== undefined) {
      // What is cut off is either the open message or the line behind it.
      if (tornAt === this.#message?.fromAt) this.#message = undefined;
      this.#close(this.#blankAt);
      return { records: this.#records, tornAt, separator: "" };
    }
    const unfinished = this.#partial.octets > 0;
    if (unfinished) this.#line(this.#partial.take(), 0);
    const message = this.#message;
    // A message whose own last line is blank, cut off just before the blank line that separates.
    const unseparated = message !== undefined &&
      message.promisedOctets === this.#lineAt - message.start;
    const separated = this.#afterBlank && !unseparated;
    this.#close(separated ? this.#blankAt : this.#lineAt);
    const separator = separated ? "" : unfinished ? "\n\n" : "\n";
    return { records: this.#records, tornAt, separator };
  }

  #line(line: MboxLine, lineEndOctets = 1): void {
    const begin = this.#lineAt;
    const blank = line.octets === (line.endsWithCr ? 1 : 0);
    this.#lineAt += line.octets + lineEndOctets;
    if (this.#afterBlank && line.quotes === 0 && isFrom(line)) {
      this.#close(this.#blankAt);
      this.#message = opened(begin, this.#lineAt, "length");
      this.#blankAt = this.#lineAt;
    } else if (this.#message !== undefined || !blank) {
      this.#message ??= opened(begin, begin, "return-path");
      this.#count(this.#message, line);
    }
    this.#afterBlank = blank;
    if (blank) this.#blankAt = begin;
  }

  #count(message: OpenMessage, line: MboxLine): void {
    if (message.expect !== "text" && this.#isOwnLengthField(message, line)) return;
    message.sizeOctets += line.octets + (line.endsWithCr ? 1 : 2) - (isQuotedFrom(line) ? 1 : 0);
  }

  /** Reads our own head; true if the line is the field that is not served. */
  #isOwnLengthField(message: OpenMessage, line: MboxLine): boolean {
    const text = line.quotes > 0 ? "" : textOf(line);
    const expected = message.expect;
    message.expect = "text";
    // Behind a length field of ours: a message that has a Return-Path of its own gets no other.
    const mayHaveNoPath = expected === "return-path" && message.promisedOctets !== undefined;
    if (expected === "uidl" || (mayHaveNoPath && text.startsWith("X-UIDL: "))) {
      const id = text.startsWith("X-UIDL: ") ? text.slice("X-UIDL: ".length) : "";
      if (isUniqueId(id)) message.deliveryId = id;
    } else if (text.startsWith("Return-Path: <")) {
      message.expect = "uidl";
    } else if (expected === "length") {
      message.promisedOctets = parseLengthField(text);
      if (message.promisedOctets === undefined) return false;
      message.start = this.#blankAt = this.#lineAt;
      message.expect = "return-path";
      return true;
    }
    return false;
  }

  #close(end: number): void {
    const message = this.#message;
    this.#message = undefined;
    if (message === undefined || end <= message.start) return;
    const blankOctets = end === this.#blankAt && this.#afterBlank ? 2 : 0;
    const { start, sizeOctets, deliveryId } = message;
    this.#records.push({ start, end, sizeOctets: sizeOctets - blankOctets, deliveryId });
  }

  /** An append that a crash interrupted left a beginning of what it was to write. */
  #tornAt(): number | undefined {
    const message = this.#message;
    const unfinished = this.#partial.peek();
    const rest = ">".repeat(Math.min(unfinished.quotes, 1)) + textOf(unfinished);
    if (this.#afterBlank && rest !== "" && beginsFrom(rest)) return this.#lineAt;
    if (message === undefined) return undefined;
    const octets = this.#lineAt + this.#partial.octets - message.start;
    if (message.expect === "length" && beginsLengthField(rest)) return message.fromAt;
    return octets < (message.promisedOctets ?? 0) ? message.fromAt : undefined;
  }
}

function opened(fromAt: number, start: number, expect: OpenMessage["expect"]): OpenMessage {
  return {
    fromAt,
    start,
    expect,
    sizeOctets: 0,
    promisedOctets: undefined,
    deliveryId: undefined,
  };
}
