import { isUniqueId } from "../formats/pop3.ts";
import type { Chunks, Clock } from "../platform/mod.ts";
import { dropFileMessage } from "./drop_message.ts";

/** A message for the drop file. */
export interface Delivery {
  /** Written as `X-UIDL:`; becomes the unique-id. 1 to 70 visible ASCII characters. */
  readonly deliveryId: string;
  /** Envelope sender; empty for a bounce. */
  readonly sender: string;
  /** Each iteration reads from the start: that of a large message is read twice. */
  readonly body: Chunks;
}

/** Messages as they are appended to an mbox file. */
export async function* mboxText(
  messages: readonly Delivery[],
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  for (const { sender, deliveryId, body } of messages) {
    yield* dropFileMessage({ head: { sender, deliveryId, atMs: clock.now() }, body });
  }
}

/** @throws {RangeError} If a message cannot be found again by its id. */
export function requireUniqueIds(messages: readonly Delivery[]): void {
  const bad = messages.find(({ deliveryId }) => !isUniqueId(deliveryId));
  if (bad === undefined) return;
  throw new RangeError(`Cannot deliver: ${JSON.stringify(bad.deliveryId)} is no unique-id`);
}
