import { formatDateTime } from "../formats/date.ts";
import type { QueueEntry } from "../domain/queue/mod.ts";
import { size, span, table } from "../formats/words.ts";

/** The queue as a table, a row a recipient that waits. */
export function queueTable(entries: readonly QueueEntry[], nowMs: number): string {
  if (entries.length === 0) return "The queue is empty";
  const rows = entries.flatMap((entry) =>
    entry.pending.map((recipient) => [
      entry.id,
      span(Math.max(0, nowMs - entry.submittedAtMs)),
      size(entry.sizeOctets),
      entry.sender || "<>",
      recipient.address,
      nextTry(entry, recipient.nextAttemptMs, nowMs),
      recipient.lastReason,
    ])
  );
  return table([["ID", "AGE", "SIZE", "FROM", "TO", "NEXT TRY", "LAST REASON"], ...rows]);
}

/** One message of the queue, everything that is known. */
export function queueDetails(entry: QueueEntry, nowMs: number): string {
  const lines = [
    `id        ${entry.id}`,
    `from      ${entry.sender || "<>"}`,
    `size      ${size(entry.sizeOctets)}`,
    `came      ${formatDateTime(entry.submittedAtMs)}`,
  ];
  for (const { address, attempts, nextAttemptMs, lastReason } of entry.pending) {
    lines.push(
      `to        ${address}`,
      `  tried   ${attempts} times`,
      `  next    ${nextTry(entry, nextAttemptMs, nowMs)}`,
      `  reason  ${lastReason || "not tried yet"}`,
    );
  }
  return lines.join("\n");
}

function nextTry({ held }: QueueEntry, atMs: number | undefined, nowMs: number): string {
  if (held) return "when released";
  if (atMs === undefined) return "when the line is up";
  return atMs <= nowMs ? "now" : `in ${span(atMs - nowMs)}`;
}
