import type { Clock } from "../../platform/mod.ts";

/**
 * A signal that aborts after `ms` in which nothing moved, or with `parent`'s reason. Dispose it when
 * the wait is over, so that its timer ends too.
 *
 * @param movedMs `clock.monotonic()` of the last time something moved.
 */
export function patience(
  { clock, ms, movedMs, parent }: {
    readonly clock: Clock;
    readonly ms: number;
    readonly movedMs: () => number;
    readonly parent: AbortSignal;
  },
): { readonly signal: AbortSignal } & Disposable {
  const startedMs = clock.monotonic();
  const [ended, done] = [new AbortController(), new AbortController()];
  const watch = async () => {
    for (let left = ms; left > 0;) {
      await clock.sleep(left, done.signal);
      left = ms - (clock.monotonic() - Math.max(startedMs, movedMs()));
    }
    ended.abort(new DOMException(`Nothing moved for ${ms} ms`, "TimeoutError"));
  };
  watch().catch(() => {}); // Disposed first: nothing to abort.
  return {
    signal: AbortSignal.any([parent, ended.signal]),
    [Symbol.dispose]: () => done.abort(),
  };
}
