import { type ByteTransform, joined } from "./byte_transform.ts";
import { CrlfEncoder } from "./crlf_text.ts";
import { DotStuffer, TERMINATOR } from "./dot_stuffing.ts";

/**
 * Writes a message as it goes behind DATA: every line end CRLF, every dot at the start of a line
 * doubled (RFC 5321 section 4.5.2), and the final dot at its end.
 */
export class SmtpDataEncoder implements ByteTransform {
  readonly #lines = new CrlfEncoder();
  readonly #dots = new DotStuffer();

  push(chunk: Uint8Array): Uint8Array {
    return this.#dots.push(this.#lines.push(chunk));
  }

  end(): Uint8Array {
    const lastLineEnd = this.#dots.push(this.#lines.end());
    return joined(lastLineEnd, new TextEncoder().encode(TERMINATOR));
  }
}
