import type { Chunks } from "../platform/mod.ts";
import { concatenated } from "./byte_transform.ts";
import { chunkSource, following } from "./chunk_source.ts";

/** One header field as it stands in a message. */
export interface HeaderField {
  /** As written; compare with {@linkcode fieldsNamed}, which ignores case. */
  readonly name: string;
  /** Unfolded (RFC 5322 section 2.2.3), without the space around it, no line ends in it. */
  readonly value: string;
  /** The octets of the field, folded lines and line ends included. */
  readonly raw: Uint8Array;
}

/** A message divided into its header and what follows. */
export interface HeaderBlock {
  readonly fields: readonly HeaderField[];
  /** The octets of the header, the empty line that ends it included if there is one. */
  readonly bytes: Uint8Array;
  /** The octets after {@linkcode bytes}; can be read once. */
  readonly rest: AsyncIterable<Uint8Array>;
  /** False if the message ended, or the bound was reached, before the empty line. */
  readonly complete: boolean;
}

/** Longest header that is looked at, in octets; what is beyond counts as body. */
export const MAX_HEADER_OCTETS = 1024 * 1024;

/** Longest From_ line that is looked for, and the name of the field behind it, in octets. */
const MAX_FROM_LINE_OCTETS = 1000;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * Parses the fields of a header up to the empty line or the end. Takes what real mail holds: bare
 * LF, 8-bit text, space before the colon; a line that is no field is passed over.
 */
export function parseHeader(bytes: Uint8Array): HeaderField[] {
  const fields: HeaderField[] = [];
  const end = headerEnd(bytes) ?? bytes.length;
  for (let start = 0; start < end;) {
    const next = fieldEnd(bytes, start, end);
    const field = parseField(bytes.subarray(start, next));
    if (field !== undefined) fields.push(field);
    start = next;
  }
  return fields;
}

/** The fields with that name, whatever its case, in the order of the header (B54). */
export function fieldsNamed(fields: readonly HeaderField[], name: string): HeaderField[] {
  const wanted = name.toLowerCase();
  return fields.filter((field) => field.name.toLowerCase() === wanted);
}

/** The value of the first field with that name. */
export function fieldValue(fields: readonly HeaderField[], name: string): string | undefined {
  return fieldsNamed(fields, name)[0]?.value;
}

/** The octets of a header without the fields of these names; all else stays as it is. */
export function withoutFields(header: Uint8Array, names: readonly string[]): Uint8Array {
  const unwanted = new Set(names.map((name) => name.toLowerCase()));
  const end = headerEnd(header) ?? header.length;
  const kept: Uint8Array[] = [];
  for (let start = 0; start < end;) {
    const next = fieldEnd(header, start, end);
    const piece = header.subarray(start, next);
    if (!unwanted.has(parseField(piece)?.name.toLowerCase() ?? "")) kept.push(piece);
    start = next;
  }
  return concatenated([...kept, header.subarray(end)]);
}

/** The octets of a header without the From_ line of an mbox that programs hand on with a message. */
export function withoutFromLine(header: Uint8Array): Uint8Array {
  const start = decodeText(header.subarray(0, MAX_FROM_LINE_OCTETS));
  const isThere = /^>?From (?![ \t]*:)[^\r\n]*\r?\n(?=[!-9;-~]+[ \t]*:)/.test(start);
  return isThere ? header.subarray(header.indexOf(LF) + 1) : header;
}

/** Where the body begins: behind the empty line. `undefined` if there is no empty line. */
export function headerEnd(bytes: Uint8Array, from = 0): number | undefined {
  for (let start = from; start < bytes.length;) {
    if (bytes[start] === LF) return start + 1;
    if (bytes[start] === CR && bytes[start + 1] === LF) return start + 2;
    const lf = bytes.indexOf(LF, start);
    if (lf < 0) return undefined;
    start = lf + 1;
  }
  return undefined;
}

/**
 * Reads the header of a message that comes in pieces; the rest stays a stream. At most `maxOctets`,
 * and one piece, are kept in memory.
 *
 * @throws What `message` throws.
 */
export async function readHeader(
  message: Chunks,
  maxOctets: number = MAX_HEADER_OCTETS,
): Promise<HeaderBlock> {
  const source = chunkSource(message);
  const buffer = new GrowingBuffer();
  let searchFrom = 0;
  let end: number | undefined;
  while (end === undefined && buffer.length < maxOctets) {
    const next = await source.next();
    if (next.done === true) break;
    buffer.add(next.value);
    end = headerEnd(buffer.bytes, searchFrom);
    searchFrom = buffer.bytes.lastIndexOf(LF) + 1; // The line that may go on in the next piece.
  }
  const complete = end !== undefined && end <= maxOctets;
  const size = complete ? end! : Math.min(buffer.length, maxOctets);
  const bytes = buffer.bytes.slice(0, size);
  return {
    fields: parseHeader(bytes),
    bytes,
    rest: following(buffer.bytes.slice(size), source),
    complete,
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const windows1252 = new TextDecoder("windows-1252");

/** Text of a message's octets: UTF-8 where they are that, otherwise Windows-1252, never an error. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return windows1252.decode(bytes);
  }
}

/** The end of the field that starts at `start`: a line that starts with space goes on with it. */
function fieldEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  do {
    const lf = bytes.indexOf(LF, at);
    if (lf < 0 || lf >= end) return end;
    at = lf + 1;
  } while (bytes[at] === SPACE || bytes[at] === TAB);
  return at;
}

function parseField(raw: Uint8Array): HeaderField | undefined {
  const text = decodeText(raw);
  // RFC 5322 section 3.6.8 for the name; section 4.5 allows space before the colon.
  const [start, name] = /^([!-9;-~]+)[ \t]*:/.exec(text) ?? [];
  if (start === undefined || name === undefined) return undefined;
  // A bare CR must not become a line end in something that quotes this value.
  const value = text.slice(start.length).replaceAll(/\r?\n/g, "").replaceAll("\r", " ");
  return { name, value: value.trim(), raw };
}

/** Bytes that grow by doubling, so that a header in many small pieces is not copied each time. */
class GrowingBuffer {
  #bytes = new Uint8Array(4096);
  length = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  add(piece: Uint8Array): void {
    if (this.length + piece.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.length + piece.length));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.length);
    this.length += piece.length;
  }
}
