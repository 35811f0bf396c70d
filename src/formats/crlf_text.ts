import { type ByteTransform, joined, withInserted } from "./byte_transform.ts";

const CR = 0x0d;
const LF = 0x0a;
const NOTHING = new Uint8Array(0) as Uint8Array;

/**
 * Ends every line with CRLF, as SMTP has it (RFC 5321 section 2.3.8): a CR or LF alone becomes a line
 * end, and a missing last one is added. Sent as it is, one server would see a line end where the next
 * sees none.
 */
export class CrlfEncoder implements ByteTransform {
  /** A CR: the next octet tells what it is. */
  #held = NOTHING;
  #lastOctet = LF;

  push(chunk: Uint8Array): Uint8Array {
    const bytes = joined(this.#held, chunk);
    const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
    this.#held = bytes.slice(end);
    const whole = withInserted(bytes.subarray(0, end), afterBareCrs(bytes, end), LF);
    const out = withInserted(whole, bareLfs(whole), CR);
    this.#lastOctet = out.at(-1) ?? this.#lastOctet;
    return out;
  }

  end(): Uint8Array {
    return this.#held.length > 0 || this.#lastOctet !== LF ? Uint8Array.of(CR, LF) : NOTHING;
  }
}

function afterBareCrs(bytes: Uint8Array, end: number): number[] {
  const places: number[] = [];
  for (let cr = bytes.indexOf(CR); cr >= 0 && cr < end; cr = bytes.indexOf(CR, cr + 1)) {
    if (bytes[cr + 1] !== LF) places.push(cr + 1);
  }
  return places;
}

/** No CR is left in front of a chunk: it would have been held. */
function bareLfs(bytes: Uint8Array): number[] {
  const places: number[] = [];
  for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
    if (bytes[lf - 1] !== CR) places.push(lf);
  }
  return places;
}
