import type { Clock } from "../platform/mod.ts";

/** Tells watchers that something changed, at most so often: a page is drawn anew each time. */
export class ChangeFeed {
  readonly #clock: Clock;
  readonly #minIntervalMs: number;
  #version = 0;
  readonly #waiting = new Set<() => void>();

  constructor({ clock, minIntervalMs = 500 }: { clock: Clock; minIntervalMs?: number }) {
    this.#clock = clock;
    this.#minIntervalMs = minIntervalMs;
  }

  /** Something changed. */
  notify(): void {
    this.#version++;
    for (const wake of this.#waiting) wake();
  }

  /** Ticks after changes until `signal` is aborted. Changes between two ticks are one tick. */
  async *watch(signal: AbortSignal): AsyncGenerator<void> {
    let seen = this.#version;
    while (!signal.aborted) {
      if (seen === this.#version) await this.#nextChange(signal);
      if (signal.aborted) return;
      seen = this.#version;
      yield;
      await this.#clock.sleep(this.#minIntervalMs, signal).catch(() => {}); // The loop looks again.
    }
  }

  /**
   * Resolves at the next change, or when `signal` is aborted. Not a race with one promise of the
   * whole watch: that would keep something of every change for as long as the program runs.
   */
  async #nextChange(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    try {
      await promise;
    } finally {
      this.#waiting.delete(wake);
      signal.removeEventListener("abort", wake);
    }
  }
}
