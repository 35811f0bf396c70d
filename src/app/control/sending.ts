import type { DeliveryUnderWay } from "../../domain/queue/mod.ts";
import { span, table } from "../../formats/words.ts";
import { logLine } from "../../platform/mod.ts";
import { EXIT } from "../command.ts";
import type { ControlCommands } from "./command.ts";

/** How many recipients of a message are named. */
const MAX_NAMED = 3;

/** Mail for the world: what is going out, what went, and whether any goes. */
export const SENDING_COMMANDS: ControlCommands = {
  async suspend({ appliance: { core: { outgoing, queue } }, text }) {
    if (queue.suspended) {
      await text("Outgoing mail is suspended already");
      return EXIT.done;
    }
    await outgoing.suspend(queue);
    await text("Outgoing mail is suspended until tellsmtp resume; local mail is delivered as ever");
    return EXIT.done;
  },

  async resume({ appliance: { core: { outgoing, queue } }, text }) {
    if (!queue.suspended) {
      await text("Outgoing mail is not suspended");
      return EXIT.done;
    }
    await outgoing.resume(queue);
    await text("Outgoing mail goes again");
    return EXIT.done;
  },

  async showsend({ appliance: { core: { queue } }, text }) {
    const sending = queue.underWay().filter(({ kind }) => kind === "relay");
    const nothing = `Nothing is being sent${queue.suspended ? ": outgoing mail is suspended" : ""}`;
    await text(sending.length > 0 ? sendingTable(sending) : nothing);
    return EXIT.done;
  },

  async sendlog({ appliance: { sendLog }, text }) {
    if (sendLog.lines.length === 0) await text("Nothing was logged about sending since the start");
    for (const { atMs, level, text: said } of sendLog.lines) {
      await text(logLine(atMs, level, said));
    }
    return EXIT.done;
  },
};

function sendingTable(sending: readonly DeliveryUnderWay[]): string {
  const rows = sending.flatMap(({ lane, elapsedMs, messages }) =>
    messages.map(({ id, addresses }) => [lane, span(elapsedMs), id, named(addresses)])
  );
  return table([["ROUTE", "FOR", "ID", "TO"], ...rows]);
}

function named(addresses: readonly string[]): string {
  const more = addresses.length - MAX_NAMED;
  return addresses.slice(0, MAX_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
