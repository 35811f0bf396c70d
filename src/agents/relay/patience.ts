import type { Clock } from "../../platform/mod.ts";

/** Something that is waited for. */
interface Wait {
  readonly ms: number;
  readonly sinceMs: number;
  /** Whether nothing has moved for too long. */
  isOver: boolean;
}

/**
 * Ends what is waited for on one connection when nothing has moved for too long. One timer does for
 * all of it: with one for each reply the timers cost more than the replies.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #waits = new Set<Wait>();
  #movedMs = -Infinity;
  /** When the timer goes off, by `clock.monotonic()`, and what stops it. */
  #timer: { readonly atMs: number; readonly stop: AbortController } | undefined;

  /** @param onEnd Told when a wait is over: it closes the connection. */
  constructor(clock: Clock, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** Begins a wait of at most `ms` in which nothing moves. */
  begin(ms: number): Wait {
    const wait = { ms, sinceMs: this.#clock.monotonic(), isOver: false };
    this.#waits.add(wait);
    this.#setTimer();
    return wait;
  }

  end(wait: Wait): void {
    this.#waits.delete(wait);
  }

  /** Something has moved: all waits begin anew. */
  moved(): void {
    this.#movedMs = this.#clock.monotonic();
  }

  /** Nothing is waited for any more. */
  stop(): void {
    this.#waits.clear();
    this.#timer?.stop.abort();
    this.#timer = undefined;
  }

  /** The timer may go off too soon, and looks again then, but never too late. */
  #setTimer(): void {
    const atMs = Math.min(...[...this.#waits].map((wait) => this.#endOf(wait)));
    if (atMs === Infinity || (this.#timer !== undefined && this.#timer.atMs <= atMs)) return;
    this.#timer?.stop.abort();
    const stop = new AbortController();
    this.#timer = { atMs, stop };
    const look = () => {
      this.#timer = undefined;
      this.#look();
    };
    this.#clock.sleep(Math.max(atMs - this.#clock.monotonic(), 0), stop.signal)
      .then(look, () => {}); // Stopped.
  }

  #look(): void {
    const nowMs = this.#clock.monotonic();
    let isOver = false;
    for (const wait of this.#waits) {
      wait.isOver ||= this.#endOf(wait) <= nowMs;
      isOver ||= wait.isOver;
    }
    if (isOver) this.#onEnd();
    else this.#setTimer();
  }

  #endOf({ ms, sinceMs }: Wait): number {
    return Math.max(sinceMs, this.#movedMs) + ms;
  }
}
