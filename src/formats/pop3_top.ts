import type { ByteTransform } from "./byte_transform.ts";

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts a message after its header, the blank line and so many lines of its body (RFC 1939 section 7,
 * TOP). Lines end with LF, with or without CR.
 */
export class TopCutter implements ByteTransform {
  #linesLeft: number;
  #inHeader = true;
  #lineIsBlank = true;
  #done = false;

  constructor(bodyLines: number) {
    this.#linesLeft = bodyLines;
  }

  /** Whether all that is wanted was seen: the rest of the message need not be read. */
  get done(): boolean {
    return this.#done;
  }

  push(chunk: Uint8Array): Uint8Array {
    let at = 0;
    while (!this.#done && at < chunk.length) {
      const lf = chunk.indexOf(LF, at);
      const end = lf < 0 ? chunk.length : lf;
      if (end > at + 1 || (end === at + 1 && chunk[at] !== CR)) this.#lineIsBlank = false;
      at = end + 1;
      if (lf >= 0) this.#endLine();
    }
    return at >= chunk.length ? chunk : chunk.subarray(0, at);
  }

  end(): Uint8Array {
    return new Uint8Array(0);
  }

  #endLine(): void {
    if (!this.#inHeader) this.#linesLeft--;
    else if (this.#lineIsBlank) this.#inHeader = false;
    this.#lineIsBlank = true;
    this.#done = !this.#inHeader && this.#linesLeft <= 0;
  }
}
