import { type Log, sideBySide } from "../../platform/mod.ts";
import type { QueueId } from "../../store/mod.ts";
import type { Entry } from "./entry.ts";
import { type Item, relayed } from "./item.ts";
import type { Kept } from "./kept.ts";
import { isFor, leftFor } from "./listing.ts";
import type { QueueAction, Selection } from "./mod.ts";

/** How many messages are changed at once: they share syncs. */
const AT_ONCE = 16;

/** The messages that a selection means, as they are now. */
export function selected(kept: Kept, selection: Selection): readonly Entry[] {
  if (selection === "all") return [...kept.entries.values()];
  if ("domain" in selection) {
    return [...kept.entries.values().filter((entry) => isFor(entry, selection.domain))];
  }
  const entry = kept.entries.get(selection.id);
  return entry === undefined ? [] : [entry];
}

/** Where a message may go, as far as is known. */
export async function addressesOf(kept: Kept, id: QueueId): Promise<readonly string[]> {
  const entry = kept.entries.get(id);
  const item = entry && await kept.peek(entry);
  return item?.recipients.flatMap((progress) => [
    progress.recipient.address,
    ...relayed(progress),
  ]) ?? [];
}

/** Does something with many messages, some at a time; resolves to how many it was done with. */
export async function forMany(
  entries: readonly Entry[],
  change: (entry: Entry) => Promise<boolean>,
): Promise<number> {
  let done = 0;
  await sideBySide(entries, AT_ONCE, async (entry) => {
    if (await change(entry)) done++;
  });
  return done;
}

/** What is done, to which messages. */
export interface Change {
  readonly action: QueueAction;
  readonly selection: Selection;
  /** Told of each message that is not deleted because it waits for other domains, too. */
  readonly spared: (id: QueueId) => void;
}

/** How the log names what was done. */
const DONE: Readonly<Record<QueueAction, string>> = {
  hold: "Held",
  release: "Released",
  delete: "Deleted",
  requeue: "Requeued",
};

/** Does something with a message, durably. `item` is for who makes it due; `undefined`: it is gone. */
export async function changed(
  entry: Entry,
  change: Change,
  { kept, log }: { readonly kept: Kept; readonly log: Log },
): Promise<{ readonly isDone: boolean; readonly item: Item | undefined }> {
  const item = await kept.open(entry);
  if (item === undefined) return { isDone: false, item };
  const isDone = !item.finished && isMeant(item, change);
  if (isDone) {
    apply(change.action, item);
    log.info(DONE[change.action], { id: entry.id });
    await kept.save(item);
  }
  item.users--;
  return { isDone, item };
}

/** For a domain nothing is deleted that others still wait for. */
function isMeant(item: Item, { action, selection, spared }: Change): boolean {
  if (selection === "all" || "id" in selection) return true;
  const left = leftFor(item, selection.domain);
  const isSpared = action === "delete" && left === "some";
  if (isSpared) spared(item.entry.id);
  return left !== "nobody" && !isSpared;
}

function apply(action: QueueAction, item: Item): void {
  item.unsaved = true;
  switch (action) {
    case "hold":
      item.held = true;
      return;
    case "delete":
      item.deleted = true;
      return;
    case "release":
      item.held = false;
      return tryNow(item);
    case "requeue":
      for (const progress of item.recipients) {
        progress.attempts = 0;
        progress.firstAttemptMs = 0;
        progress.lastAttemptMs = 0;
        progress.agedMs = 0;
      }
      return tryNow(item);
  }
}

function tryNow({ recipients }: Item): void {
  for (const progress of recipients) {
    // What has just failed, and is not written down yet, is tried again after it is.
    if (progress.inFlight === 0 || progress.deferred) progress.nextAttemptMs = 0;
  }
}
