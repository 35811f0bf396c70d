import type { Recipient } from "../../formats/envelope.ts";
import type { Chunks, Clock, Log } from "../../platform/mod.ts";
import type { QueueId, StoredMessage } from "../../store/mod.ts";
import { givenUp, type Item, type Progress } from "./item.ts";
import type { Job, JobNotice } from "./job.ts";
import type { Submission } from "./mod.ts";
import { MAX_RECIPIENTS, type NoticeOptions, notification, readerOf } from "./notices.ts";

/** What a {@linkcode Teller} is made of. */
export interface TellerOptions {
  readonly submit: (submission: Submission, body: Chunks) => Promise<QueueId>;
  readonly undeliverable: (
    message: StoredMessage,
    recipient: Recipient,
    reason: string,
  ) => Promise<void>;
  readonly notices: () => NoticeOptions;
  readonly clock: Clock;
  readonly log: Log;
}

/** Wait before a notice that could not be stored is tried again, with its delivery, in ms. */
const RETRY_MS = 5 * 60_000;

/**
 * Gives back what cannot be delivered: a failure is settled only when somebody has been told, so that
 * after a crash he is told twice rather than never. What was delivered is settled before: a crash
 * may cost the notice of that, and does not deliver it twice.
 */
export class Teller {
  readonly #options: TellerOptions;

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  /** Whether something of a job is to be told, or noted as given up. */
  hasNews({ message, notices }: Job): boolean {
    const options = this.#options.notices();
    return notices.some((notice) =>
      notice.action === "failed" ||
      (!isFetched(message) && readerOf(message, notice, options) !== undefined)
    );
  }

  /** Tells what the jobs of one message have to tell, and notes as given up what failed. Never rejects. */
  async tell(item: Item, jobs: readonly Job[]): Promise<void> {
    const notices = jobs.flatMap((job) => job.notices);
    if (notices.length === 0) return;
    if (isFetched(item.message)) await this.#handOver(item, notices);
    else await this.#notify(item.message, notices);
  }

  /**
   * Fetched mail is never bounced outward: its sender wrote to a mailbox that took the message, and
   * is most likely forged. If nobody here takes it either, it stays, held.
   */
  async #handOver(item: Item, all: readonly JobNotice[]): Promise<void> {
    const { message } = item;
    const failures = Map.groupBy(failed(all), ({ progress }) => progress);
    for (const [progress, notices] of failures) {
      const reason = notices.map((notice) => notice.reason).join("; ");
      try {
        await this.#options.undeliverable(message, progress.recipient, reason);
        this.#giveUp(message, notices, "none: handed to the caretaker");
      } catch (error) {
        item.held = true;
        progress.lastReason = reason;
        progress.nextAttemptMs = 0;
        this.#options.log.error("Held: nobody takes an undeliverable message", {
          id: message.id,
          to: progress.recipient.address,
          reason,
          error: String(error),
        });
      }
    }
  }

  async #notify(message: StoredMessage, notices: readonly JobNotice[]): Promise<void> {
    const options = this.#options.notices();
    const readers = Map.groupBy(notices, (notice) => readerOf(message, notice, options));
    for (const [reader, all] of readers) {
      if (reader === undefined) {
        const why = message.envelope.sender === "" ? "no sender to tell" : "not wanted";
        this.#giveUp(message, failed(all), `none: ${why}`);
        continue;
      }
      const told = once(all);
      for (let start = 0; start < told.length; start += MAX_RECIPIENTS) {
        await this.#send(message, told.slice(start, start + MAX_RECIPIENTS), reader);
      }
    }
  }

  async #send(
    message: StoredMessage,
    notices: readonly JobNotice[],
    reader: "sender" | "postmaster",
  ): Promise<void> {
    const { clock, log, submit } = this.#options;
    try {
      const context = { options: this.#options.notices(), nowMs: clock.now(), reader };
      const { submission, body } = notification(message, notices, context);
      this.#note(message, notices, await submit(submission, body));
    } catch (error) {
      log.error("Cannot store a notice", { id: message.id, reason: String(error) });
      for (const { progress, reason } of failed(notices)) {
        progress.lastReason = reason;
        progress.nextAttemptMs = clock.now() + RETRY_MS;
      }
    }
  }

  /** They were told with `notice`. */
  #note(message: StoredMessage, notices: readonly JobNotice[], notice: QueueId): void {
    this.#giveUp(message, failed(notices), notice);
    for (const { action, progress, recipient } of notices) {
      if (action === "failed") continue;
      if (action === "delayed") progress.toldOfDelay = true;
      this.#options.log.info("Told the sender", {
        ...{ id: message.id, to: recipient.address, action, notice },
      });
    }
  }

  #giveUp(message: StoredMessage, notices: readonly JobNotice[], notice: string): void {
    for (const { progress, key, status, reason, triedFor } of notices) {
      const told = triedFor === undefined ? reason : `Given up after ${triedFor}. ${reason}`;
      progress.settled.push(givenUp(key));
      progress.lastReason = told;
      const to = progress.recipient.address;
      this.#options.log.warn("Bounced", { id: message.id, to, status, reason: told, notice });
    }
  }
}

function isFetched({ origin }: StoredMessage): boolean {
  return origin.kind === "fetched";
}

function failed(notices: readonly JobNotice[]): readonly JobNotice[] {
  return notices.filter(({ action }) => action === "failed");
}

/** Of what is delayed on several ways, once: it is one address that the sender knows. */
function once(notices: readonly JobNotice[]): readonly JobNotice[] {
  const delayed = new Set<Progress>();
  return notices.filter(({ action, progress }) =>
    action !== "delayed" || (!delayed.has(progress) && delayed.add(progress))
  );
}
