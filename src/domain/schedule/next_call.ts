/** How often to call. */
export interface CallPlan {
  /** `ras_timer` in ms (S23); 0 never calls by itself. */
  readonly periodMs: number;
  /** `pf_isinterval` (S53): the period is a pause between two calls, not the beat they keep. */
  readonly isInterval: boolean;
}

/** What happened so far, in `clock.monotonic()` ms: a wall clock that is set right moves nothing. */
export interface CallHistory {
  /** When the schedule last wanted a call; `undefined` before the first. */
  readonly lastDueMs: number | undefined;
  /** When any call last ended, scheduled or not. */
  readonly lastEndMs: number | undefined;
  readonly nowMs: number;
}

/**
 * When the next scheduled call is due, in the same time as `history`; `undefined` for never. The
 * first is due at once. Beats that were missed, in a long call or a sleeping machine, are not made
 * up for: the next one on the beat is due.
 */
export function nextCall(plan: CallPlan, history: CallHistory): number | undefined {
  const { lastDueMs, lastEndMs, nowMs } = history;
  if (plan.periodMs <= 0) return undefined;
  if (plan.isInterval && lastEndMs !== undefined) return lastEndMs + plan.periodMs;
  if (lastDueMs === undefined) return nowMs;
  const beats = Math.max(1, Math.ceil((nowMs - lastDueMs) / plan.periodMs));
  return lastDueMs + beats * plan.periodMs;
}
