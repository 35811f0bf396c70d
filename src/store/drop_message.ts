import { concatenated, transformed } from "../formats/byte_transform.ts";
import { MboxEncoder } from "../formats/mbox_quoting.ts";
import {
  formatFromLine,
  formatLengthField,
  formatTraceFields,
  type MboxHead,
} from "../formats/mbox.ts";
import { hasReturnPath } from "../formats/return_path.ts";
import type { Chunks } from "../platform/mod.ts";

/** A message above this is read twice: to count it, and to write it. Octets. */
const MAX_IN_MEMORY = 256 * 1024;

/**
 * A message as it is appended to a drop file: From_ line, length, trace fields, message, blank line.
 * The length stands before the message, so the message is read to its end before the first octet
 * comes out; a large one is read again then.
 *
 * @throws {Error} If it is another one the second time.
 */
export async function* dropFileMessage(
  { head, body }: { readonly head: MboxHead; readonly body: Chunks },
): AsyncGenerator<Uint8Array> {
  const { start, octets, whole } = await measured(body);
  const trace = encode(formatTraceFields(head, { returnPath: !hasReturnPath(start) }));
  const opening = encode(formatFromLine(head) + formatLengthField(trace.length + octets));
  if (whole) {
    // One piece: a small message is one write.
    yield concatenated([opening, trace, start, encode("\n")]);
  } else {
    yield concatenated([opening, trace]);
    yield* exactly(octets, transformed(body, new MboxEncoder()));
    yield encode("\n");
  }
}

/** How long a message is as mbox text, and as much of its beginning as memory may hold. */
async function measured(
  body: Chunks,
): Promise<{ readonly start: Uint8Array; readonly octets: number; readonly whole: boolean }> {
  const parts: Uint8Array[] = [];
  let whole = true;
  let octets = 0;
  for await (const chunk of transformed(body, new MboxEncoder())) {
    if (octets <= MAX_IN_MEMORY) parts.push(chunk);
    else whole = false;
    octets += chunk.length;
  }
  return { start: concatenated(parts), octets, whole };
}

async function* exactly(
  octets: number,
  text: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let found = 0;
  for await (const chunk of text) {
    found += chunk.length;
    yield chunk;
  }
  if (found !== octets) {
    throw new Error(`Message has changed while it was delivered: ${found} octets, not ${octets}`);
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
