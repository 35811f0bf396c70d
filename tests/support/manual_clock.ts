import { setImmediate } from "node:timers";
import type { Clock } from "../../src/platform/mod.ts";

/** A clock that moves only when a test says so. */
export class ManualClock implements Clock {
  #now: number;
  #elapsed = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  constructor(start = Date.UTC(2024, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  /** How many are waiting. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { at: this.#elapsed + Math.max(ms, 0), wake: resolve };
    this.#sleepers.push(sleeper);
    signal?.addEventListener("abort", () => {
      this.#sleepers = this.#sleepers.filter((s) => s !== sleeper);
      reject(signal.reason);
    }, { once: true });
    return promise;
  }

  /** Moves time forward, waking sleepers in their order, and lets everything that came due run. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await this.settled();
    while (true) {
      const next = this.#sleepers.filter((s) => s.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#moveTo(Math.max(next.at, this.#elapsed));
      this.#sleepers = this.#sleepers.filter((s) => s !== next);
      next.wake();
      await turn();
    }
    this.#moveTo(end);
    await this.settled();
  }

  /** How long is waited before time moves, and once it has. */
  protected settled(): Promise<void> {
    return settle();
  }

  /** Sets the wall clock, as an administrator or NTP does; no time passes. */
  setWall(nowMs: number): void {
    this.#now = nowMs;
  }

  #moveTo(elapsed: number): void {
    this.#now += elapsed - this.#elapsed;
    this.#elapsed = elapsed;
  }
}

/** A {@linkcode ManualClock} where nothing comes from a real disk or network: it need not wait. */
export class MemoryClock extends ManualClock {
  protected override settled(): Promise<void> {
    return turn();
  }
}

/** Lets every promise that is ready run, in a fraction of the 2 ms that a timer of Deno takes. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Lets every promise that is ready run, and what has come from disk or network. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
