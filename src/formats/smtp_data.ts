import type { ByteTransform } from "./byte_transform.ts";

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

/** Ends the data (RFC 5321 section 4.1.1.4); what comes before it ends with CRLF. */
const END = new TextEncoder().encode("\r\n.\r\n");

/**
 * Writes a message as it goes behind DATA: every line end CRLF, every dot at the start of a line
 * doubled (RFC 5321 section 4.5.2), and the final dot at its end. A CR or LF alone becomes a line
 * end: sent as it is, one server would see an end of data where the next sees none.
 */
export class SmtpDataEncoder implements ByteTransform {
  #atLineStart = true;
  /** A CR has come; whether an LF follows is not known yet. */
  #afterCr = false;

  push(chunk: Uint8Array): Uint8Array {
    // Nothing becomes more than two octets; a CR held back from before adds two.
    const out = new Uint8Array(2 * chunk.length + 2);
    let length = 0;
    const endLine = () => {
      out[length++] = CR;
      out[length++] = LF;
      this.#atLineStart = true;
    };
    for (const octet of chunk) {
      if (this.#afterCr) {
        endLine();
        this.#afterCr = false;
        if (octet === LF) continue;
      }
      if (octet === CR) {
        this.#afterCr = true;
      } else if (octet === LF) {
        endLine();
      } else {
        if (octet === DOT && this.#atLineStart) out[length++] = DOT;
        out[length++] = octet;
        this.#atLineStart = false;
      }
    }
    return out.subarray(0, length);
  }

  end(): Uint8Array {
    return this.#atLineStart && !this.#afterCr ? END.subarray(2) : END;
  }
}
