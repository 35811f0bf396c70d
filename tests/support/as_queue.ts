import type {
  DeliveryAgent,
  DeliveryJob,
  LaneJobs,
  Outcome,
  Settle,
} from "../../src/domain/queue/mod.ts";

/** Jobs of a lane of which the rest comes while the session goes on. */
class ComingJobs implements LaneJobs {
  readonly left: DeliveryJob[];
  readonly #atOnce: number;
  #there: number;

  constructor(jobs: readonly DeliveryJob[], atOnce: number) {
    this.left = [...jobs];
    this.#atOnce = atOnce;
    this.#there = atOnce;
  }

  get coming(): Promise<void> | undefined {
    if (this.left.length === 0) return undefined;
    this.#there = this.#atOnce;
    return Promise.resolve();
  }

  *[Symbol.iterator](): Generator<DeliveryJob> {
    while (this.#there > 0) {
      const job = this.left.shift();
      if (job === undefined) return;
      this.#there--;
      yield job;
    }
  }
}

/**
 * Has an agent deliver jobs as the queue does: what it did not take over is for its next turn, or, where
 * it found its host dead, is put off for the same reason.
 *
 * @param atOnce So many are there at a time; the next ones come when it asks for them.
 */
export async function deliverAsQueue(
  agent: DeliveryAgent,
  lane: string,
  jobs: readonly DeliveryJob[],
  settle: Settle,
  signal: AbortSignal,
  atOnce = Infinity,
): Promise<void> {
  let last: Outcome | undefined;
  for (let left = jobs; left.length > 0;) {
    const line = new ComingJobs(left, atOnce);
    await agent.deliver(lane, line, (job, destination, outcome) => {
      last = outcome;
      return settle(job, destination, outcome);
    }, signal);
    if (last?.kind === "temporary" && last.hostFailed) {
      for (const job of line.left) {
        for (const destination of job.destinations) await settle(job, destination, last);
      }
      return;
    }
    if (line.left.length === left.length) throw new TypeError("The agent took nothing over");
    left = line.left;
  }
}
