/** How long a condition may take on a busy machine, in ms: the end of patience, not a measure. */
const PATIENCE_MS = 60_000;

/** How often another program is asked, in ms. */
const ASK_EVERY_MS = 20;

/**
 * Asks until the answer is neither `undefined` nor `false`. Only for what other processes do: they
 * tell nobody when they are done. Within one process tests wait for events or move a `ManualClock`.
 *
 * @throws {Error} If `what` has not come true within a minute.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await pause(ASK_EVERY_MS);
  }
  throw new Error(`Waited ${PATIENCE_MS} ms in vain: ${what}`);
}

/**
 * Lets real time pass: to strike another process at a moment, never to wait for it. Ends early when
 * `signal` is aborted.
 */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = () => {
    clearTimeout(timer);
    resolve();
  };
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  return promise;
}
