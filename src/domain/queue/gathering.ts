import type { Item } from "./item.ts";
import type { Job } from "./job.ts";

/** How long a job waits for the others of its message, in ms: a large one may be sent for hours. */
const MAX_WAIT_MS = 30_000;

/**
 * Jobs that have come to their end, and whose sender is to be told of it. They wait for what else is
 * under way of their message: one notice tells of all.
 */
export class Gathering {
  readonly #waiting = new Map<Item, { readonly jobs: Job[]; readonly untilMs: number }>();

  /** Lets a job wait; returns when at the latest it is told, by the monotonic clock. */
  add(job: Job, nowMs: number): number {
    const known = this.#waiting.get(job.item) ?? { jobs: [], untilMs: nowMs + MAX_WAIT_MS };
    this.#waiting.set(job.item, known);
    known.jobs.push(job);
    return known.untilMs;
  }

  /** Takes what waits of a message; nothing if it may wait longer, for something under way. */
  take(item: Item, nowMs: number): readonly Job[] {
    const known = this.#waiting.get(item);
    if (known === undefined || (item.units.size > 0 && nowMs < known.untilMs)) return [];
    this.#waiting.delete(item);
    return known.jobs;
  }

  /** The messages of which something waits. */
  get items(): readonly Item[] {
    return [...this.#waiting.keys()];
  }

  /** When the first of them has waited long enough; `Infinity`: there is none. */
  get dueMs(): number {
    return Math.min(...this.#waiting.values().map(({ untilMs }) => untilMs));
  }
}
