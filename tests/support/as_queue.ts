import type { DeliveryAgent, DeliveryJob, Outcome } from "../../src/domain/queue/mod.ts";
import type { Destination } from "../../src/domain/routing/mod.ts";

/**
 * Has an agent deliver jobs as the queue does: what it does not take over because it found its host dead
 * is put off for the same reason.
 */
export async function deliverAsQueue(
  agent: DeliveryAgent,
  lane: string,
  jobs: readonly DeliveryJob[],
  settle: (job: DeliveryJob, destination: Destination, outcome: Outcome) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const left = [...jobs];
  let last: Outcome | undefined;
  const line = {
    *[Symbol.iterator]() {
      for (let job = left.shift(); job !== undefined; job = left.shift()) yield job;
    },
  };
  await agent.deliver(lane, line, (job, destination, outcome) => {
    last = outcome;
    return settle(job, destination, outcome);
  }, signal);
  if (last?.kind !== "temporary" || !last.hostFailed) return;
  for (const job of left) {
    for (const destination of job.destinations) await settle(job, destination, last);
  }
}
