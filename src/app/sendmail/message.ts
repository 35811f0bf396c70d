import { concatenated, joined, transformed } from "../../formats/byte_transform.ts";
import { preceded } from "../../formats/chunk_source.ts";
import { fieldsNamed, readHeader, withoutFields, withoutFromLine } from "../../formats/header.ts";
import { recipientsNamed } from "../../formats/header_envelope.ts";
import { LineEndNormaliser } from "../../formats/line_ends.ts";
import type { Chunks } from "../../platform/mod.ts";

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

/** A message that was read from standard input. */
export interface InputMessage {
  /** Whom To, Cc and Bcc name. */
  readonly recipients: readonly string[];
  /** With CRLF line ends, without From_ line and Bcc, with a From if it had none. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Reads a message of any line ends; the body stays a stream. */
export async function readInput(
  input: Chunks,
  { ignoreDots, from }: {
    /** Whether a lone dot is a line like any other. */
    readonly ignoreDots: boolean;
    /** Value of the From of a message without one. */
    readonly from: string;
  },
): Promise<InputMessage> {
  const whole = ignoreDots ? input : untilLoneDot(input);
  const header = await readHeader(transformed(whole, new LineEndNormaliser()));
  const bytes = withoutFromLine(header.bytes);
  const added = fieldsNamed(header.fields, "From").length === 0 ? `From: ${from}\r\n` : "";
  // The server puts an empty line before a text that does not begin with a header; so must we.
  const gap = added !== "" && header.fields.length === 0 && !startsEmpty(bytes) ? "\r\n" : "";
  const head = concatenated([
    new TextEncoder().encode(added + gap),
    withoutFields(bytes, ["Bcc", "Resent-Bcc"]),
  ]);
  return {
    recipients: recipientsNamed(header.fields),
    body: preceded(head, header.rest),
  };
}

/** What comes before a line that is a lone dot; all of it if there is none. */
export async function* untilLoneDot(chunks: Chunks): AsyncGenerator<Uint8Array> {
  let held: Uint8Array = new Uint8Array(0);
  let before: number = LF; // The octet before what is held.
  for await (const chunk of chunks) {
    const bytes = joined(held, chunk);
    const { end, isOver } = loneDot(bytes, before);
    if (end > 0) yield bytes.subarray(0, end);
    if (isOver) return;
    before = bytes[end - 1] ?? before;
    held = bytes.slice(end);
  }
  if (held.length > 0) yield held;
}

/** Where a lone dot stands, or may stand once more has come; the end if nowhere. */
function loneDot(bytes: Uint8Array, before: number): { end: number; isOver: boolean } {
  for (let dot = bytes.indexOf(DOT); dot >= 0; dot = bytes.indexOf(DOT, dot + 1)) {
    if ((dot === 0 ? before : bytes[dot - 1]) !== LF) continue;
    const behind = bytes[dot + 1] === CR ? dot + 2 : dot + 1;
    if (behind >= bytes.length) return { end: dot, isOver: false };
    if (bytes[behind] === LF) return { end: dot, isOver: true };
  }
  return { end: bytes.length, isOver: false };
}

function startsEmpty(bytes: Uint8Array): boolean {
  return bytes.length === 0 || bytes[0] === LF || (bytes[0] === CR && bytes[1] === LF);
}
