import type { Clock, Log } from "../../platform/mod.ts";
import type { Destination } from "../routing/mod.ts";
import type { Conclusions } from "./conclusions.ts";
import type { Progress, Unit } from "./item.ts";
import type { Job } from "./job.ts";
import type { Kept } from "./kept.ts";
import type { Outcome } from "./mod.ts";
import { applyOutcome, type Effect } from "./outcomes.ts";
import type { RetryPolicy } from "./retry.ts";

/** What {@linkcode Settling} works with. */
export interface SettlingOptions {
  readonly conclusions: Pick<Conclusions, "conclude">;
  readonly kept: Kept;
  readonly retry: () => RetryPolicy;
  /** Whether mail for an address in the world waits until somebody asks for it. */
  readonly waitsForEtrn: (address: string) => boolean;
  /** Told of each result in the world. */
  readonly counted: (address: string, effect: Effect["kind"], reason: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Writes down, destination by destination, what came of an attempt. */
export class Settling {
  readonly #options: SettlingOptions;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** @param untilMs When its host, which was not tried for its sake, is tried next. */
  async settle(
    job: Job,
    destination: Destination,
    outcome: Outcome,
    untilMs?: number,
  ): Promise<void> {
    const { clock, conclusions, kept, retry, waitsForEtrn } = this.#options;
    const unit = job.concluded ? undefined : job.decide(destination);
    if (unit === undefined) return;
    job.item.units.delete(unit.key); // From here on no other recipient joins it.
    job.item.unsaved = true;
    const moment = {
      policy: retry(),
      nowMs: clock.now(),
      agesNot: destination.kind === "relay" && waitsForEtrn(destination.address),
      ...(untilMs === undefined ? {} : { untilMs }),
    };
    for (const progress of unit.recipients) {
      const { kind, notice } = applyOutcome(progress, unit, outcome, moment);
      if (notice !== undefined) job.notices.push(notice);
      this.#report(job, { progress, unit, outcome, kind });
    }
    if (job.undecided.size === 0) await conclusions.conclude(job);
    else if (outcome.kind === "delivered") await kept.save(job.item);
  }

  #report(
    job: Job,
    { progress, unit, outcome, kind }: {
      readonly progress: Progress;
      readonly unit: Unit;
      readonly outcome: Outcome;
      readonly kind: Effect["kind"];
    },
  ): void {
    const { clock, counted, log } = this.#options;
    const fields = {
      id: job.message.id,
      to: progress.recipient.address,
      by: unit.key,
      ms: Math.round(clock.monotonic() - (job.startedMs ?? clock.monotonic())),
    };
    const reason = outcome.kind === "delivered" ? "" : outcome.reason;
    if (outcome.kind === "delivered") {
      const detail = outcome.detail === undefined ? {} : { detail: outcome.detail };
      log.info("Delivered", { ...fields, ...detail });
    } else if (kind === "temporary") {
      log.warn("Deferred", { ...fields, status: outcome.status, reason });
    } // The rest is logged when the sender has been told.
    const { destination } = unit;
    if (destination.kind === "relay" && progress === unit.recipients[0]) {
      counted(destination.address, kind, reason);
    }
  }
}
