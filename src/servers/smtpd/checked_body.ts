import { replies, type Reply } from "./replies.ts";

const LF = 0x0a;
const CR = 0x0d;

/** The message cannot be taken; the reply says why. */
export class RefusedMessage extends Error {
  override name = "RefusedMessage";
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(String(reply.text));
    this.reply = reply;
  }
}

/**
 * Passes a message on, unchanged, as long as it keeps the rules.
 *
 * A CR or LF that stands alone is refused, not repaired: RFC 5321 section 2.3.8 forbids both to send
 * it and to take it for a line end, and servers that disagree about it can be made to see two
 * messages where others see one ("SMTP smuggling").
 *
 * @throws {RefusedMessage} In the place where the message breaks a rule.
 */
export async function* checkedBody(
  message: AsyncIterable<Uint8Array>,
  { maxOctets }: { maxOctets: number },
): AsyncGenerator<Uint8Array> {
  let octets = 0;
  let afterCr = false;
  for await (const chunk of message) {
    octets += chunk.length;
    if (octets > maxOctets) throw new RefusedMessage(replies.tooLarge(maxOctets));
    const checked = checkLineEnds(chunk, afterCr);
    if (checked.broken) throw new RefusedMessage(replies.bareNewline);
    afterCr = checked.afterCr;
    yield chunk;
  }
  if (afterCr) throw new RefusedMessage(replies.bareNewline);
}

/** Jumps from line end to line end: the octets between are not looked at one by one. */
function checkLineEnds(
  chunk: Uint8Array,
  afterCr: boolean,
): { readonly broken: boolean; readonly afterCr: boolean } {
  let at = 0;
  if (afterCr) {
    if (chunk.length === 0) return { broken: false, afterCr };
    if (chunk[0] !== LF) return { broken: true, afterCr: false };
    at = 1;
  }
  let cr = chunk.indexOf(CR, at);
  let lf = chunk.indexOf(LF, at);
  while (cr >= 0 && lf === cr + 1) {
    cr = chunk.indexOf(CR, lf + 1);
    lf = chunk.indexOf(LF, lf + 1);
  }
  const crEndsChunk = cr === chunk.length - 1 && cr >= 0;
  return { broken: lf >= 0 || (cr >= 0 && !crEndsChunk), afterCr: crEndsChunk };
}

/** Reads what is left of a message; false if it is too much. A client that is gone has nothing left. */
export async function readPast(
  chunks: AsyncIterator<Uint8Array>,
  maxOctets: number,
): Promise<boolean> {
  let octets = 0;
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      octets += next.value.length;
      if (octets > maxOctets) return false;
    }
  } catch {
    // The connection is closed: there is nobody to answer.
  }
  return true;
}
