import type { DeliveryJob, LaneJobs, Outcome, Settle } from "../../domain/queue/mod.ts";
import { type Clock, isDiskFull, type Log, type LogFields } from "../../platform/mod.ts";
import type { Delivery, StoredMessage } from "../../store/mod.ts";

/** One place that messages are written to: a user's maildrop, or a file. */
export interface Target {
  /** What the log calls it. */
  readonly fields: LogFields;
  /** Whether a message got there before. */
  has(deliveryId: string): Promise<boolean>;
  /** Writes all, or (if it throws) none. */
  write(messages: readonly Delivery[]): Promise<void>;
  /** Why so many octets more must wait, if they must. */
  isFull?(octets: number): Promise<Outcome | undefined>;
  /** What a failure means that is not the machine's. */
  failure?(error: unknown): Outcome | undefined;
}

/** What {@linkcode deliverAll} works with. */
export interface BatchTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly settle: Settle;
}

/** Most messages that share a sync. */
const MAX_TOGETHER = 100;

/** Delivers messages to one target: many with one sync if that works, otherwise one by one. */
export async function deliverAll(
  target: Target,
  jobs: LaneJobs,
  tools: BatchTools,
  signal: AbortSignal,
): Promise<void> {
  const line = jobs[Symbol.iterator]();
  let together = firstOf(line);
  for (; together.length > 0; together = firstOf(line)) {
    await deliverBatch(new Batch(target, tools), together, signal);
  }
}

function firstOf(line: Iterator<DeliveryJob>): readonly DeliveryJob[] {
  const jobs: DeliveryJob[] = [];
  while (jobs.length < MAX_TOGETHER) {
    const { done, value } = line.next();
    if (done) break;
    jobs.push(value);
  }
  return jobs;
}

async function deliverBatch(
  batch: Batch,
  jobs: readonly DeliveryJob[],
  signal: AbortSignal,
): Promise<void> {
  const missing: DeliveryJob[] = [];
  for (const job of jobs) {
    signal.throwIfAborted();
    if (job.withdrawn) continue;
    if (!job.mayBeDone || await batch.isMissing(job)) missing.push(job);
  }
  if (missing.length === 0 || await batch.tryTogether(missing)) return;
  // One that cannot be read must not keep the others out.
  for (const job of missing) {
    signal.throwIfAborted();
    if (!job.withdrawn) await batch.deliverOne(job);
  }
}

class Batch {
  readonly #target: Target;
  readonly #tools: BatchTools;

  constructor(target: Target, tools: BatchTools) {
    this.#target = target;
    this.#tools = tools;
  }

  /** Asks after a message that may have got through before; settles it if it has. */
  async isMissing(job: DeliveryJob): Promise<boolean> {
    try {
      if (!await this.#target.has(job.deliveryId)) return true;
      await this.#settleAll(job, { kind: "delivered", detail: "Was there already" });
    } catch (error) {
      await this.#settleAll(job, this.#failure(job, error));
    }
    return false;
  }

  async tryTogether(jobs: readonly DeliveryJob[]): Promise<boolean> {
    if (jobs.length === 1) return false;
    const { clock, log } = this.#tools;
    const fields = { ...this.#target.fields, messages: jobs.length };
    const startedMs = clock.monotonic();
    try {
      if (await this.#isFull(jobs) !== undefined) return false;
      await this.#write(jobs);
    } catch (error) {
      log.warn("Cannot deliver a batch, trying one by one", { ...fields, reason: String(error) });
      return false;
    }
    const ms = Math.round(clock.monotonic() - startedMs);
    log.debug("Delivered a batch", { ...fields, ms });
    // All at once: the queue makes them durable with one sync.
    await Promise.all(jobs.map((job) => this.#settleAll(job, { kind: "delivered" })));
    return true;
  }

  async deliverOne(job: DeliveryJob): Promise<void> {
    await this.#settleAll(job, await this.#outcomeOf(job));
  }

  async #outcomeOf(job: DeliveryJob): Promise<Outcome> {
    try {
      const full = await this.#isFull([job]);
      if (full !== undefined) return full;
      await this.#write([job]);
      return { kind: "delivered" };
    } catch (error) {
      return this.#failure(job, error);
    }
  }

  async #isFull(jobs: readonly DeliveryJob[]): Promise<Outcome | undefined> {
    return await this.#target.isFull?.(
      jobs.reduce((sum, { message }) => sum + message.sizeOctets, 0),
    );
  }

  #write(jobs: readonly DeliveryJob[]): Promise<void> {
    return this.#target.write(jobs.map(({ deliveryId, message }) => ({
      deliveryId,
      sender: message.envelope.sender,
      body: bodyOf(message),
    })));
  }

  /** Most failures here are the machine's, so they are for now. What they say stays in the log. */
  #failure(job: DeliveryJob, error: unknown): Outcome {
    const { id } = job.message;
    this.#tools.log.error("Cannot deliver", {
      id,
      ...this.#target.fields,
      reason: String(error),
    });
    return this.#target.failure?.(error) ?? (isDiskFull(error) ? DISK_FULL : CANNOT_WRITE);
  }

  async #settleAll(job: DeliveryJob, outcome: Outcome): Promise<void> {
    for (const destination of job.destinations) {
      await this.#tools.settle(job, destination, outcome);
    }
  }
}

const DISK_FULL: Outcome = {
  kind: "temporary",
  status: "4.3.1",
  reason: "The mail server's disk is full",
};

const CANNOT_WRITE: Outcome = {
  kind: "temporary",
  status: "4.3.0",
  reason: "The mailbox cannot be written just now",
};

/** Opened when it is read, each time anew: a batch that fails early leaves no file open. */
function bodyOf(message: StoredMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => message.open()[Symbol.asyncIterator]() };
}
