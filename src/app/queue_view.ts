import { formatDateTime } from "../formats/date.ts";
import type { QueueCounts, QueueEntry } from "../domain/queue/mod.ts";
import { count, grouped, size, span, table } from "../formats/words.ts";

/** What the queue looks like depends on. */
export interface QueueMoment {
  readonly nowMs: number;
  /** Whether outgoing mail is suspended. */
  readonly suspended: boolean;
}

/** Said above the queue, and in the status. */
export const SUSPENDED = "Outgoing mail is suspended; tellsmtp resume lets it go";

/** Said of mail for a suspended domain (S21). */
const UNTIL_ETRN = "suspended until ETRN";
const UNTIL_ATRN = "suspended until ATRN";

/** How many recipients of a message a table names. */
const MAX_NAMED = 20;

/** How much waits, for whom and for what, in a sentence. */
export function queueSummary(
  counts: QueueCounts | { readonly messages: number; readonly domain: string },
  { suspended }: QueueMoment,
): string {
  const heading = suspended ? `${SUSPENDED}\n` : "";
  if ("domain" in counts) {
    const { messages, domain } = counts;
    return messages === 0
      ? `${heading}Nothing waits for ${domain}`
      : `${heading}${waiting(messages)} for ${domain}`;
  }
  const { messages, held, putOff, forWorld, isIncomplete } = counts;
  if (isIncomplete) return `${heading}${waiting(messages)}, and more: the queue is being read`;
  if (messages === 0) return `${heading}The queue is empty`;
  const parts = [
    ...(forWorld > 0 ? [`${grouped(forWorld)} for the world`] : []),
    ...(putOff > 0 ? [`${grouped(putOff)} put off after a failure`] : []),
    ...(held > 0 ? [`${grouped(held)} held`] : []),
  ];
  return heading + [waiting(messages), ...parts].join(", ");
}

function waiting(messages: number): string {
  return messages === 1 ? "1 message waits" : `${grouped(messages)} messages wait`;
}

/** Says that a list does not show everything; `undefined` if it does. */
export function moreInQueue(messages: number): string | undefined {
  if (messages <= 0) return undefined;
  const what = messages === 1 ? "1 more message" : `${grouped(messages)} more messages`;
  return `and ${what}; name a domain to see what waits for it, or use --json for all`;
}

/** Messages as a table, a row a recipient that waits. */
export function queueTable(entries: readonly QueueEntry[], moment: QueueMoment): string {
  const { nowMs } = moment;
  const rows = entries.flatMap((entry) => [
    ...entry.pending.slice(0, MAX_NAMED).map((recipient) => [
      entry.id,
      span(Math.max(0, nowMs - entry.submittedAtMs)),
      size(entry.sizeOctets),
      entry.sender || "<>",
      where(recipient),
      nextTry(entry, recipient, moment),
      recipient.lastReason,
    ]),
    ...(entry.pending.length > MAX_NAMED
      ? [[entry.id, "", "", "", `and ${grouped(entry.pending.length - MAX_NAMED)} more`, "", ""]]
      : []),
  ]);
  return table([["ID", "AGE", "SIZE", "FROM", "TO", "NEXT TRY", "LAST REASON"], ...rows]);
}

/** One message of the queue, everything that is known. */
export function queueDetails(entry: QueueEntry, moment: QueueMoment): string {
  const age = span(Math.max(0, moment.nowMs - entry.submittedAtMs));
  const lines = [
    `id        ${entry.id}`,
    `file      ${entry.file}`,
    `from      ${entry.sender || "<>"}`,
    `size      ${size(entry.sizeOctets)}`,
    `came      ${formatDateTime(entry.submittedAtMs)}, ${age} ago`,
  ];
  for (const { address, fate, lastReason } of entry.done) {
    lines.push(`${fate === "failed" ? "given up " : "has it   "} ${address}`);
    if (fate === "failed") lines.push(`  reason  ${lastReason}`);
  }
  for (const recipient of entry.pending) {
    const { attempts, lastReason } = recipient;
    lines.push(
      `to        ${where(recipient)}`,
      `  tried   ${count(attempts, "time")}`,
      `  next    ${nextTry(entry, recipient, moment)}`,
      `  reason  ${lastReason || "not tried yet"}`,
    );
  }
  return lines.join("\n");
}

/** A recipient, and where it leads if its address does not tell. */
function where({ address, leadsTo = [] }: QueueEntry["pending"][number]): string {
  return leadsTo.length === 0 ? address : `${address} (at ${leadsTo.join(", ")})`;
}

function nextTry(
  { held }: QueueEntry,
  { nextAttemptMs: atMs, waitsForEtrn, goesByAtrn }: QueueEntry["pending"][number],
  { nowMs, suspended }: QueueMoment,
): string {
  if (held) return "when released";
  if (waitsForEtrn) return goesByAtrn ? UNTIL_ATRN : UNTIL_ETRN;
  if (atMs === undefined) return suspended ? "when resumed" : "when the line is up";
  return atMs <= nowMs ? "now" : `in ${span(atMs - nowMs)}`;
}
