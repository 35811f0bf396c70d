/** When delivery is tried again, and when it is given up (S20, B6). */
export interface RetryPolicy {
  /** Wait before mail for the world is tried again, in ms; the documents say 2 hours. */
  readonly everyMs: number;
  /** How long it is tried, as {@linkcode aged} counts it, before it is given up: max_retrytime. */
  readonly maxMs: number;
  /** How long it is tried, likewise, before a sender who asked is told that it is late: delay_notice. */
  readonly delayNoticeMs: number;
}

/** What follows a temporary failure. */
export type NextStep =
  | { readonly kind: "retry"; readonly atMs: number }
  | { readonly kind: "give up" };

/** A full disk or a busy helper is soon over, and nobody pays for looking: try sooner at first. */
const LOCAL_DELAYS_MS = [1, 5, 15, 30, 60].map((minutes) => minutes * 60_000);

/** A clock that says less was never set: without a battery it starts in 1970, or 2000. */
const EARLIEST_MS = Date.UTC(2024, 0);

/**
 * For how long a message has been tried, in ms; pure. From one attempt to the next it ages by what has
 * passed, but never by more than the retry interval: it is a wait that nobody chose, for the line, a
 * suspension or a machine that was off, and max_retrytime counts while the mail could have gone (B6).
 * So a clock that jumps takes no more than one interval away either.
 */
export function aged(
  { everyMs }: Pick<RetryPolicy, "everyMs">,
  { agedMs, lastAttemptMs, nowMs }: {
    /** At the last attempt. */
    readonly agedMs: number;
    /** 0: there was none. */
    readonly lastAttemptMs: number;
    readonly nowMs: number;
  },
): number {
  const wasSet = lastAttemptMs < EARLIEST_MS && nowMs >= EARLIEST_MS;
  if (lastAttemptMs === 0 || wasSet) return agedMs;
  return agedMs + Math.min(Math.max(nowMs - lastAttemptMs, 0), everyMs);
}

/**
 * Decides what follows a temporary failure; pure. A message that waited days for the line has not
 * been tried yet.
 *
 * @param attempts How many attempts have failed, this one included: at least 1.
 */
export function afterTemporaryFailure(
  { everyMs, maxMs }: Pick<RetryPolicy, "everyMs" | "maxMs">,
  { where, attempts, agedMs, nowMs }: {
    readonly where: "here" | "world";
    readonly attempts: number;
    readonly agedMs: number;
    readonly nowMs: number;
  },
): NextStep {
  const leftMs = maxMs - agedMs;
  if (leftMs <= 0) return { kind: "give up" };
  const localDelayMs = LOCAL_DELAYS_MS[attempts - 1] ?? everyMs;
  const delayMs = where === "here" ? Math.min(localDelayMs, everyMs) : everyMs;
  return { kind: "retry", atMs: nowMs + Math.min(delayMs, leftMs) };
}
