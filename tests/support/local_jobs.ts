import type { DeliveryJob, Outcome } from "../../src/domain/queue/mod.ts";
import type { DeliveryAgent } from "../../src/domain/queue/mod.ts";
import type { Destination } from "../../src/domain/routing/mod.ts";
import type { QueueId } from "../../src/store/mod.ts";

/** A message for one local destination that counts how often it was opened. */
export function localJob(
  id: string,
  destination: Destination,
  { mayBeDone = false, sender = "ann@world", to = "bob@here", text = "A: 1\r\n\r\nhi\r\n" } = {},
): DeliveryJob & { opened: number } {
  const bytes = new TextEncoder().encode(text);
  const job = {
    opened: 0,
    message: {
      id: id as QueueId,
      envelope: { sender, recipients: [{ address: to }] },
      origin: { kind: "local", by: "test" } as const,
      submittedAtMs: 0,
      sizeOctets: bytes.length,
      open() {
        job.opened++;
        return ReadableStream.from([bytes]);
      },
    },
    deliveryId: id,
    recipients: [{ address: to }],
    destinations: [destination],
    mayBeDone,
    requestFor: () => ({}),
  };
  return job;
}

/** Lets an agent deliver, and tells what it settled: `<id> <kind> <status> <reason>`. */
export async function settledBy(
  agent: DeliveryAgent,
  jobs: readonly DeliveryJob[],
  signal = new AbortController().signal,
): Promise<string[]> {
  const settled: string[] = [];
  const lane = agent.laneOf(jobs[0]!.destinations[0]!);
  await agent.deliver(lane, jobs, (job, _destination, outcome) => {
    settled.push(`${job.message.id} ${inWords(outcome)}`);
    return Promise.resolve();
  }, signal);
  return settled;
}

function inWords(outcome: Outcome): string {
  return outcome.kind === "delivered"
    ? outcome.kind
    : `${outcome.kind} ${outcome.status} ${outcome.reason}`;
}
