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

/** Text that is appended to an mbox file. */
export interface MboxText {
  readonly text: AsyncIterable<Uint8Array>;
  /** The messages that `text` had so far. */
  readonly messages: readonly {
    readonly deliveryId: string;
    /** Over the wire. */
    readonly sizeOctets: number;
  }[];
}

/** Messages as they are appended to an mbox file. */
export function mboxText(deliveries: readonly Delivery[], clock: Clock): MboxText {
  const messages: { deliveryId: string; sizeOctets: number }[] = [];
  async function* text(): AsyncGenerator<Uint8Array> {
    for (const { sender, deliveryId, body } of deliveries) {
      const head = { sender, deliveryId, atMs: clock.now() };
      messages.push({ deliveryId, sizeOctets: yield* dropFileMessage({ head, body }) });
    }
  }
  return { text: text(), messages };
}

/** @throws {RangeError} If a message cannot be found again by its id. */
export function requireUniqueIds(messages: readonly Delivery[]): void {
  const bad = messages.find(({ deliveryId }) => !isUniqueId(deliveryId));
  if (bad === undefined) return;
  throw new RangeError(`Cannot deliver: ${JSON.stringify(bad.deliveryId)} is no unique-id`);
}
