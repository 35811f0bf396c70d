/** When delivery is tried again, and when it is given up (S20, B6). */
export interface RetryPolicy {
  /** Wait before mail for the world is tried again, in ms; the documents say 2 hours. */
  readonly everyMs: number;
  /** How long after the first attempt it is given up, in ms: max_retrytime. */
  readonly maxMs: number;
}

/** What follows a temporary failure. */
export type NextStep =
  | { readonly kind: "retry"; readonly atMs: number }
  | { readonly kind: "give up" };

/** A full disk or a busy helper is soon over, and nobody pays for looking: try sooner at first. */
const LOCAL_DELAYS_MS = [1, 5, 15, 30, 60].map((minutes) => minutes * 60_000);

/**
 * Decides what follows a temporary failure; pure. Age counts from the first attempt, not from the
 * submission: a message that waited days for the line has not been tried yet.
 *
 * @param attempts How many attempts have failed, this one included: at least 1.
 */
export function afterTemporaryFailure(
  { everyMs, maxMs }: RetryPolicy,
  { where, attempts, firstAttemptMs, nowMs }: {
    readonly where: "here" | "world";
    readonly attempts: number;
    readonly firstAttemptMs: number;
    readonly nowMs: number;
  },
): NextStep {
  const lastMs = firstAttemptMs + maxMs;
  if (nowMs >= lastMs) return { kind: "give up" };
  const localDelayMs = LOCAL_DELAYS_MS[attempts - 1] ?? everyMs;
  const delayMs = where === "here" ? Math.min(localDelayMs, everyMs) : everyMs;
  return { kind: "retry", atMs: Math.min(nowMs + delayMs, lastMs) };
}
