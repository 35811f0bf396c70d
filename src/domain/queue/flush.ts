import { splitAddress } from "../../formats/address.ts";
import type { Job } from "./job.ts";
import type { FlushReport } from "./mod.ts";
import type { Effect } from "./outcomes.ts";

/** How many problems a report names; the rest stands in the log. */
const MAX_PROBLEMS = 10;

/** One flush under way: while it lasts the line counts as open for what it matches. */
export class Flush {
  readonly #domain: string | undefined;
  /** Deliveries it waits for. */
  readonly #jobs = new Set<Job>();
  #drained = Promise.withResolvers<void>();
  readonly #counts = { delivered: 0, deferred: 0, failed: 0 };
  readonly #problems: string[] = [];
  readonly #end = new AbortController();

  /** @param domain Only mail for it and what is below it; all if left out. */
  constructor(domain?: string) {
    this.#domain = domain?.toLowerCase();
  }

  matches(address: string): boolean {
    return this.#domain === undefined || this.names(address);
  }

  /** Whether it is for just this domain, and not for all. */
  names(address: string): boolean {
    if (this.#domain === undefined) return false;
    const domain = splitAddress(address).domain.toLowerCase();
    return domain === this.#domain || domain.endsWith(`.${this.#domain}`);
  }

  /** Aborted when the queue ends before the flush does. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  end(reason: unknown): void {
    this.#end.abort(reason);
  }

  get waiting(): boolean {
    return this.#jobs.size > 0;
  }

  begun(job: Job): void {
    if (job.addresses.some((address) => this.matches(address))) this.#jobs.add(job);
  }

  concluded(job: Job): void {
    if (!this.#jobs.delete(job) || this.waiting) return;
    this.#drained.resolve();
    this.#drained = Promise.withResolvers();
  }

  /** Resolves when nothing is waited for; something must be. */
  drained(): Promise<void> {
    return this.#drained.promise;
  }

  /** Counts how a delivery into the world ended. */
  count(address: string, effect: Effect["kind"], reason: string): void {
    if (!this.matches(address)) return;
    if (effect === "delivered") {
      this.#counts.delivered++;
      return;
    }
    if (effect === "temporary") this.#counts.deferred++;
    else this.#counts.failed++;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(`${address}: ${reason}`);
  }

  report(): FlushReport {
    return { ...this.#counts, problems: [...this.#problems] };
  }
}
