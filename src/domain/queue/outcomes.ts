import { count } from "../../formats/words.ts";
import type { Progress, Unit } from "./item.ts";
import type { JobNotice } from "./job.ts";
import type { Outcome } from "./mod.ts";
import { afterTemporaryFailure, aged, type RetryPolicy } from "./retry.ts";

/** "Delivery time expired" (RFC 3463 section 3.5). */
const EXPIRED_STATUS = "4.4.7";

const HOUR_MS = 3_600_000;

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
  { policy, nowMs, agesNot = false, untilMs }: {
    readonly policy: RetryPolicy;
    readonly nowMs: number;
    /** Put off with others for the same dead host, until then. */
    readonly untilMs?: number;
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
      progress.agedMs = agesNot ? 0 : aged(policy, { ...progress, nowMs });
      progress.firstAttemptMs ||= nowMs;
      progress.lastAttemptMs = agesNot ? 0 : nowMs;
      progress.lastReason = outcome.reason;
      progress.deferred = true;
      const attempts = progress.attempts + 1;
      const { agedMs } = progress;
      const step = afterTemporaryFailure(policy, { where, attempts, agedMs, nowMs });
      if (step.kind === "give up") {
        const hours = Math.round(agedMs / HOUR_MS);
        const reason = `Given up after ${count(hours, "hour")}. ${outcome.reason}`;
        return { kind: "given up", notice: noticeOf("failed", EXPIRED_STATUS, reason) };
      }
      const atMs = Math.min(untilMs ?? Infinity, step.atMs);
      progress.nextAttemptMs = Math.min(progress.nextAttemptMs, atMs);
      // Once, when it is put off for the first time (A12): by then it is certain that it comes late by a
      // retry interval. Waiting for the line is how things are, and what stays here is soon over.
      const isFirst = where === "world" && attempts === 1;
      if (!isFirst) return { kind: "temporary", notice: undefined };
      const notice = noticeOf("delayed", outcome.status, outcome.reason);
      const givenUpMs = nowMs + policy.maxMs - agedMs;
      return { kind: "temporary", notice: agesNot ? notice : { ...notice, givenUpMs } };
    }
  }
}
