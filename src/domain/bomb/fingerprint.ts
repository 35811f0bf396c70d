import { concatenated } from "../../formats/byte_transform.ts";
import { fieldValue, type HeaderField } from "../../formats/header.ts";
import { sha256 } from "../../platform/mod.ts";

/** How much of the body is compared, in octets. */
export const COMPARED_OCTETS = 8 * 1024;

/** What two equal messages have in common. */
export interface Likeness {
  readonly sender: string;
  readonly fields: readonly HeaderField[];
  /** The beginning of the body. */
  readonly start: Uint8Array;
}

/**
 * What knows an equal message again: sender, subject and the beginning of the body. Not the
 * recipient, the date or the Message-ID, which a bomb changes with each copy; nor a line that begins
 * with two dashes, which may be a boundary made by chance.
 */
export function fingerprintOf({ sender, fields, start }: Likeness): string {
  const subject = fieldValue(fields, "Subject") ?? "";
  const about = new TextEncoder().encode(`${sender.toLowerCase()}\n${subject}\n`);
  const body = withoutBoundaries(start.subarray(0, COMPARED_OCTETS));
  return sha256(concatenated([about, ...body])).subarray(0, 16).toHex();
}

const LF = 0x0a;
const DASH = 0x2d;

/** The lines that do not begin with two dashes, in as few pieces as may be. */
function withoutBoundaries(bytes: Uint8Array): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let kept = 0;
  for (let start = 0; start < bytes.length;) {
    const lf = bytes.indexOf(LF, start);
    const end = lf < 0 ? bytes.length : lf + 1;
    if (bytes[start] === DASH && bytes[start + 1] === DASH) {
      pieces.push(bytes.subarray(kept, start));
      kept = end;
    }
    start = end;
  }
  return [...pieces, bytes.subarray(kept)];
}
