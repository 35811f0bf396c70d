import type { Clock } from "../../platform/mod.ts";

/** Longest sleep, in ms: clocks are set, lines come up, and nobody says so. */
const MAX_NAP_MS = 60_000;

/** One sleeper that wakes when something is due, also when that is sooner than it was told. */
export class Alarm {
  readonly #clock: Clock;
  #dueMs = Infinity;
  #wake = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Forgets what was due. */
  clear(): void {
    this.#dueMs = Infinity;
  }

  /** Something is due at `atMs`, of the wall clock. */
  set(atMs: number): void {
    if (atMs >= this.#dueMs) return;
    this.#dueMs = atMs;
    this.#wake();
  }

  /** Sleeps until the first thing is due, a minute at most, or until `signal` is aborted. */
  async sleep(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const awake = new AbortController();
    this.#wake = () => awake.abort();
    signal.addEventListener("abort", this.#wake, { once: true });
    const ms = Math.min(Math.max(this.#dueMs - this.#clock.now(), 0), MAX_NAP_MS);
    try {
      await this.#clock.sleep(ms, awake.signal);
    } catch {
      // Woken early.
    } finally {
      signal.removeEventListener("abort", this.#wake);
      this.#wake = () => {};
    }
  }
}
