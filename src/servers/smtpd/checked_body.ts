import { placesBelow } from "../../formats/places_of.ts";
import { replies, type Reply } from "./replies.ts";

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

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
 * A LF without its CR is refused, not repaired: RFC 5321 section 2.3.8 forbids both to send it and to
 * take it for a line end, and servers that disagree about it can be made to see two messages where
 * others see one ("SMTP smuggling"). A CR alone ends a line for nobody here; it is an octet like any
 * other, and so are NUL and what is beyond ASCII, and a line may be of any length. But a dot between
 * two CR is refused: a server that this one relays to might take it for the end of the message.
 *
 * @throws {RefusedMessage} In the place where the message breaks a rule.
 */
export async function* checkedBody(
  message: AsyncIterable<Uint8Array>,
  { maxOctets }: { maxOctets: number },
): AsyncGenerator<Uint8Array> {
  let octets = 0;
  let last: number | undefined;
  let beforeLast: number | undefined;
  for await (const chunk of message) {
    octets += chunk.length;
    if (octets > maxOctets) throw new RefusedMessage(replies.tooLarge(maxOctets));
    const complaint = complaintAbout(chunk, [beforeLast, last]);
    if (complaint !== undefined) throw new RefusedMessage(complaint);
    for (const octet of chunk.subarray(-2)) [beforeLast, last] = [last, octet];
    yield chunk;
  }
}

/** @param before The two octets before the chunk. */
function complaintAbout(
  chunk: Uint8Array,
  [beforeLast, last]: readonly [number | undefined, number | undefined],
): Reply | undefined {
  if (beforeLast === CR && last === DOT && chunk[0] === CR) return replies.dotBetweenReturns;
  if (last === CR && chunk[0] === DOT && chunk[1] === CR) return replies.dotBetweenReturns;
  for (const at of placesBelow(CR + 1, chunk)) {
    if (chunk[at] === LF && (at === 0 ? last : chunk[at - 1]) !== CR) return replies.bareNewline;
    if (chunk[at] !== CR) continue;
    if (chunk[at + 1] === DOT && chunk[at + 2] === CR) return replies.dotBetweenReturns;
  }
  return undefined;
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
