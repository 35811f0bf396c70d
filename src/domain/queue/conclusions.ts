import type { Clock } from "../../platform/mod.ts";
import { Gathering } from "./gathering.ts";
import type { Item, Progress } from "./item.ts";
import type { Job } from "./job.ts";
import type { Kept } from "./kept.ts";
import type { Teller } from "./teller.ts";

/** What {@linkcode Conclusions} are made of. */
export interface ConclusionsOptions {
  readonly kept: Kept;
  readonly teller: Teller;
  /** Told when nothing more is expected of a job; its message may be due again. */
  readonly concluded: (job: Job) => void;
  /** Told when {@linkcode Conclusions.tellOverdue} has something to do, by the wall clock. */
  readonly wakeAt: (atMs: number) => void;
  readonly clock: Clock;
}

/** Wait when a recipient would be left with no next attempt at all, in ms. */
const FALLBACK_RETRY_MS = 5 * 60_000;

/** How jobs end: whom it concerns is told, and what has become of them is made durable. */
export class Conclusions {
  readonly #options: ConclusionsOptions;
  readonly #gathering = new Gathering();

  constructor(options: ConclusionsOptions) {
    this.#options = options;
  }

  /** Ends a job. What is undecided was not tried to the end and is due again at once. */
  async conclude(job: Job): Promise<void> {
    const { kept, teller } = this.#options;
    const { item, undecided } = job;
    job.concluded = true;
    for (const { key, recipients } of undecided) {
      item.units.delete(key);
      if (job.startedMs !== undefined) item.mayBeDone = true;
      for (const progress of recipients) progress.nextAttemptMs = 0;
    }
    if (item.deleted || !teller.hasNews(job)) await this.#end(item, [job]);
    else this.#gather(job);
    await this.#tell(item);
    // What waits has time, but what is delivered must not be delivered again.
    if (item.unsaved && item.units.size > 0) await kept.save(item);
  }

  #gather(job: Job): void {
    const { clock, wakeAt } = this.#options;
    const nowMs = clock.monotonic();
    const untilMs = this.#gathering.add(job, nowMs);
    if (job.item.units.size > 0) wakeAt(clock.now() + untilMs - nowMs);
  }

  /** Tells what has waited long enough for other deliveries of the same messages. */
  async tellOverdue(): Promise<void> {
    for (const item of this.#gathering.items) await this.#tell(item);
    const { clock, wakeAt } = this.#options;
    const leftMs = this.#gathering.dueMs - clock.monotonic();
    if (leftMs < Infinity) wakeAt(clock.now() + leftMs);
  }

  /** Tells what has come of a message, if nothing more is to be expected soon. */
  async #tell(item: Item): Promise<void> {
    const jobs = this.#gathering.take(item, this.#options.clock.monotonic());
    if (jobs.length === 0) return;
    if (!item.deleted) {
      const { kept, teller } = this.#options;
      // It may take long, and what is delivered must not be delivered again for it.
      if (item.unsaved && jobs.some(hasDelivered)) await kept.save(item);
      await teller.tell(item, jobs);
    }
    await this.#end(item, jobs);
  }

  /** Closes the books on jobs whose fate is told. */
  async #end(item: Item, jobs: readonly Job[]): Promise<void> {
    const { clock, concluded, kept } = this.#options;
    const tried = jobs.flatMap(({ units }) => units).flatMap(({ recipients }) => recipients);
    for (const progress of tried) endAttempt(item, progress, clock.now());
    // A save under way may have missed what ended since it began.
    if (jobs.some(({ undecided, units }) => undecided.size < units.length)) item.unsaved = true;
    const forgotten = tried.some(isPutOff) && await kept.forgetIfRemoved(item);
    if (item.unsaved && !forgotten) await kept.save(item);
    for (const job of jobs) concluded(job);
  }
}

function hasDelivered({ units }: Job): boolean {
  return units.some(({ key, recipients }) =>
    recipients.some(({ settled }) => settled.includes(key))
  );
}

/** Closes the books on one attempt when the last agent has let go of a recipient. */
function endAttempt(item: Item, progress: Progress, nowMs: number): void {
  if (--progress.inFlight > 0) return;
  if (progress.deferred) progress.attempts++;
  progress.deferred = false;
  const open = progress.open ?? [];
  progress.finished = open.every((destination) => item.isSettled(destination, progress));
  if (!progress.finished && progress.nextAttemptMs === Infinity && progress.shut.length === 0) {
    progress.nextAttemptMs = nowMs + FALLBACK_RETRY_MS;
  }
}

function isPutOff({ finished, inFlight, attempts }: Progress): boolean {
  return !finished && inFlight === 0 && attempts > 0;
}
