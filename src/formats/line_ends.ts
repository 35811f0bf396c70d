import { type ByteTransform, withInserted } from "./byte_transform.ts";

const LF = 0x0a;
const CR = 0x0d;

/**
 * Makes a bare LF a CRLF: no server may send a bare one (RFC 5321 section 2.3.8). A bare CR ends no
 * line and is kept (decision 0006).
 */
export class LineEndNormaliser implements ByteTransform {
  #afterCr = false;

  push(chunk: Uint8Array): Uint8Array {
    const bare = bareLineFeeds(chunk, this.#afterCr);
    if (chunk.length > 0) this.#afterCr = chunk.at(-1) === CR;
    return withInserted(chunk, bare, CR);
  }

  end(): Uint8Array {
    return new Uint8Array(0);
  }
}

function bareLineFeeds(chunk: Uint8Array, afterCr: boolean): number[] {
  const found: number[] = [];
  for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, lf + 1)) {
    const isBare = lf === 0 ? !afterCr : chunk[lf - 1] !== CR;
    if (isBare) found.push(lf);
  }
  return found;
}
