import type { Progress, Unit } from "./item.ts";
import type { JobNotice } from "./job.ts";
import type { Outcome } from "./mod.ts";
import { afterTemporaryFailure, type RetryPolicy } from "./retry.ts";

/** "Delivery time expired" (RFC 3463 section 3.5). */
const EXPIRED_STATUS = "4.4.7";

/** A clock that says less was never set: without a battery it starts in 1970, or 2000. */
const EARLIEST_MS = Date.UTC(2024, 0);

/** What an outcome means for one recipient, besides what it changes there. */
export interface Effect {
  /** `given up`: failed for now, and for the last time. */
  readonly kind: Outcome["kind"] | "given up";
  readonly notice: JobNotice | undefined;
}

/**
 * Writes down what one attempt at `unit` means for one of its recipients. A failure for good is
 * not written down here but where somebody has been told of it.
 */
export function applyOutcome(
  progress: Progress,
  unit: Unit,
  outcome: Outcome,
  { policy, nowMs, agesNot = false }: {
    readonly policy: RetryPolicy;
    readonly nowMs: number;
    /** Its domain is suspended (S21): however long it takes, it is not given up. */
    readonly agesNot?: boolean;
  },
): Effect {
  const noticeOf = (action: JobNotice["action"], status: string, reason: string): JobNotice => ({
    recipient: progress.recipient,
    progress,
    key: unit.key,
    action,
    status,
    reason,
  });
  switch (outcome.kind) {
    case "delivered": {
      progress.settled.push(unit.key);
      const action = unit.destination.kind === "relay" ? "relayed" : "delivered";
      const notice = outcome.notifies ? undefined : noticeOf(action, "2.0.0", outcome.detail ?? "");
      return { kind: "delivered", notice };
    }
    case "permanent":
      return { kind: "permanent", notice: noticeOf("failed", outcome.status, outcome.reason) };
    case "temporary": {
      const where = unit.destination.kind === "relay" ? "world" : "here";
      const firstAttemptMs = agesNot ? nowMs : firstAttempt(progress.firstAttemptMs, nowMs);
      progress.firstAttemptMs = agesNot ? 0 : firstAttemptMs;
      progress.lastReason = outcome.reason;
      progress.deferred = true;
      const attempts = progress.attempts + 1;
      const step = afterTemporaryFailure(policy, { where, attempts, firstAttemptMs, nowMs });
      if (step.kind === "give up") {
        const hours = Math.round((nowMs - firstAttemptMs) / 3_600_000);
        const reason = `Given up after ${hours} hours. ${outcome.reason}`;
        return { kind: "given up", notice: noticeOf("failed", EXPIRED_STATUS, reason) };
      }
      progress.nextAttemptMs = Math.min(progress.nextAttemptMs, step.atMs);
      // Once, at the first failure (A12); waiting for the line is how things are, not a failure.
      const isFirst = where === "world" && attempts === 1;
      const notice = isFirst ? noticeOf("delayed", outcome.status, outcome.reason) : undefined;
      return { kind: "temporary", notice };
    }
  }
}

/** The attempt noted as the first one, or this one if the clock has been set since. */
function firstAttempt(notedMs: number, nowMs: number): number {
  const wasSet = notedMs > nowMs || (notedMs < EARLIEST_MS && nowMs >= EARLIEST_MS);
  return notedMs === 0 || wasSet ? nowMs : notedMs;
}
