import { asciiDomain, isWithin } from "../../formats/domain.ts";
import { domainOf, type Domains } from "./domains.ts";
import type { Asked, Entry } from "./entry.ts";
import { type Item, relayed } from "./item.ts";
import type { Job } from "./job.ts";
import type { FlushReport, Outcome } from "./mod.ts";
import type { Effect } from "./outcomes.ts";

/** How many problems a report names; the rest stands in the log. */
const MAX_PROBLEMS = 10;

/** One flush under way: while it lasts the line counts as open for what it matches. */
export class Flush implements Asked {
  readonly turn: number;
  readonly #domains: readonly string[] | undefined;
  readonly #below: boolean;
  readonly #addresses: ReadonlySet<string> | undefined;
  /** Messages that are to be tried and were not taken up yet. */
  readonly #entries = new Set<Entry>();
  /** Deliveries it waits for. */
  readonly #jobs = new Set<Job>();
  #drained = Promise.withResolvers<void>();
  readonly #counts = { delivered: 0, deferred: 0, failed: 0 };
  readonly #problems: string[] = [];
  readonly #end = new AbortController();

  /**
   * @param about Only mail for a domain, or several, and, unless `below` is false, what is below it, or
   *     for these addresses; all if both are left out.
   */
  constructor(
    turn: number,
    { domain, below = true, addresses }: {
      readonly domain?: string | readonly string[];
      readonly below?: boolean;
      readonly addresses?: Iterable<string>;
    },
  ) {
    this.turn = turn;
    this.#domains = domain === undefined ? undefined : [domain].flat().map(asciiDomain);
    this.#below = below;
    this.#addresses = addresses && new Set(addresses);
  }

  matches(address: string): boolean {
    const isForAll = this.#domains === undefined && this.#addresses === undefined;
    return isForAll || this.names(address);
  }

  /** Whether it is for just this domain, or address, and not for all. */
  names(address: string): boolean {
    if (this.#addresses !== undefined) return this.#addresses.has(address);
    return this.#isMeant(domainOf(address));
  }

  /** Whether it may be about a message that goes to these domains. */
  concerns({ names, any }: Domains): boolean {
    if (this.#addresses !== undefined) return true;
    if (this.#domains === undefined) return any || names.length > 0;
    return any || names.some((name) => this.#isMeant(name));
  }

  #isMeant(name: string): boolean {
    const domains = this.#domains ?? [];
    return domains.some((domain) => isWithin(name, domain, { below: this.#below }));
  }

  /** Aborted when the queue ends before the flush does. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  end(reason: unknown): void {
    this.#end.abort(reason);
  }

  get waiting(): boolean {
    return this.#jobs.size > 0 || this.#entries.size > 0;
  }

  /** A message was taken up: what is delivered of it has begun. */
  takenUp(entry: Entry): void {
    if (this.#entries.delete(entry)) this.#check();
  }

  /**
   * Makes due what it is about; returns what of it is in memory and what must be brought there. Where a
   * recipient leads that was not looked up is not known: that is tried too.
   */
  ask(
    all: Iterable<Entry>,
  ): { readonly items: readonly Item[]; readonly entries: readonly Entry[] } {
    const items: Item[] = [];
    const entries: Entry[] = [];
    for (const entry of all) {
      const { item, world } = entry;
      const isParked = item === undefined && !entry.held;
      if (item !== undefined && this.#makeDue(item)) {
        item.asked = this;
        // One with users is about to be taken up.
        if (item.users === 0) items.push(item);
        else this.#await(entry);
      } else if (isParked && (world === undefined || this.concerns(world))) {
        this.#await(entry);
        entries.push(entry);
      }
    }
    return { items, entries };
  }

  /** What is under way is not tried beside that; what of it has failed before now is, after it. */
  #makeDue(item: Item): boolean {
    if (item.held || item.finished) return false;
    const concerned = item.recipients.filter((progress) =>
      !progress.finished && (progress.inFlight === 0 || progress.deferred) &&
      (progress.open === undefined || relayed(progress).some((one) => this.matches(one)))
    );
    for (const progress of concerned) progress.nextAttemptMs = 0;
    return concerned.length > 0;
  }

  #await(entry: Entry): void {
    entry.asked = this;
    this.#entries.add(entry);
  }

  begun(job: Job): void {
    if (job.addresses.some((address) => this.matches(address))) this.#jobs.add(job);
  }

  concluded(job: Job): void {
    if (this.#jobs.delete(job)) this.#check();
  }

  #check(): void {
    if (this.waiting) return;
    this.#drained.resolve();
    this.#drained = Promise.withResolvers();
  }

  /** Resolves when nothing is waited for; something must be. */
  drained(): Promise<void> {
    return this.#drained.promise;
  }

  /** Counts how a delivery into the world ended. */
  count(address: string, effect: Effect["kind"], reason: string): void {
    if (this.matches(address)) this.#count(address, effect, reason);
  }

  /** Counts a message that was put off unread: others have found its host dead. */
  putOff(entry: Entry, outcome: Outcome): void {
    if (!this.#entries.has(entry)) return;
    const where = (entry.world ?? entry.domains).names.join(", ");
    this.#count(where, "temporary", outcome.kind === "delivered" ? "" : outcome.reason);
  }

  #count(where: string, effect: Effect["kind"], reason: string): void {
    if (effect === "delivered") {
      this.#counts.delivered++;
      return;
    }
    if (effect === "temporary") this.#counts.deferred++;
    else this.#counts.failed++;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(`${where}: ${reason}`);
  }

  report(): FlushReport {
    return { ...this.#counts, problems: [...this.#problems] };
  }
}
