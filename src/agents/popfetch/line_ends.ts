import type { ByteTransform } from "../../formats/byte_transform.ts";

const LF = 0x0a;
const CR = 0x0d;

/**
 * Makes every line end CRLF: a bare LF, a bare CR, and several CR before an LF as text-mode copies
 * leave them. Other servers refuse mail with anything else (RFC 5321 section 2.3.8).
 */
export class LineEndNormaliser implements ByteTransform {
  #afterCr = false;

  push(chunk: Uint8Array): Uint8Array {
    const out = new Uint8Array(2 * chunk.length + 2);
    let count = 0;
    for (const octet of chunk) {
      if (octet === CR) {
        this.#afterCr = true;
        continue;
      }
      if (octet === LF || this.#afterCr) {
        out[count++] = CR;
        out[count++] = LF;
      }
      if (octet !== LF) out[count++] = octet;
      this.#afterCr = false;
    }
    return out.subarray(0, count);
  }

  end(): Uint8Array {
    return this.#afterCr ? Uint8Array.of(CR, LF) : new Uint8Array(0);
  }
}
