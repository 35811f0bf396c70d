import { type Clock, deadline } from "../../platform/mod.ts";
import type { Destination } from "../routing/mod.ts";
import type { Job } from "./job.ts";
import type { DeliveryAgent } from "./mod.ts";

/** What a {@linkcode LaneFinder} is made of. */
export interface LaneFinderOptions {
  readonly agent: Pick<DeliveryAgent, "laneOf" | "findLane">;
  /** Told the lane of each unit of a job, in order; where nobody is to be asked, at once. */
  readonly found: (job: Job, lanes: readonly string[]) => void;
  /** Told when somebody has been asked, and answered or not. */
  readonly ended: () => void;
  readonly clock: Clock;
}

/** How long an answer is waited for, in ms. Without one a domain has a lane of its own. */
const PATIENCE_MS = 5_000;

/** A destination, and what its lane will turn out to be. */
interface Asked {
  readonly destination: Destination;
  readonly answer: Promise<string> | undefined;
}

/**
 * Finds the lanes of messages for the world. Domains with the same hosts share one, and who that is
 * only DNS can tell: so this takes its time, and nothing else waits for it.
 */
export class LaneFinder {
  readonly #options: LaneFinderOptions;
  readonly #asking = new Map<Job, AbortController>();

  constructor(options: LaneFinderOptions) {
    this.#options = options;
  }

  /** Whether answers are waited for. */
  get isBusy(): boolean {
    return this.#asking.size > 0;
  }

  /** Finds the lanes of a job. */
  find(job: Job): void {
    const { agent, found } = this.#options;
    const stop = new AbortController();
    const asked = job.units.map(({ destination }) => {
      return { destination, answer: agent.findLane?.(destination, stop.signal) };
    });
    if (asked.some(({ answer }) => answer !== undefined)) {
      this.#asking.set(job, stop);
      void this.#wait(job, asked, stop);
    } else {
      found(job, asked.map(({ destination }) => agent.laneOf(destination)));
    }
  }

  /** Takes out the jobs that `wanted` says; nobody is asked for their sake any more. */
  take(wanted: (job: Job) => boolean): readonly Job[] {
    const taken = [...this.#asking.keys()].filter(wanted);
    for (const job of taken) {
      const stop = this.#asking.get(job);
      this.#asking.delete(job);
      stop?.abort(new DOMException("Nothing is sent any more", "AbortError"));
    }
    return taken;
  }

  /** Never rejects. */
  async #wait(job: Job, asked: readonly Asked[], stop: AbortController): Promise<void> {
    const { agent, clock, found, ended } = this.#options;
    using limit = deadline(clock, PATIENCE_MS, stop.signal);
    limit.signal.addEventListener("abort", () => stop.abort(limit.signal.reason), { once: true });
    const lanes = await Promise.all(asked.map(async ({ destination, answer }) => {
      try {
        return await answer ?? agent.laneOf(destination);
      } catch {
        return agent.laneOf(destination); // Whoever delivers it will find out what is wrong.
      }
    }));
    if (this.#asking.delete(job)) found(job, lanes);
    ended();
  }
}
