import type { QueueId } from "../../store/mod.ts";
import { domainOf, someoneAt } from "./domains.ts";
import { givenUp, type Item, type Progress, relayed } from "./item.ts";
import type { QueueEntry } from "./mod.ts";

/** What the queue looks like depends on. */
export interface ListingMoment {
  /** The file that has a message. */
  readonly fileOf: (id: QueueId) => string;
  readonly lineIsDown: boolean;
  readonly nowMs: number;
  readonly waitsForEtrn: (address: string) => boolean;
  readonly goesByAtrn: (address: string) => boolean;
}

/** How the page and `dmail queue` show a message. */
export function shown(item: Item, moment: ListingMoment): QueueEntry {
  const { id, envelope, sizeOctets, submittedAtMs } = item.message;
  return {
    ...{ id, file: moment.fileOf(id), sender: envelope.sender, sizeOctets, submittedAtMs },
    held: item.held,
    done: item.recipients.filter(({ finished }) => finished).map(fateOf),
    pending: item.recipients.filter(({ finished }) => !finished)
      .map((progress) => waitOf(item, progress, moment)),
  };
}

function fateOf(
  { recipient: { address }, settled, lastReason }: Progress,
): QueueEntry["done"][number] {
  const hasFailed = settled.some((key) => key.startsWith(givenUp("")));
  return { address, fate: hasFailed ? "failed" : "delivered", lastReason };
}

function waitOf(
  item: Item,
  progress: Progress,
  { lineIsDown, nowMs, waitsForEtrn, goesByAtrn }: ListingMoment,
): QueueEntry["pending"][number] {
  const { recipient: { address }, attempts, inFlight, lastReason, nextAttemptMs } = progress;
  const addresses = waitingIn(item, progress);
  const isLeft = addresses.length > 0 && inFlight === 0 && addresses.every(waitsForEtrn);
  const isWaiting = isLeft || (lineIsDown && addresses.length > 0);
  const dueMs = Number.isFinite(nextAttemptMs) ? nextAttemptMs : nowMs;
  const leadsTo = new Set(addresses.map(domainOf));
  leadsTo.delete(domainOf(address));
  return {
    address,
    ...(leadsTo.size > 0 ? { leadsTo: [...leadsTo] } : {}),
    attempts,
    ...(isLeft ? { waitsForEtrn: true } : {}),
    ...(isLeft && addresses.every(goesByAtrn) ? { goesByAtrn: true } : {}),
    nextAttemptMs: isWaiting ? undefined : dueMs,
    lastReason,
  };
}

/** Addresses in the world that a recipient waits for; of a message just read, what was noted of it. */
function waitingIn({ entry, recipients }: Item, progress: Progress): readonly string[] {
  if (progress.open !== undefined) return relayed(progress);
  const names = entry.world?.names ?? [];
  const ownOf = ({ recipient }: Progress) => domainOf(recipient.address);
  if (names.includes(ownOf(progress))) return [someoneAt(ownOf(progress))];
  // What is nobody's own domain is where the one leads who is not in the world.
  const here = recipients.filter((one) => !one.finished && !names.includes(ownOf(one)));
  const own = new Set(recipients.map(ownOf));
  return here.length === 1 ? names.filter((name) => !own.has(name)).map(someoneAt) : [];
}
