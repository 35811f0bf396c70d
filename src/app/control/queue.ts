import type { Queue, QueueAction, QueueEntry, Selection } from "../../domain/queue/mod.ts";
import { count, grouped } from "../../formats/words.ts";
import { orAborted } from "../../platform/mod.ts";
import { isQueueId, type QueueId } from "../../store/mod.ts";
import { EXIT } from "../command.ts";
import { moreInQueue, queueDetails, queueSummary, queueTable } from "../queue_view.ts";
import type { ControlCommands, ControlSession } from "./command.ts";

/** How many messages a list in words shows; --json shows all. */
const MAX_LISTED = 100;

/** How many messages are named that were not deleted. */
const MAX_SPARED = 10;

/** How many messages go to the client at once. */
const PAGE = 100;

/** What waits. */
export const QUEUE_COMMANDS: ControlCommands = {
  async queue(session) {
    const { args: [action = "list", subject = ""] } = session;
    switch (action) {
      case "list":
        return await list(session, subject);
      case "show":
        return await show(session, subject);
      case "flush":
        return await flush(session, subject);
      case "hold":
      case "release":
      case "delete":
      case "requeue":
        return await change(session, action, subject);
      default:
        await session.text(`The queue does not know ${action}`);
        return EXIT.usage;
    }
  },
};

async function list(session: ControlSession, subject: string): Promise<number> {
  if (isQueueId(subject)) return await show(session, subject);
  const domain = subject.toLowerCase() === "all" ? "" : subject.replace(/^@/, "");
  const { appliance: { core: { queue } }, args, text } = session;
  const about = domain === "" ? {} : { domain };
  if (args[2] === "json") await orAborted(queue.loaded, session.signal); // A program wants all of it.
  await queue.lookAtSpool();
  if (args[2] === "json") return await stream(session, queue.list(about));
  const entries = await Array.fromAsync(queue.list({ ...about, limit: MAX_LISTED }));
  const moment = momentOf(session);
  const counts = queue.counts();
  const isMore = entries.length === MAX_LISTED;
  const waiting = isMore ? queue.waitingFor(domain, { below: true }) : entries.length;
  const messages = domain === "" ? counts.messages : waiting;
  await text(queueSummary(domain === "" ? counts : { messages, domain }, moment));
  if (entries.length > 0) await text(queueTable(entries, moment));
  const more = moreInQueue(messages - entries.length);
  if (more !== undefined) await text(more);
  return EXIT.done;
}

/** Sends the entries in pages; what is sent is forgotten, however long the queue. */
async function stream(
  { event }: ControlSession,
  entries: AsyncIterable<QueueEntry>,
): Promise<number> {
  let page: QueueEntry[] = [];
  for await (const entry of entries) {
    page.push(entry);
    if (page.length < PAGE) continue;
    await event({ kind: "queue", entries: page, more: true });
    page = [];
  }
  await event({ kind: "queue", entries: page, more: false });
  return EXIT.done;
}

async function show(session: ControlSession, id: string): Promise<number> {
  const { appliance: { core: { queue } }, args, text, event } = session;
  await queue.lookAtSpool();
  const entry = isQueueId(id) ? await queue.entry(id) : undefined;
  if (entry === undefined) {
    await text(`There is no message ${id} in the queue`);
    return EXIT.failed;
  }
  if (args[2] === "json") await event({ kind: "queue", entries: [entry], more: false });
  else await text(queueDetails(entry, momentOf(session)));
  return EXIT.done;
}

async function flush(
  { appliance: { core: { link, queue } }, text, signal }: ControlSession,
  subject: string,
): Promise<number> {
  const selection = selectionOf(subject === "" ? "all" : subject);
  const vain = await inVain(queue, selection);
  if (vain !== undefined) {
    await text(vain);
    return EXIT.failed;
  }
  using _lease = await link.hold(signal);
  const report = await queue.flush(selection === "all" ? {} : selection, signal);
  for (const problem of new Set(report.problems)) await text(problem);
  const untold = report.deferred + report.failed - report.problems.length;
  if (untold > 0) await text(`and ${grouped(untold)} more; dmail queue says why they wait`);
  await text(`Sent ${report.delivered}, put off ${report.deferred}, given back ${report.failed}`);
  const { messages } = queue.counts();
  if (selection === "all" && messages > 0 && report.delivered + report.deferred === 0) {
    const wait = count(messages, "message waits", "messages wait");
    await text(`${wait}: held until released, or suspended until asked for or flushed by domain`);
  }
  return report.deferred + report.failed === 0 ? EXIT.done : EXIT.failed;
}

/** Why nothing can be sent, before a line is dialled for it; `undefined` if something can. */
async function inVain(queue: Queue, selection: Selection): Promise<string | undefined> {
  if (queue.suspended) {
    return "Nothing was sent: outgoing mail is suspended; tellsmtp resume lets it go";
  }
  if (selection === "all") return undefined; // It may be meant for what comes in meanwhile.
  await queue.lookAtSpool();
  if ("domain" in selection) {
    const { domain } = selection;
    if (queue.waitingFor(domain, { below: true, held: false }) > 0) return undefined;
    const entries = await Array.fromAsync(queue.list({ domain, limit: MAX_LISTED }));
    return entries.some(({ held }) => held)
      ? `Nothing was sent: what waits for ${domain} is held; dmail queue release ${domain} lets it go`
      : nothingFor(selection);
  }
  const entry = await queue.entry(selection.id);
  if (entry?.held) {
    return `Nothing was sent: ${entry.id} is held; dmail queue release ${entry.id} lets it go`;
  }
  return entry === undefined ? nothingFor(selection) : undefined;
}

/** How it is said that something was done. */
const DONE: Readonly<Record<QueueAction, string>> = {
  hold: "held",
  release: "released",
  delete: "deleted",
  requeue: "requeued",
};

async function change(
  { appliance: { core: { queue } }, text }: ControlSession,
  action: QueueAction,
  subject: string,
): Promise<number> {
  const selection = selectionOf(subject);
  const spared: QueueId[] = [];
  const changed = await queue.change(action, selection, (id) => spared.push(id));
  if (spared.length > 0) await text(leftAlone(spared));
  else if (changed === 0) await text(nothingFor(selection));
  if (changed === 0) return EXIT.failed;
  const isOne = selection !== "all" && "id" in selection;
  await text(isOne ? `${subject} ${DONE[action]}` : `${count(changed, "message")} ${DONE[action]}`);
  return EXIT.done;
}

function leftAlone(ids: readonly QueueId[]): string {
  const wait = count(ids.length, "message waits", "messages wait");
  const more = ids.length > MAX_SPARED ? ` and ${grouped(ids.length - MAX_SPARED)} more` : "";
  const named = ids.slice(0, MAX_SPARED).join(" ") + more;
  return `${wait} for other domains, too: these can be deleted by their IDs, ${named}`;
}

function nothingFor(selection: Selection): string {
  if (selection === "all") return "The queue is empty";
  return "id" in selection
    ? `There is no message ${selection.id} in the queue`
    : `There is no message for ${selection.domain} in the queue`;
}

/** What somebody wrote: the id of a message, `all`, or a domain, with an @ before it or without. */
function selectionOf(subject: string): Selection {
  if (isQueueId(subject)) return { id: subject };
  return subject.toLowerCase() === "all" ? "all" : { domain: subject.replace(/^@/, "") };
}

function momentOf({ appliance: { core: { queue }, world } }: ControlSession) {
  return { nowMs: world.clock.now(), suspended: queue.suspended };
}
