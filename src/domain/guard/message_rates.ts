import type { Clock } from "../../platform/mod.ts";
import { sourceOf } from "./source.ts";
import { WindowCounts } from "./window_counts.ts";

const MINUTE_MS = 60_000;

/** Sources that are counted at a time. */
const MAX_SOURCES = 10_000;

/** Counts the messages, or requests, of each address, so that none begins too many in a minute. */
export class MessageRates {
  readonly #counts: WindowCounts;

  constructor(clock: Clock, { maxSources = MAX_SOURCES } = {}) {
    this.#counts = new WindowCounts(clock, { maxSources });
  }

  /**
   * Whether one more message may begin, which then counts. The minute begins with the first of its
   * messages; what is refused does not lengthen it.
   */
  admits(address: string, maxAMinute: number): boolean {
    const source = sourceOf(address);
    if (this.#counts.count(source, MINUTE_MS) >= maxAMinute) return false;
    this.#counts.add(source, MINUTE_MS);
    return true;
  }
}
