import { concatenated } from "../formats/byte_transform.ts";
import type { Chunks } from "../platform/mod.ts";

/** Small pieces are joined up to this many octets: a write costs more than a copy. */
const GATHER_OCTETS = 64 * 1024;

/** The same octets in fewer pieces, which nobody fills again; at least one, which may be empty. */
export async function* gathered(chunks: Chunks): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of chunks) {
    if (octets > 0 && octets + chunk.length > GATHER_OCTETS) {
      yield concatenated(pieces);
      pieces = [];
      octets = 0;
    }
    // Copied: whoever gave it may fill the same buffer again.
    pieces.push(chunk.slice());
    octets += chunk.length;
  }
  yield concatenated(pieces);
}
