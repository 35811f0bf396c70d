import { concatenated, transformed } from "../formats/byte_transform.ts";
import { MboxEncoder } from "../formats/mbox_quoting.ts";
import {
  formatFromLine,
  formatLengthField,
  formatTraceFields,
  type MboxHead,
} from "../formats/mbox.ts";
import { hasReturnPath } from "../formats/return_path.ts";
import { type Chunks, type Files, parentOf } from "../platform/mod.ts";

/** A message above this is put on disk while its length is counted. Octets. */
const MAX_IN_MEMORY = 256 * 1024;

/**
 * A message as it is appended to a drop file: From_ line, length, trace fields, message, blank line.
 * The length stands before the message, so the message is read to its end before the first octet
 * comes out: in memory, or at `stagedPath` if it is large.
 */
export async function* dropFileMessage(
  files: Files,
  { head, body, stagedPath }: {
    readonly head: MboxHead;
    readonly body: Chunks;
    readonly stagedPath: string;
  },
): AsyncGenerator<Uint8Array> {
  const encoded = transformed(body, new MboxEncoder());
  try {
    const parts: Uint8Array[] = [];
    let octets = 0;
    let next = await encoded.next();
    for (; !next.done && octets <= MAX_IN_MEMORY; next = await encoded.next()) {
      parts.push(next.value);
      octets += next.value.length;
    }
    const text = concatenated(parts);
    const trace = encode(formatTraceFields(head, { returnPath: !hasReturnPath(text) }));
    if (next.done) {
      // One piece: a small message is one write.
      yield concatenated([opening(head, trace.length + octets), trace, text, encode("\n")]);
    } else {
      yield* staged(files, { head, stagedPath }, rest([trace, text, next.value], encoded));
    }
  } finally {
    await encoded.return(); // Whatever failed: what the message comes from must be closed.
  }
}

/** A large message by way of a file, which is gone afterwards. */
async function* staged(
  files: Files,
  { head, stagedPath }: { readonly head: MboxHead; readonly stagedPath: string },
  text: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  await files.makeDir(parentOf(stagedPath));
  try {
    const octets = await files.create(stagedPath, text);
    yield opening(head, octets);
    yield* files.read(stagedPath);
    yield encode("\n");
  } finally {
    await files.remove(stagedPath).catch(() => {}); // Opening the bin removes what is left behind.
  }
}

function opening(head: MboxHead, octets: number): Uint8Array {
  return encode(formatFromLine(head) + formatLengthField(octets));
}

async function* rest(
  parts: readonly Uint8Array[],
  encoded: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield concatenated(parts);
  yield* encoded;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
