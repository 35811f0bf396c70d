import { asciiDomain, isWithin } from "../../formats/domain.ts";
import type { Clock } from "../../platform/mod.ts";
import type { Spool } from "../../store/mod.ts";
import type { AtWork } from "./deliveries.ts";
import { domainOf, ofAny, someoneAt } from "./domains.ts";
import type { Entry } from "./entry.ts";
import { type Item, type Progress, relayed } from "./item.ts";
import type { Kept } from "./kept.ts";
import type { DeliveryUnderWay, ListOptions, QueueCounts, QueueEntry } from "./mod.ts";
import { type ListingMoment, shown } from "./shown.ts";

/** How many messages are read ahead of whoever looks at them. */
const READ_AHEAD = 32;

/** Shows the messages of the queue, oldest first; memory does not grow with their number. */
export async function* listed(
  kept: Kept,
  { domain, limit = Infinity }: ListOptions,
  moment: ListingMoment,
): AsyncGenerator<QueueEntry> {
  let left = limit;
  let some: Entry[] = [];
  for (const entry of kept.entries.values()) {
    if (domain !== undefined && !isFor(entry, domain)) continue;
    some.push(entry);
    if (some.length < Math.min(READ_AHEAD, left)) continue;
    for (const shown of await read(kept, some, moment, domain)) {
      yield shown;
      if (--left === 0) return;
    }
    some = [];
  }
  yield* await read(kept, some, moment, domain);
}

/** What the disk will not let us read now is left out. */
async function read(
  kept: Kept,
  entries: readonly Entry[],
  moment: ListingMoment,
  domain: string | undefined,
): Promise<readonly QueueEntry[]> {
  const items = await Promise.all(
    entries.map((entry) => kept.peek(entry).catch(() => undefined)),
  );
  const isMeant = (item: Item) => domain === undefined || leftFor(item, domain) !== "nobody";
  return items.filter((item) => item !== undefined).filter((item) => !item.finished)
    .filter(isMeant).map((item) => shown(item, moment));
}

/** Who of those that a message waits for is in a domain, or below it, or led there. */
export function leftFor(item: Item, domain: string): "nobody" | "some" | "all" {
  const wanted = asciiDomain(domain);
  const isMeant = (name: string) => isWithin(name, wanted);
  const { world } = item.entry;
  const left = item.recipients.filter(({ finished }) => !finished);
  // Where those lead that have not been looked up again is known of all of them together.
  const someLead = world?.names.some(isMeant) ?? false;
  const allLead = someLead && world?.any === false && world.names.every(isMeant);
  const meant = (leads: boolean) => (progress: Progress) =>
    [progress.recipient.address, ...relayed(progress)].map(domainOf).some(isMeant) ||
    (progress.open === undefined && leads);
  if (!left.some(meant(someLead))) return "nobody";
  return left.every(meant(allLead)) ? "all" : "some";
}

/** Whether a message may have recipients in a domain, or below it, or lead there. */
export function isFor({ domains, world }: Entry, domain: string): boolean {
  const wanted = asciiDomain(domain);
  return [domains, world].some((some) =>
    some !== undefined && (some.any || some.names.some((name) => isWithin(name, wanted)))
  );
}

/** How many messages there are, and what they wait for. */
export function counted(
  entries: Iterable<Entry>,
  { nowMs, isLocal, waitsForEtrn }: {
    readonly nowMs: number;
    readonly isLocal: (address: string) => boolean;
    readonly waitsForEtrn: (address: string) => boolean;
  },
): QueueCounts {
  const isFar = ofAny((name) => !isLocal(someoneAt(name)));
  const isSent = ofAny((name) => !waitsForEtrn(someoneAt(name)));
  const leads = (item: Item) =>
    item.recipients.some((progress) =>
      progress.open === undefined
        ? !progress.finished && !isLocal(progress.recipient.address)
        : relayed(progress).some((address) => !waitsForEtrn(address))
    );
  const counts = { messages: 0, held: 0, putOff: 0, forWorld: 0 };
  for (const { item, held, dueMs, domains, world } of entries) {
    if (item?.finished) continue;
    counts.messages++;
    if (item?.held ?? held) counts.held++;
    else if (item === undefined && dueMs > nowMs && dueMs !== Infinity) counts.putOff++;
    const isForWorld = item === undefined
      ? world === undefined ? isFar(domains) : isSent(world)
      : leads(item);
    if (isForWorld) counts.forWorld++;
  }
  return counts;
}

/**
 * How many messages there are for a domain, or for what is below it too. `held` false counts only what
 * would go there if somebody asked for it: neither what is held nor what is there already.
 */
export function countedFor(
  entries: Iterable<Entry>,
  domain: string,
  { below, held: withHeld = true }: { readonly below: boolean; readonly held?: boolean },
): number {
  const wanted = asciiDomain(domain);
  const isName = (name: string) => isWithin(name, wanted, { below });
  const isMeant = ofAny(isName);
  let count = 0;
  for (const { item, held, domains, world } of entries) {
    if (item?.finished || !(isMeant(domains) || (world !== undefined && isMeant(world)))) continue;
    if (withHeld) count++;
    else if (item === undefined) count += !held && isMeant(world ?? domains) ? 1 : 0;
    else if (!item.held && item.recipients.some((one) => leftIn(one).some(isName))) count++;
  }
  return count;
}

/** Where a recipient still leads, as far as is known. */
function leftIn(progress: Progress): readonly string[] {
  if (progress.finished) return [];
  const { open, recipient } = progress;
  return (open === undefined ? [recipient.address] : relayed(progress)).map(domainOf);
}

/** Shows what the agents have in hand. */
export function inHand(
  work: readonly AtWork[],
  { clock, spool }: {
    readonly clock: Clock;
    readonly spool: Pick<Spool, "fileOf">;
  },
): readonly DeliveryUnderWay[] {
  return work.map(({ kind, lane, jobs, startedMs }) => ({
    kind,
    lane,
    elapsedMs: clock.monotonic() - startedMs,
    messages: jobs.map(({ message: { id }, addresses }) => {
      return { id, file: spool.fileOf(id), addresses };
    }),
  }));
}
