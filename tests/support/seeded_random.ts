import type { Random } from "../../src/platform/mod.ts";

/** A {@linkcode Random} that gives the same numbers for the same seed (mulberry32). Not for secrets. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.upTo(256));
  }

  /** A whole number from 0 up to, not including, `end`. */
  upTo(end: number): number {
    return Math.floor(this.number() * end);
  }

  /** One of `choices`. */
  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError("Nothing to pick from");
    return choices[this.upTo(choices.length)] as T;
  }
}
