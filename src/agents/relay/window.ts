import type { Clock } from "../../platform/mod.ts";

/** Octets that may be unanswered at first: what a fast line with a long way holds. */
const FIRST_OCTETS = 128 * 1024;

/** Octets that may be unanswered at least, and at most. */
const MIN_OCTETS = 16 * 1024;
const MAX_OCTETS = 1024 * 1024;

/** An answer later than this, in ms, says that too much is on the way. */
const LATE_MS = 10_000;

/** A part of a {@linkcode Window} that is taken. */
export interface Share {
  readonly octets: number;
  readonly takenMs: number;
}

/**
 * How far sending may run ahead of the answers. What is unanswered when a line drops, or when a
 * server refuses everything, was sent in vain: so it is bounded, by some ten seconds of the line. It
 * begins with enough for most lines, grows while answers come soon, and shrinks when they are late.
 */
export class Window {
  readonly #clock: Pick<Clock, "monotonic">;
  #limit = FIRST_OCTETS;
  #taken = 0;
  #changed = Promise.withResolvers<void>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Whether there is room now. Something always may be under way, however large. */
  hasRoom(octets: number): boolean {
    return this.#taken === 0 || this.#taken + octets <= this.#limit;
  }

  /** Takes a share; waits until there is room. */
  async take(octets: number): Promise<Share> {
    while (!this.hasRoom(octets)) await this.#changed.promise;
    this.#taken += octets;
    return { octets, takenMs: this.#clock.monotonic() };
  }

  /** Gives a share back: its answer is there, or none will come. */
  give({ octets, takenMs }: Share): void {
    const isLate = this.#clock.monotonic() - takenMs > LATE_MS;
    this.#limit = isLate
      ? Math.max(MIN_OCTETS, this.#limit / 2)
      : Math.min(MAX_OCTETS, this.#limit + octets);
    this.#taken -= octets;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
