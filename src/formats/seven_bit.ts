import type { Chunks } from "../platform/mod.ts";
import { concatenated } from "./byte_transform.ts";
import { fieldsNamed, fieldValue, withoutFields } from "./header.ts";
import { type MimeEvent, type MimePart, walkMime } from "./mime_walk.ts";
import { encodeQuotedPrintable } from "./quoted_printable.ts";

/** Whether a message can go to a host that takes 7-bit text only, and how. */
export type SevenBitPlan =
  /** The numbers of the parts that are to be encoded; none: it has no 8-bit characters. */
  | { readonly kind: "possible"; readonly parts: ReadonlySet<number> }
  | { readonly kind: "impossible"; readonly reason: string };

/** Signatures over a message as it stands (RFC 6376, 8617). */
const SIGNATURES = ["DKIM-Signature", "DomainKey-Signature", "ARC-Message-Signature"];

/**
 * How a message with 8-bit characters becomes one without (RFC 6152 section 3): text of its parts is
 * encoded as quoted-printable, and is the same again for whoever reads it. What is signed, or does
 * not say how it is to be read, is not touched.
 *
 * @throws Any failure to read the message.
 */
export async function sevenBitPlan(body: Chunks): Promise<SevenBitPlan> {
  const parts = new Set<number>();
  let obstacle: string | undefined;
  let isTop = true;
  let isBroken = false;
  try {
    for await (const event of walkMime(body)) {
      if (isTop && event.kind === "header") obstacle = obstacleIn(event);
      isTop = false;
      if (event.kind === "header") isBroken = !isHeader(event.bytes);
      if (!event.bytes.some((octet) => octet > 0x7f)) continue;
      const reason = event.kind === "header"
        ? "its header has some"
        : refusal(event.part, isBroken);
      if (reason !== undefined) return { kind: "impossible", reason };
      if (event.part !== undefined) parts.add(event.part.number);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { kind: "impossible", reason: error.message };
  }
  return obstacle !== undefined && parts.size > 0
    ? { kind: "impossible", reason: obstacle }
    : { kind: "possible", parts };
}

/** The message with those parts encoded, line ends CRLF. */
export async function* toSevenBit(
  body: Chunks,
  parts: ReadonlySet<number>,
): AsyncGenerator<Uint8Array, void> {
  /** Whether a line of an encoded part goes on. */
  let isOpen = false;
  for await (const event of walkMime(body)) {
    if (event.kind === "header") {
      yield headerOf(event, parts);
    } else if (event.part !== undefined && parts.has(event.part.number)) {
      const isWhole = event.ended && !isOpen;
      const text = isWhole ? encodeQuotedPrintable(event.bytes) : pieceEncoded(event.bytes);
      yield encoder.encode((isOpen ? "=\r\n" : "") + text + (event.ended ? "\r\n" : ""));
      isOpen = !event.ended;
    } else {
      yield event.ended ? concatenated([event.bytes, CRLF]) : event.bytes;
      isOpen = false;
    }
  }
}

const encoder = new TextEncoder();
const CRLF = encoder.encode("\r\n");

function obstacleIn({ fields }: Extract<MimeEvent, { kind: "header" }>): string | undefined {
  if (SIGNATURES.some((name) => fieldsNamed(fields, name).length > 0)) return "it is signed";
  return fieldValue(fields, "MIME-Version") === undefined
    ? "it does not say how they are to be read"
    : undefined;
}

/**
 * Whether all its lines are fields. Behind one that is none some readers see text, and would see in
 * the text how it is encoded.
 */
function isHeader(bytes: Uint8Array): boolean {
  const lines = new TextDecoder("latin1").decode(bytes).split("\r\n");
  return lines.every((line) => line === "" || /^(?:[ \t]|[!-9;-~]+[ \t]*:)/.test(line));
}

/** Why 8-bit characters in a part cannot be encoded. */
function refusal(part: MimePart | undefined, isBroken: boolean): string | undefined {
  if (part === undefined) return "some stand between its parts";
  if (isBroken) return "the header of a part is damaged";
  if (part.isSealed) return "it is signed or encrypted";
  // RFC 2046 section 5.2: they are never encoded.
  if (part.type.startsWith("message/")) return `a part of it is ${part.type}`;
  return /^(?:7bit|8bit)$/.test(part.encoding) ? undefined : `a part of it is ${part.encoding}`;
}

function headerOf(
  { bytes, part }: Extract<MimeEvent, { kind: "header" }>,
  parts: ReadonlySet<number>,
): Uint8Array {
  if (parts.has(part.number)) return withEncoding(bytes, "quoted-printable");
  // What holds parts must be what they are.
  return part.isContainer && !part.isSealed && part.encoding === "8bit" && isComplete(bytes) &&
      !/^multipart\/(?:signed|encrypted)$/.test(part.type)
    ? withEncoding(bytes, "7bit")
    : bytes;
}

function withEncoding(header: Uint8Array, encoding: string): Uint8Array {
  const others = withoutFields(header, ["Content-Transfer-Encoding"]);
  const field = encoder.encode(`Content-Transfer-Encoding: ${encoding}\r\n\r\n`);
  return concatenated([others.subarray(0, -CRLF.length), field]);
}

/** Whether the empty line is there. */
function isComplete(header: Uint8Array): boolean {
  return String.fromCharCode(...header.subarray(-4)) === "\r\n\r\n";
}

/** A piece of a line that is too long for anybody to read: every octet, so that nothing is special. */
function pieceEncoded(octets: Uint8Array): string {
  return octets.toHex().toUpperCase().replaceAll(/../g, "=$&").replaceAll(/.{75}(?=.)/g, "$&=\r\n");
}
