import type { QueueId } from "../../store/mod.ts";
import { EXIT } from "../command.ts";
import { queueDetails, queueTable } from "../queue_view.ts";
import type { ControlCommands, ControlSession } from "./command.ts";

/** What waits. */
export const QUEUE_COMMANDS: ControlCommands = {
  async queue(session) {
    const { appliance, args: [action = "list", id = "", format], text, event } = session;
    const { queue } = appliance.core;
    const entries = queue.entries();
    const moment = { nowMs: appliance.world.clock.now(), suspended: queue.suspended };
    switch (action) {
      case "list":
        if (format === "json") await event({ kind: "queue", entries });
        else await text(queueTable(entries, moment));
        return EXIT.done;
      case "show": {
        const entry = entries.find((each) => each.id === id);
        if (entry === undefined) return await notInQueue(id, text);
        if (format === "json") await event({ kind: "queue", entries: [entry] });
        else await text(queueDetails(entry, moment));
        return EXIT.done;
      }
      case "flush":
        return await flush(session, id);
      case "hold":
      case "release":
      case "delete":
        if (!await queue[action](id as QueueId)) return await notInQueue(id, text);
        await text(`${id} ${{ hold: "held", release: "released", delete: "deleted" }[action]}`);
        return EXIT.done;
      default:
        await text(`The queue does not know ${action}`);
        return EXIT.usage;
    }
  },
};

async function flush(
  { appliance: { core: { link, queue } }, text, signal }: ControlSession,
  domain: string,
): Promise<number> {
  if (queue.suspended) {
    await text("Nothing was sent: outgoing mail is suspended; tellsmtp resume lets it go");
    return EXIT.failed;
  }
  using _lease = await link.hold(signal);
  const report = await queue.flush(domain === "" ? {} : { domain }, signal);
  for (const problem of report.problems) await text(problem);
  await text(`Sent ${report.delivered}, put off ${report.deferred}, given back ${report.failed}`);
  return report.deferred + report.failed === 0 ? EXIT.done : EXIT.failed;
}

async function notInQueue(id: string, text: ControlSession["text"]): Promise<number> {
  await text(`There is no message ${id} in the queue`);
  return EXIT.failed;
}
