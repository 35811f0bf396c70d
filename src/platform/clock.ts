/** Source of time. Production uses {@linkcode systemClock}, tests a `ManualClock`. */
export interface Clock {
  /** Wall time, in milliseconds since the Unix epoch. It may jump; never subtract it. */
  now(): number;

  /** Milliseconds from an arbitrary start; never jumps. Durations come from here. */
  monotonic(): number;

  /**
   * Waits `ms` milliseconds.
   *
   * @throws The abort reason, as soon as `signal` is aborted.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Longest nap in ms: setTimeout() fires at once above 2^31 - 1, and wall clocks are set right. */
const MAX_NAP_MS = 60_000;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),

  async sleep(ms, signal) {
    const end = performance.now() + ms;
    do {
      await nap(Math.min(Math.max(end - performance.now(), 0), MAX_NAP_MS), signal);
    } while (performance.now() < end);
  },
};

async function nap(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * A signal that aborts with a `TimeoutError` after `ms` on `clock`, or with `parent`'s reason.
 * Dispose it when the wait is over, so that its timer ends too.
 */
export function deadline(
  clock: Clock,
  ms: number,
  parent?: AbortSignal,
): { readonly signal: AbortSignal } & Disposable {
  const timeout = new AbortController();
  const done = new AbortController();
  clock.sleep(ms, done.signal).then(
    () => timeout.abort(new DOMException(`No answer within ${ms} ms`, "TimeoutError")),
    () => {}, // Disposed first: nothing to abort.
  );
  const signal = parent ? AbortSignal.any([parent, timeout.signal]) : timeout.signal;
  return { signal, [Symbol.dispose]: () => done.abort() };
}
