import { type Clock, forgetOldest } from "../../platform/mod.ts";

/** What is counted for one source; the window begins with the first of its events. */
interface Count {
  readonly sinceMs: number;
  readonly total: number;
}

/**
 * Counts events of many sources within a time. It remembers a bounded number of them: the one that
 * began longest ago makes room, so an attacker from many addresses cannot fill the memory.
 */
export class WindowCounts {
  readonly #clock: Clock;
  readonly #maxSources: number;
  /** The one that began longest ago first. */
  readonly #counts = new Map<string, Count>();

  constructor(clock: Clock, { maxSources }: { maxSources: number }) {
    this.#clock = clock;
    this.#maxSources = maxSources;
  }

  /** How many sources are remembered. */
  get size(): number {
    return this.#counts.size;
  }

  /** Adds to a source's count and returns it; a window of `windowMs` begins anew when it is over. */
  add(source: string, windowMs: number, events = 1): number {
    this.#forgetBefore(this.#clock.monotonic() - windowMs);
    const before = this.count(source, windowMs);
    const total = before + events;
    if (before > 0) {
      this.#counts.set(source, { sinceMs: this.#counts.get(source)!.sinceMs, total });
      return total;
    }
    this.#counts.delete(source);
    this.#counts.set(source, { sinceMs: this.#clock.monotonic(), total });
    forgetOldest(this.#counts, this.#maxSources);
    return total;
  }

  /** What {@linkcode add} returned last, if its window is not over. */
  count(source: string, windowMs: number): number {
    const found = this.#counts.get(source);
    if (found === undefined) return 0;
    return this.#clock.monotonic() - found.sinceMs < windowMs ? found.total : 0;
  }

  /** Lets a source begin anew. */
  forget(source: string): void {
    this.#counts.delete(source);
  }

  #forgetBefore(timeMs: number): void {
    for (const [source, { sinceMs }] of this.#counts) {
      if (sinceMs > timeMs) return;
      this.#counts.delete(source);
    }
  }
}
