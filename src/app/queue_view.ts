import { formatDateTime } from "../formats/date.ts";
import type { QueueEntry } from "../domain/queue/mod.ts";
import { count, size, span, table } from "../formats/words.ts";

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

/** The queue as a table, a row a recipient that waits. */
export function queueTable(entries: readonly QueueEntry[], moment: QueueMoment): string {
  const heading = moment.suspended ? `${SUSPENDED}\n` : "";
  if (entries.length === 0) return `${heading}The queue is empty`;
  const { nowMs } = moment;
  const rows = entries.flatMap((entry) =>
    entry.pending.map((recipient) => [
      entry.id,
      span(Math.max(0, nowMs - entry.submittedAtMs)),
      size(entry.sizeOctets),
      entry.sender || "<>",
      recipient.address,
      nextTry(entry, recipient, moment),
      recipient.lastReason,
    ])
  );
  return heading + table([["ID", "AGE", "SIZE", "FROM", "TO", "NEXT TRY", "LAST REASON"], ...rows]);
}

/** One message of the queue, everything that is known. */
export function queueDetails(entry: QueueEntry, moment: QueueMoment): string {
  const lines = [
    `id        ${entry.id}`,
    `from      ${entry.sender || "<>"}`,
    `size      ${size(entry.sizeOctets)}`,
    `came      ${formatDateTime(entry.submittedAtMs)}`,
  ];
  for (const recipient of entry.pending) {
    const { address, attempts, lastReason } = recipient;
    lines.push(
      `to        ${address}`,
      `  tried   ${count(attempts, "time")}`,
      `  next    ${nextTry(entry, recipient, moment)}`,
      `  reason  ${lastReason || "not tried yet"}`,
    );
  }
  return lines.join("\n");
}

function nextTry(
  { held }: QueueEntry,
  { nextAttemptMs: atMs, waitsForEtrn }: QueueEntry["pending"][number],
  { nowMs, suspended }: QueueMoment,
): string {
  if (held) return "when released";
  if (waitsForEtrn) return UNTIL_ETRN;
  if (atMs === undefined) return suspended ? "when resumed" : "when the line is up";
  return atMs <= nowMs ? "now" : `in ${span(atMs - nowMs)}`;
}
