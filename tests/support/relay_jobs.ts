import type { DeliveryJob } from "../../src/domain/queue/mod.ts";
import type { Envelope } from "../../src/formats/envelope.ts";
import type { QueueId } from "../../src/store/mod.ts";

/** A message for the relay, all of its recipients in the world. */
export function relayJob(
  envelope: Envelope,
  text = "Subject: hi\r\n\r\n.dot\r\n",
): DeliveryJob {
  const bytes = new TextEncoder().encode(text);
  return {
    message: {
      id: "0000000000000000" as QueueId,
      envelope,
      origin: { kind: "local", by: "test" },
      submittedAtMs: 0,
      sizeOctets: bytes.length,
      open: () => ReadableStream.from([bytes]),
    },
    deliveryId: "0000000000000000",
    recipients: envelope.recipients,
    destinations: envelope.recipients.map(({ address }) => ({ kind: "relay", address })),
    mayBeDone: false,
    requestFor(destination) {
      const to = destination.kind === "relay" ? destination.address : "";
      return envelope.recipients.find(({ address }) => address === to) ?? {};
    },
  };
}
