import { joined } from "../../formats/byte_transform.ts";
import { footerOctets } from "./footer_octets.ts";
import type { TextPart } from "./text_part.ts";

const CRLF = Uint8Array.of(0x0d, 0x0a);

/** Watches a text go by, to end it with a footer. */
export class FooterEnd {
  readonly #footer: Uint8Array;
  readonly #part: TextPart;
  /** The last octets of the text, as many as the footer has. */
  #tail: Uint8Array = new Uint8Array(0);

  /** @returns `undefined` if the footer cannot be written in that part. */
  static of(footer: string, part: TextPart): FooterEnd | undefined {
    const octets = footerOctets(footer, part);
    return octets && new FooterEnd(octets, part);
  }

  private constructor(footer: Uint8Array, part: TextPart) {
    this.#footer = footer;
    this.#part = part;
  }

  /** Notes octets of the text. */
  note(octets: Uint8Array): void {
    const wanted = Math.max(this.#footer.length, LONGEST_END);
    const tail = octets.length >= wanted ? octets : joined(this.#tail, octets);
    this.#tail = tail.slice(-wanted);
  }

  /** What is to follow the text; nothing if it ends with the footer already. */
  footer(): Uint8Array {
    const tail = this.#tail;
    if (endsWith(tail, this.#footer)) return new Uint8Array(0);
    const { encoding, flowed } = this.#part;
    const goesOn = (encoding === "quoted-printable" && endsWith(tail, SOFT_BREAK)) ||
      (flowed && FLOWING.some((end) => endsWith(tail, end)));
    const isOpen = tail.length > 0 && !endsWith(tail, LF);
    return isOpen || goesOn ? joined(CRLF, this.#footer) : this.#footer;
  }
}

const LF = Uint8Array.of(0x0a);

/** `=` and the line end: what follows belongs to the same line. */
const SOFT_BREAK = Uint8Array.of(0x3d, 0x0d, 0x0a);

/** A space and the line end, or that space encoded: the next line goes on with it (RFC 3676). */
const FLOWING = [" \r\n", "=20\r\n"].map((text) => new TextEncoder().encode(text));

const LONGEST_END = 5;

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  const at = bytes.length - end.length;
  return at >= 0 && end.every((octet, index) => bytes[at + index] === octet);
}
