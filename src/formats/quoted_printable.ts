import type { ByteTransform } from "./byte_transform.ts";

const EQUALS = 0x3d;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;

/** Longest line, without its line end (RFC 2045 section 6.7). */
const MAX_LINE = 76;

/** Most white space between `=` and the line end that is waited for, in octets. */
const MAX_PADDING = 1024;

/**
 * Decodes quoted-printable (RFC 2045 section 6.7) as it streams by. What is not encoded rightly
 * stays as it stands, and so does white space at the end of a line.
 */
export class QuotedPrintableDecoder implements ByteTransform {
  /** What came since a `=` whose meaning is open, that one included. */
  #open: number[] = [];

  push(chunk: Uint8Array): Uint8Array {
    const out = new Uint8Array(this.#open.length + chunk.length);
    let length = 0;
    for (let i = 0; i < chunk.length; i++) {
      const octet = chunk[i]!;
      if (this.#open.length === 0) {
        if (octet === EQUALS) this.#open.push(octet);
        else out[length++] = octet;
        continue;
      }
      const step = meaning(this.#open, octet);
      if (step === "goes on") {
        this.#open.push(octet);
        continue;
      }
      if (step === "nothing") {
        for (const each of this.#open) out[length++] = each;
        i--; // The octet itself may begin something.
      } else if (step !== "line goes on") {
        out[length++] = step;
      }
      this.#open.length = 0;
    }
    return out.subarray(0, length);
  }

  end(): Uint8Array {
    const rest = Uint8Array.from(this.#open);
    this.#open = [];
    return rest.length === 1 ? new Uint8Array(0) : rest; // A soft line break that is cut off.
  }
}

/** What `octet` makes of the octets from a `=` on: an octet, if it is the end of one. */
function meaning(
  open: readonly number[],
  octet: number,
): number | "goes on" | "line goes on" | "nothing" {
  const first = open[1];
  const digit = hexDigit(octet);
  if (first !== undefined && hexDigit(first) >= 0) {
    return digit < 0 ? "nothing" : hexDigit(first) * 16 + digit;
  }
  if (first === undefined && digit >= 0) return "goes on";
  if (octet === LF) return "line goes on";
  const isPadding = octet === CR || octet === SPACE || octet === TAB;
  return isPadding && open.at(-1) !== CR && open.length < MAX_PADDING ? "goes on" : "nothing";
}

/** The value of a hexadecimal digit, of either case; -1 for any other octet. */
function hexDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/**
 * Encodes lines of text, divided by CRLF, as quoted-printable (RFC 2045 section 6.7). The result is
 * ASCII.
 */
export function encodeQuotedPrintable(octets: Uint8Array): string {
  const text = Array.from(octets, (octet) => String.fromCharCode(octet)).join("");
  return text.split("\r\n").map(encodeLine).join("\r\n");
}

function encodeLine(line: string): string {
  const rows: string[] = [];
  let row = "";
  for (let at = 0; at < line.length; at++) {
    const isLast = at === line.length - 1;
    let piece = encoded(line[at]!, isLast);
    // Every row but the last one ends with a soft line break.
    if (row.length + piece.length > (isLast ? MAX_LINE : MAX_LINE - 1)) {
      rows.push(`${row}=`);
      row = "";
      // What was no boundary of a multipart must not become one (RFC 2046 section 5.1.1).
      if (piece === "-") piece = "=2D";
    }
    row += piece;
  }
  return [...rows, row].join("\r\n");
}

/** White space may stand anywhere but at the end of a line. */
function encoded(character: string, isLast: boolean): string {
  if (/[!-<>-~]/.test(character) || (!isLast && /[ \t]/.test(character))) return character;
  return `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
