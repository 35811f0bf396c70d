import type { DeliveryAgent, DeliveryJob, Outcome } from "../../domain/queue/mod.ts";
import type { Destination } from "../../domain/routing/mod.ts";
import { type Chunks, type Clock, isDiskFull, type Log } from "../../platform/mod.ts";
import type { Maildrops, StoredMessage } from "../../store/mod.ts";

/** What the local delivery agent is made of. */
export interface MdaOptions {
  readonly maildrops: Pick<Maildrops, "deliver" | "wasDelivered" | "room">;
  readonly clock: Clock;
  readonly log: Log;
}

type Settle = (job: DeliveryJob, destination: Destination, outcome: Outcome) => Promise<void>;

/** It was not full at RCPT, or nobody asked; the mail waits until its user reads some. */
const MAILBOX_FULL: Outcome = {
  kind: "temporary",
  status: "4.2.2",
  reason: "The mailbox is full",
};

/** Delivers to maildrops: a lane is a user, and a batch costs one sync of the drop file. */
export function createMda(options: MdaOptions): DeliveryAgent {
  return {
    laneOf(destination) {
      if (destination.kind !== "maildrop") {
        throw new TypeError(`Not a maildrop: ${destination.kind}`);
      }
      return destination.user;
    },
    async deliver(user, jobs, settle, signal) {
      await new Batch(options, user, settle).deliver(jobs, signal);
    },
  };
}

class Batch {
  readonly #options: MdaOptions;
  readonly #user: string;
  readonly #settle: Settle;

  constructor(options: MdaOptions, user: string, settle: Settle) {
    this.#options = options;
    this.#user = user;
    this.#settle = settle;
  }

  async deliver(jobs: readonly DeliveryJob[], signal: AbortSignal): Promise<void> {
    const missing: DeliveryJob[] = [];
    for (const job of jobs) {
      signal.throwIfAborted();
      if (!job.mayBeDone || await this.#isMissing(job)) missing.push(job);
    }
    if (missing.length === 0 || await this.#tryTogether(missing)) return;
    // One that cannot be read must not keep the others out.
    for (const job of missing) {
      signal.throwIfAborted();
      await this.#deliverOne(job);
    }
  }

  /** Asks after a message that may have got through before; settles it if it has. */
  async #isMissing(job: DeliveryJob): Promise<boolean> {
    try {
      const { maildrops } = this.#options;
      if (!await maildrops.wasDelivered(this.#user, job.deliveryId)) return true;
      await this.#settleAll(job, { kind: "delivered", detail: "Was there already" });
    } catch (error) {
      await this.#settleAll(job, this.#failure(job, error));
    }
    return false;
  }

  async #tryTogether(jobs: readonly DeliveryJob[]): Promise<boolean> {
    if (jobs.length === 1) return false;
    const startedMs = this.#options.clock.monotonic();
    try {
      if (!await this.#hasRoom(jobs)) return false;
      await this.#write(jobs);
    } catch (error) {
      this.#options.log.warn("Cannot deliver a batch, trying one by one", {
        user: this.#user,
        messages: jobs.length,
        reason: String(error),
      });
      return false;
    }
    this.#options.log.debug("Delivered a batch", {
      user: this.#user,
      messages: jobs.length,
      ms: Math.round(this.#options.clock.monotonic() - startedMs),
    });
    // All at once: the queue makes them durable with one sync.
    await Promise.all(jobs.map((job) => this.#settleAll(job, { kind: "delivered" })));
    return true;
  }

  async #deliverOne(job: DeliveryJob): Promise<void> {
    await this.#settleAll(job, await this.#outcomeOf(job));
  }

  async #outcomeOf(job: DeliveryJob): Promise<Outcome> {
    try {
      if (!await this.#hasRoom([job])) return MAILBOX_FULL;
      await this.#write([job]);
      return { kind: "delivered" };
    } catch (error) {
      return this.#failure(job, error);
    }
  }

  async #hasRoom(jobs: readonly DeliveryJob[]): Promise<boolean> {
    const octets = jobs.reduce((sum, { message }) => sum + message.sizeOctets, 0);
    return await this.#options.maildrops.room(this.#user, octets) === "ok";
  }

  #write(jobs: readonly DeliveryJob[]): Promise<void> {
    const messages = jobs.map(({ deliveryId, message }) => ({
      deliveryId,
      sender: message.envelope.sender,
      body: bodyOf(message),
    }));
    return this.#options.maildrops.deliver(this.#user, messages);
  }

  /** Every failure here is one of the machine, so it is for now. What it says stays in the log. */
  #failure(job: DeliveryJob, error: unknown): Outcome {
    const { id } = job.message;
    this.#options.log.error("Cannot deliver", { id, user: this.#user, reason: String(error) });
    return isDiskFull(error)
      ? { kind: "temporary", status: "4.3.1", reason: "The mail server's disk is full" }
      : { kind: "temporary", status: "4.3.0", reason: "The mailbox cannot be written just now" };
  }

  async #settleAll(job: DeliveryJob, outcome: Outcome): Promise<void> {
    for (const destination of job.destinations) await this.#settle(job, destination, outcome);
  }
}

/** Opened only when it is read: a batch that fails early leaves no file open. */
async function* bodyOf(message: StoredMessage): AsyncGenerator<Uint8Array> {
  yield* message.open() satisfies Chunks;
}
