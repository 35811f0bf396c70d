import { Changes, type Clock } from "../platform/mod.ts";

/** Tells watchers that something changed, at most so often: a page is drawn anew each time. */
export class ChangeFeed {
  readonly #clock: Clock;
  readonly #minIntervalMs: number;
  readonly #changes = new Changes();

  constructor({ clock, minIntervalMs = 500 }: { clock: Clock; minIntervalMs?: number }) {
    this.#clock = clock;
    this.#minIntervalMs = minIntervalMs;
  }

  /** Something changed. */
  notify(): void {
    this.#changes.notify();
  }

  /** Ticks after changes until `signal` is aborted. Changes between two ticks are one tick. */
  async *watch(signal: AbortSignal): AsyncGenerator<void> {
    let seen = this.#changes.version;
    while (!signal.aborted) {
      if (seen === this.#changes.version) await this.#changes.next(signal);
      if (signal.aborted) return;
      seen = this.#changes.version;
      yield;
      await this.#clock.sleep(this.#minIntervalMs, signal).catch(() => {}); // The loop looks again.
    }
  }
}
