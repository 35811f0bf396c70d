import type { Chunks } from "../platform/mod.ts";
import { concatenated, joined } from "./byte_transform.ts";
import { parseContentValue } from "./content_type.ts";
import { fieldValue, type HeaderField, parseHeader } from "./header.ts";

/** A part of a message, or the message itself. */
export interface MimePart {
  /** Whether it holds parts or a message, and no text of its own. */
  readonly isContainer: boolean;
  /** Counts those that are no containers. */
  readonly number: number;
  /** In lower case: `text/plain`. */
  readonly type: string;
  /** In lower case; `7bit` where nothing is said. */
  readonly encoding: string;
  /** Whether it lies in something that is signed or encrypted as it stands (RFC 1847). */
  readonly isSealed: boolean;
}

/** What a message is made of, in its order. All line ends of headers are CRLF. */
export type MimeEvent =
  | {
    readonly kind: "header";
    /** With the empty line behind it, unless the part ends before. */
    readonly bytes: Uint8Array;
    readonly fields: readonly HeaderField[];
    readonly part: MimePart;
  }
  | {
    readonly kind: "line";
    /** Without its end; a piece of it if it is long. */
    readonly bytes: Uint8Array;
    readonly ended: boolean;
    /** The part it belongs to; `undefined` for what stands between parts. */
    readonly part: MimePart | undefined;
  };

/** What a message may be made of, to be looked at with bounded memory. */
const MAX_HEADER_OCTETS = 256 * 1024;
const MAX_DEPTH = 20;
const MAX_PARTS = 10_000;

/** Longest piece of a line that is kept, in octets. */
const MAX_PIECE_OCTETS = 16 * 1024;

/** Longest line that may be a boundary (RFC 2046 section 5.1.1), with room for blanks. */
const MAX_BOUNDARY_LINE = 200;

const CR = 0x0d;
const LF = 0x0a;

/**
 * Walks through a message and its parts, however deep (RFC 2046 section 5), line by line.
 *
 * @throws {RangeError} If it has more parts, or a larger header, than anybody writes.
 */
export async function* walkMime(body: Chunks): AsyncGenerator<MimeEvent, void> {
  const walker = new Walker();
  for await (const { bytes, ended } of linePieces(body)) yield* walker.line(bytes, ended);
  yield* walker.end();
}

/** One that is open: where its parts begin and end. */
interface Multipart {
  readonly boundary: string;
  readonly isSealed: boolean;
  /** Of parts that do not say it: RFC 2046 section 5.1.5. */
  readonly defaultType: string;
}

class Walker {
  #open: Multipart[] = [];
  /** The header that is being read; `undefined` in a body. */
  #header: Uint8Array[] | undefined = [];
  #headerOctets = 0;
  #defaultType = "text/plain";
  #part: MimePart | undefined;
  #leaves = 0;
  #atLineStart = true;

  *line(bytes: Uint8Array, ended: boolean): Generator<MimeEvent> {
    const starts = this.#atLineStart;
    this.#atLineStart = ended;
    const level = starts ? this.#boundaryLevel(bytes) : undefined;
    if (level !== undefined) {
      yield* this.end();
      yield { kind: "line", bytes, ended, part: undefined };
      return this.#crossed(level);
    }
    if (this.#header === undefined) {
      yield { kind: "line", bytes, ended, part: this.#part };
      return;
    }
    this.#headerOctets += bytes.length + 2;
    if (this.#headerOctets > MAX_HEADER_OCTETS) throw new RangeError("Its header is too large");
    this.#header.push(bytes, ended ? CRLF : new Uint8Array());
    if (starts && ended && bytes.length === 0) yield this.#headerEvent(this.#header);
  }

  /** A part without a body ends with its header. */
  *end(): Generator<MimeEvent> {
    const header = this.#header;
    if (header !== undefined && header.length > 0) yield this.#headerEvent(header);
    this.#header = undefined;
  }

  #headerEvent(lines: readonly Uint8Array[]): MimeEvent {
    const bytes = concatenated(lines);
    const fields = parseHeader(bytes);
    const { value: type, parameters } = parseContentValue(
      fieldValue(fields, "Content-Type") ?? this.#defaultType,
    );
    const encoding = (fieldValue(fields, "Content-Transfer-Encoding") ?? "7bit").trim()
      .toLowerCase();
    const boundary = type.startsWith("multipart/") ? parameters.get("boundary")?.trimEnd() : "";
    const isMessage = /^message\/(?:rfc822|global)$/.test(type) && /^(?:7bit|8bit)$/.test(encoding);
    const isSealed = this.#open.at(-1)?.isSealed ?? false;
    const isContainer = isMessage || !!boundary;
    const number = isContainer ? -1 : this.#leaves++;
    if (this.#leaves > MAX_PARTS) throw new RangeError("It has too many parts");
    const part = { isContainer, number, type, encoding, isSealed };
    if (boundary) this.#enter(type, boundary, isSealed);
    this.#header = isMessage ? [] : undefined;
    this.#headerOctets = 0;
    this.#defaultType = "text/plain";
    this.#part = isContainer ? undefined : part;
    return { kind: "header", bytes, fields, part };
  }

  #enter(type: string, boundary: string, isWithinSealed: boolean): void {
    if (this.#open.length === MAX_DEPTH) throw new RangeError("Its parts are nested too deeply");
    const isSealed = isWithinSealed || /^multipart\/(?:signed|encrypted)$/.test(type);
    const defaultType = type === "multipart/digest" ? "message/rfc822" : "text/plain";
    this.#open.push({ boundary, isSealed, defaultType });
  }

  /** Which multipart a line belongs to as a boundary, and whether it ends it. */
  #boundaryLevel(bytes: Uint8Array): { readonly at: number; readonly ends: boolean } | undefined {
    if (bytes[0] !== DASH || bytes[1] !== DASH || bytes.length > MAX_BOUNDARY_LINE) {
      return undefined;
    }
    const text = String.fromCharCode(...bytes).trimEnd();
    for (let at = this.#open.length - 1; at >= 0; at--) {
      const delimiter = `--${this.#open[at]?.boundary}`;
      if (text === delimiter) return { at, ends: false };
      if (text === `${delimiter}--`) return { at, ends: true };
    }
    return undefined;
  }

  #crossed({ at, ends }: { readonly at: number; readonly ends: boolean }): void {
    this.#open.length = ends ? at : at + 1;
    this.#header = ends ? undefined : [];
    this.#headerOctets = 0;
    this.#defaultType = this.#open[at]?.defaultType ?? "text/plain";
    this.#part = undefined;
  }
}

const DASH = 0x2d;
const CRLF = new Uint8Array([CR, LF]);

async function* linePieces(
  body: Chunks,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly ended: boolean }, void> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of body) {
    rest = joined(rest, chunk);
    let start = 0;
    for (let lf = rest.indexOf(LF); lf >= 0; lf = rest.indexOf(LF, start)) {
      const end = lf > start && rest[lf - 1] === CR ? lf - 1 : lf;
      yield { bytes: rest.subarray(start, end), ended: true };
      start = lf + 1;
    }
    rest = rest.slice(start);
    if (rest.length > MAX_PIECE_OCTETS) {
      // A CR may be half of a line end.
      yield { bytes: rest.subarray(0, -1), ended: false };
      rest = rest.slice(-1);
    }
  }
  if (rest.length > 0) yield { bytes: rest, ended: false };
}
