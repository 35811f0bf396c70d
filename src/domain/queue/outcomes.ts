import type { DsnAction } from "../../formats/dsn.ts";
import { count } from "../../formats/words.ts";
import type { Progress, Unit } from "./item.ts";
import type { JobNotice } from "./job.ts";
import type { Outcome } from "./mod.ts";
import { afterTemporaryFailure, aged, type RetryPolicy } from "./retry.ts";

/** "Delivery time expired" (RFC 3463 section 3.5). */
const EXPIRED_STATUS = "4.4.7";

const MINUTE_MS = 60_000;

/** Up to so many minutes a time that is no full hours is said in minutes. */
const MAX_MINUTES = 600;

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
    ...(progress.ways > 1 ? { isPart: true } : {}),
  });
  switch (outcome.kind) {
    case "delivered": {
      const action = successOf(progress, unit, outcome.notifies ?? false);
      progress.settled.push(unit.key);
      const notice = action && noticeOf(action, "2.0.0", outcome.detail ?? "");
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
        const triedFor = inWords(agedMs);
        const notice = noticeOf("failed", EXPIRED_STATUS, outcome.reason);
        return { kind: "given up", notice: { ...notice, triedFor, lastStatus: outcome.status } };
      }
      const atMs = Math.min(untilMs ?? Infinity, step.atMs);
      progress.nextAttemptMs = Math.min(progress.nextAttemptMs, atMs);
      // Until somebody was told, once (A12). Waiting for the line is how things are: it does not count.
      const isLate = !progress.toldOfDelay && agedMs >= policy.delayNoticeMs;
      if (!isLate) return { kind: "temporary", notice: undefined };
      const notice = noticeOf("delayed", outcome.status, outcome.reason);
      const givenUpMs = nowMs + policy.maxMs - agedMs;
      return { kind: "temporary", notice: agesNot ? notice : { ...notice, givenUpMs } };
    }
  }
}

/**
 * What a sender who asked is told of a success; `undefined`: nothing, or not by us. Who wrote to an
 * address that stands for several is told once that it was sent on (RFC 3461 section 5.2.7).
 */
function successOf(
  { settled, ways }: Progress,
  { destination }: Unit,
  notifies: boolean,
): DsnAction | undefined {
  const isBeside = destination.kind === "robot" && ways > 0;
  if (isBeside) return undefined; // What answers in a user's name is not where the mail goes.
  if (ways > 1) return settled.every((key) => /^(?:!|robot:)/.test(key)) ? "expanded" : undefined;
  if (destination.kind !== "relay") return "delivered";
  return notifies ? undefined : "relayed";
}

/** "90 minutes", "48 hours". */
function inWords(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  const isHours = minutes % 60 === 0 || minutes > MAX_MINUTES;
  return isHours ? count(Math.round(minutes / 60), "hour") : count(minutes, "minute");
}
