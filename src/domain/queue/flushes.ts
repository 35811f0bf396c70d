import type { Entry } from "./entry.ts";
import type { Flush } from "./flush.ts";
import type { Job } from "./job.ts";
import type { Outcome } from "./mod.ts";
import type { Effect } from "./outcomes.ts";

/** The flushes under way; each is told of what happens to mail for the world. */
export class Flushes {
  readonly #flushes = new Set<Flush>();
  /** Deliveries into the world, waiting or under way. */
  readonly #relaying = new Set<Job>();

  /** Begins one; while it lasts the line counts as open for what it is about. */
  begin(flush: Flush): void {
    this.#flushes.add(flush);
    for (const job of this.#relaying) flush.begun(job);
  }

  end(flush: Flush): void {
    this.#flushes.delete(flush);
  }

  /** Ends all of them. */
  stop(reason: unknown): void {
    for (const flush of this.#flushes) flush.end(reason);
  }

  /** Whether one is about mail for an address. */
  areAbout(address: string, { mustBeNamed }: { readonly mustBeNamed: boolean }): boolean {
    return this.#flushes.values().some((flush) =>
      mustBeNamed ? flush.names(address) : flush.matches(address)
    );
  }

  begun(job: Job): void {
    this.#relaying.add(job);
    for (const flush of this.#flushes) flush.begun(job);
  }

  concluded(job: Job): void {
    this.#relaying.delete(job);
    for (const flush of this.#flushes) flush.concluded(job);
  }

  takenUp(entry: Entry): void {
    for (const flush of this.#flushes) flush.takenUp(entry);
  }

  putOff(entry: Entry, outcome: Outcome): void {
    for (const flush of this.#flushes) flush.putOff(entry, outcome);
  }

  count(address: string, effect: Effect["kind"], reason: string): void {
    for (const flush of this.#flushes) flush.count(address, effect, reason);
  }
}
