import type { Clock } from "../platform/mod.ts";

/** Tells watchers that something changed, at most so often: a page is drawn anew each time. */
export class ChangeFeed {
  readonly #clock: Clock;
  readonly #minIntervalMs: number;
  #version = 0;
  #changed = Promise.withResolvers<void>();

  constructor({ clock, minIntervalMs = 500 }: { clock: Clock; minIntervalMs?: number }) {
    this.#clock = clock;
    this.#minIntervalMs = minIntervalMs;
  }

  /** Something changed. */
  notify(): void {
    this.#version++;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Ticks after changes until `signal` is aborted. Changes between two ticks are one tick. */
  async *watch(signal: AbortSignal): AsyncGenerator<void> {
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    let seen = this.#version;
    while (!signal.aborted) {
      if (seen === this.#version) await Promise.race([this.#changed.promise, aborted]);
      if (signal.aborted) return;
      seen = this.#version;
      yield;
      await this.#clock.sleep(this.#minIntervalMs, signal).catch(() => {}); // The loop looks again.
    }
  }
}
