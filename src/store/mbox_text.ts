import { isUniqueId } from "../formats/pop3.ts";
import type { Chunks, Clock, Files, Random } from "../platform/mod.ts";
import { newSegmentId } from "./bin_segments.ts";
import { dropFileMessage } from "./drop_message.ts";

/** A message for the drop file. */
export interface Delivery {
  /** Written as `X-UIDL:`; becomes the unique-id. 1 to 70 visible ASCII characters. */
  readonly deliveryId: string;
  /** Envelope sender; empty for a bounce. */
  readonly sender: string;
  readonly body: Chunks;
}

/** What mbox text is made with. */
export interface MboxTextTools {
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  /** Where a large message may be put meanwhile, by a new name. */
  readonly stagedPath: (name: string) => string;
}

/** Messages as they are appended to an mbox file. */
export async function* mboxText(
  messages: readonly Delivery[],
  { files, clock, random, stagedPath }: MboxTextTools,
): AsyncGenerator<Uint8Array> {
  for (const { sender, deliveryId, body } of messages) {
    const head = { sender, deliveryId, atMs: clock.now() };
    const staged = stagedPath(newSegmentId(clock, random));
    yield* dropFileMessage(files, { head, body, stagedPath: staged });
  }
}

/** @throws {RangeError} If a message cannot be found again by its id. */
export function requireUniqueIds(messages: readonly Delivery[]): void {
  const bad = messages.find(({ deliveryId }) => !isUniqueId(deliveryId));
  if (bad === undefined) return;
  throw new RangeError(`Cannot deliver: ${JSON.stringify(bad.deliveryId)} is no unique-id`);
}

/** Closes what was not read: a stream that nobody read keeps its file open. */
export function cancelUnread(messages: readonly Delivery[]): void {
  for (const { body } of messages) {
    if (body instanceof ReadableStream && !body.locked) body.cancel().catch(() => {});
  }
}
