import { annotated } from "../agents/popfetch/mod.ts";
import type { Config } from "../config/mod.ts";
import type { Queue, QueueOptions } from "../domain/queue/mod.ts";
import { readHeader } from "../formats/header.ts";
import type { Random } from "../platform/mod.ts";

/**
 * Gives fetched mail that cannot be delivered after all (a user was deleted meanwhile) to the
 * caretaker (S56), with a paragraph that says why. Such mail is never bounced outward.
 */
export function toCaretaker(
  { queue, config, random }: {
    readonly queue: () => Pick<Queue, "submit">;
    readonly config: () => Config;
    readonly random: Random;
  },
): QueueOptions["undeliverable"] {
  return async ({ envelope, origin, open }, recipient, reason) => {
    const caretaker = config().popfetch.defaultAddress;
    if (caretaker === "") throw new Error("No pf_dflt_address is set that could take it");
    if (caretaker.toLowerCase() === recipient.address.toLowerCase()) {
      throw new Error("It is the caretaker's own");
    }
    const account = origin.kind === "fetched" ? origin.account : "this server";
    const note = { account, delivered: [], refused: [{ address: recipient.address, reason }] };
    await queue().submit(
      { envelope: { sender: envelope.sender, recipients: [{ address: caretaker }] }, origin },
      annotated(await readHeader(open()), note, `=_${random.bytes(16).toHex()}`),
    );
  };
}
