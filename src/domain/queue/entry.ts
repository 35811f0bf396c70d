import type { QueueId } from "../../store/mod.ts";
import { type Domains, NO_DOMAINS } from "./domains.ts";
import type { Item } from "./item.ts";
import { aged, type RetryPolicy } from "./retry.ts";

/** Somebody wants a message tried now: a flush, or a person. */
export interface Asked {
  /** When, as {@linkcode DeadLanes.nextTurn} counts. */
  readonly turn: number;
  /** Whether it is about mail for this address. */
  matches(address: string): boolean;
}

/**
 * What is always in memory of a message, whatever the length of the queue: when it is due and where it
 * goes. The rest is read from disk for as long as something is done with it.
 */
export class Entry {
  readonly id: QueueId;
  /** Where its recipients are. */
  readonly domains: Domains;
  /** Left by an earlier run of the program, or put there by hand. */
  readonly found: boolean;
  /** While something is done with it. */
  item: Item | undefined;
  /** While it is being read. */
  opening: Promise<Item | undefined> | undefined;
  /** What follows is of an entry without an item. When something is due; `Infinity`: never. */
  dueMs = 0;
  /** Where it goes in the world; `undefined`: not looked up yet. */
  world: Domains | undefined;
  /** Which of these are tried as soon as the line is there. */
  waits: Domains = NO_DOMAINS;
  held = false;
  /** As in {@linkcode Item}. */
  mayBeDone: boolean;
  /** The one lane that it waits for; `undefined`: none, or several. */
  lane: string | undefined;
  /** How long it was tried, and when last; see {@linkcode aged}. */
  agedMs = 0;
  lastAttemptMs = 0;
  /** One of its recipients is to be told when it is late, and was not. */
  tellsDelay = false;
  /** Time in which it waited with others for a dead host, which is not on disk. */
  unnotedMs = 0;
  asked: Asked | undefined;
  /** It stands in the line to be opened. */
  inBacklog = false;

  constructor({ id, domains, found }: {
    readonly id: QueueId;
    readonly domains: Domains;
    readonly found: boolean;
  }) {
    this.id = id;
    this.domains = domains;
    this.found = found;
    this.mayBeDone = found;
  }
}

/**
 * Lets a message that was tried before wait with others for their dead host. It ages, but that is not
 * written down: for a queue of ten thousand this is done ten thousand times in a retry interval.
 *
 * @returns False if it must be tried all the same: for the first time, the last, or to tell somebody
 *     that it is late.
 */
export function waitWithOthers(
  entry: Entry,
  { policy, nowMs, untilMs }: {
    readonly policy: RetryPolicy;
    readonly nowMs: number;
    readonly untilMs: number;
  },
): boolean {
  const { lastAttemptMs } = entry;
  const agedMs = aged(policy, { agedMs: entry.agedMs + entry.unnotedMs, lastAttemptMs, nowMs });
  const tellMs = entry.tellsDelay ? policy.delayNoticeMs : Infinity;
  if (lastAttemptMs === 0 || agedMs >= Math.min(policy.maxMs, tellMs)) return false;
  entry.unnotedMs = agedMs - entry.agedMs;
  entry.lastAttemptMs = nowMs;
  entry.dueMs = Math.min(untilMs, nowMs + policy.maxMs - agedMs);
  entry.asked = undefined;
  return true;
}
