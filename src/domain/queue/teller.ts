import type { Recipient } from "../../formats/envelope.ts";
import type { Chunks, Clock, Log } from "../../platform/mod.ts";
import type { QueueId, StoredMessage } from "../../store/mod.ts";
import { givenUp, type Progress } from "./item.ts";
import type { Job, JobNotice } from "./job.ts";
import type { Submission } from "./mod.ts";
import { isWanted, type NoticeOptions, notification } from "./notices.ts";

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

/** Gives back what cannot be delivered: a failure is settled only when somebody has been told. */
export class Teller {
  readonly #options: TellerOptions;

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  /** Tells what a job has to tell, and notes as given up what failed. Never rejects. */
  async tell(job: Job): Promise<void> {
    if (job.notices.length === 0) return;
    if (job.message.origin.kind === "fetched") await this.#handOver(job);
    else await this.#notify(job);
  }

  /**
   * Fetched mail is never bounced outward: its sender wrote to a mailbox that took the message, and
   * is most likely forged. If nobody here takes it either, it stays, held.
   */
  async #handOver(job: Job): Promise<void> {
    const failures = Map.groupBy(failed(job.notices), ({ progress }) => progress);
    for (const [progress, notices] of failures) {
      const reason = notices.map((notice) => notice.reason).join("; ");
      try {
        await this.#options.undeliverable(job.message, progress.recipient, reason);
        this.#giveUp(job, notices, "none: handed to the caretaker");
      } catch (error) {
        job.item.held = true;
        progress.lastReason = reason;
        progress.nextAttemptMs = 0;
        this.#options.log.error("Held: nobody takes an undeliverable message", {
          id: job.message.id,
          to: progress.recipient.address,
          reason,
          error: String(error),
        });
      }
    }
  }

  async #notify(job: Job): Promise<void> {
    const { sender } = job.message.envelope;
    const wanted = job.notices.filter((notice) =>
      sender !== "" && isWanted(notice.recipient, notice.action)
    );
    const unwanted = failed(job.notices).filter((notice) => !wanted.includes(notice));
    this.#giveUp(job, unwanted, sender === "" ? "none: no sender to tell" : "none: not wanted");
    if (wanted.length === 0) return;
    try {
      this.#giveUp(job, failed(wanted), await this.#submit(job.message, wanted));
    } catch (error) {
      const { clock, log } = this.#options;
      log.error("Cannot store a notice", { id: job.message.id, reason: String(error) });
      for (const { progress, reason } of failed(wanted)) {
        progress.lastReason = reason;
        progress.nextAttemptMs = clock.now() + RETRY_MS;
      }
    }
  }

  async #submit(message: StoredMessage, notices: readonly JobNotice[]): Promise<QueueId> {
    const { submission, body } = notification(message, notices, {
      options: this.#options.notices(),
      nowMs: this.#options.clock.now(),
    });
    return await this.#options.submit(submission, body);
  }

  #giveUp({ message }: Job, notices: readonly JobNotice[], notice: string): void {
    for (const { progress, key, status, reason } of notices) {
      settle(progress, key, reason);
      const to = progress.recipient.address;
      this.#options.log.warn("Bounced", { id: message.id, to, status, reason, notice });
    }
  }
}

function failed(notices: readonly JobNotice[]): readonly JobNotice[] {
  return notices.filter(({ action }) => action === "failed");
}

function settle(progress: Progress, key: string, reason: string): void {
  progress.settled.push(givenUp(key));
  progress.lastReason = reason;
}
