import type { StoredMessage } from "../../store/mod.ts";
import { domainOf, type DomainSets, someoneAt } from "./domains.ts";
import { dueMs, type Item, type Progress, relayed } from "./item.ts";
import { isWanted } from "./notices.ts";

/** What {@linkcode Parking} works with. */
export interface ParkingOptions {
  readonly sets: DomainSets;
  /** Whether an address is one of ours. */
  readonly isLocal: (address: string) => boolean;
  /** The lane of an address in the world. */
  readonly laneOf: (address: string) => string;
}

/** How many names of lanes are shared between messages. */
const MAX_LANES = 10_000;

/** Notes in an {@linkcode Entry} what must be known of a message that leaves memory. */
export class Parking {
  readonly #options: ParkingOptions;
  readonly #lanes = new Map<string, string>();

  constructor(options: ParkingOptions) {
    this.#options = options;
  }

  note(item: Item): void {
    const { entry } = item;
    const left = item.recipients.filter(({ finished }) => !finished);
    const world = left.flatMap((progress) => {
      const { address } = progress.recipient;
      if (progress.open !== undefined) return relayed(progress);
      return this.#options.isLocal(someoneAt(domainOf(address))) ? [] : [address];
    });
    entry.dueMs = dueMs(item);
    entry.world = this.#options.sets.of(world);
    entry.waits = this.#options.sets.of(left.flatMap(({ shut }) => shut));
    entry.held = item.held;
    entry.mayBeDone = item.mayBeDone;
    if (item.noted) entry.unnotedMs = 0;
    entry.agedMs = Math.max(0, ...left.map(({ agedMs }) => agedMs)) - entry.unnotedMs;
    entry.tellsDelay = left.some((progress) => tellsDelay(item.message, progress));
    entry.lastAttemptMs = Math.max(0, ...left.map(({ lastAttemptMs }) => lastAttemptMs));
    entry.lane = entry.lastAttemptMs > 0 ? this.#laneOf(world) : undefined;
  }

  /** The lane of all these addresses, one text for all messages; `undefined` if they have several. */
  #laneOf(addresses: readonly string[]): string | undefined {
    const [lane, ...others] = new Set(addresses.map((address) => this.#options.laneOf(address)));
    if (lane === undefined || others.length > 0) return undefined;
    const known = this.#lanes.get(lane) ?? lane;
    if (this.#lanes.size >= MAX_LANES) this.#lanes.clear();
    this.#lanes.set(lane, known);
    return known;
  }
}

function tellsDelay(
  { envelope, origin }: StoredMessage,
  { recipient, toldOfDelay }: Progress,
): boolean {
  return !toldOfDelay && envelope.sender !== "" && origin.kind !== "fetched" &&
    isWanted(recipient, "delayed");
}

/** Brings back what is known of a message and not on disk. */
export function restored(item: Item): Item {
  const { unnotedMs, lastAttemptMs, dueMs: dueNowMs, world } = item.entry;
  if (world === undefined) return item; // Nothing is known beyond what is on disk.
  const dueOnDiskMs = dueMs(item);
  for (const progress of item.recipients.filter(({ finished }) => !finished)) {
    // It was brought forward because the clock was set back, or put off with others.
    const isFirst = progress.nextAttemptMs === dueOnDiskMs;
    if (isFirst && (dueNowMs < dueOnDiskMs || unnotedMs > 0)) progress.nextAttemptMs = dueNowMs;
    // It was due, because somebody had asked for it, and all that it waits for since is the line.
    if (dueNowMs === Infinity) progress.nextAttemptMs = 0;
    if (unnotedMs === 0) continue;
    progress.agedMs += unnotedMs;
    progress.lastAttemptMs = lastAttemptMs;
  }
  return item;
}
