import { concatenated, transformed } from "../formats/byte_transform.ts";
import { MboxMeasure, type MboxSize } from "../formats/mbox_measure.ts";
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

const LF = 0x0a;

/**
 * A message as it is appended to a drop file: From_ line, length, trace fields, message, blank line.
 * The length stands before the message, so the message is read to its end before the first octet
 * comes out; a large one is read again then. Returns its size over the wire.
 *
 * @throws {Error} If it is another one the second time.
 */
export async function* dropFileMessage(
  { head, body }: { readonly head: MboxHead; readonly body: Chunks },
): AsyncGenerator<Uint8Array, number> {
  const { start, size, whole } = await measured(body);
  const trace = encode(formatTraceFields(head, { returnPath: !hasReturnPath(start) }));
  const length = formatLengthField(trace.length + size.textOctets);
  const opening = concatenated([encode(formatFromLine(head) + length), trace]);
  if (whole) {
    const encoder = new MboxEncoder();
    // One piece: a small message is one write.
    yield concatenated([opening, encoder.push(start), encoder.end(), encode("\n")]);
  } else {
    yield opening;
    yield* exactly(size.textOctets, transformed(body, new MboxEncoder()));
    yield encode("\n");
  }
  const traceLines = trace.filter((octet) => octet === LF).length; // Served with a CR each.
  return trace.length + traceLines + size.wireOctets;
}

/** How large a message is as mbox text, and as much of its beginning as memory may hold. */
async function measured(
  body: Chunks,
): Promise<{ readonly start: Uint8Array; readonly size: MboxSize; readonly whole: boolean }> {
  const measure = new MboxMeasure();
  const parts: Uint8Array[] = [];
  let octets = 0;
  let whole = true;
  for await (const chunk of body) {
    if (octets <= MAX_IN_MEMORY) parts.push(chunk.slice()); // It may be filled again.
    else whole = false;
    octets += chunk.length;
    measure.push(chunk);
  }
  return { start: concatenated(parts), size: measure.end(), whole };
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
