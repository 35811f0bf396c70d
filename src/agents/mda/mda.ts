import type { DeliveryAgent, Outcome } from "../../domain/queue/mod.ts";
import type { Clock, Log } from "../../platform/mod.ts";
import type { Maildrops } from "../../store/mod.ts";
import { deliverAll, type Target } from "./batch.ts";

/** What the local delivery agent is made of. */
export interface MdaOptions {
  readonly maildrops: Pick<Maildrops, "deliver" | "wasDelivered" | "room">;
  /** Number of the system user who must own a user's drop file (B22); `undefined`: nobody must. */
  readonly ownerOf: (user: string) => Promise<number | undefined>;
  readonly clock: Clock;
  readonly log: Log;
}

/** It was not full at RCPT, or nobody asked; the mail waits until its user reads some. */
const MAILBOX_FULL: Outcome = {
  kind: "temporary",
  status: "4.2.2",
  reason: "The mailbox is full",
};

/** Delivers to maildrops: a lane is a user, and a batch costs one sync of the drop file. */
export function createMda(options: MdaOptions): DeliveryAgent {
  return {
    laneOf(destination) {
      if (destination.kind !== "maildrop") {
        throw new TypeError(`Not a maildrop: ${destination.kind}`);
      }
      return destination.user;
    },
    async deliver(user, jobs, settle, signal) {
      await deliverAll(maildropOf(user, options), jobs, { ...options, settle }, signal);
    },
  };
}

/** A user's maildrop. */
export function maildropOf(
  user: string,
  { maildrops, ownerOf }: Pick<MdaOptions, "maildrops" | "ownerOf">,
): Target {
  return {
    fields: { user },
    has: (deliveryId) => maildrops.wasDelivered(user, deliveryId),
    write: async (messages) => maildrops.deliver(user, messages, await ownerOf(user)),
    async isFull(octets) {
      return await maildrops.room(user, octets) === "ok" ? undefined : MAILBOX_FULL;
    },
  };
}
