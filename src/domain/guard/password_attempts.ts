import { type Clock, forgetOldest } from "../../platform/mod.ts";
import { sourceOf } from "./source.ts";

/** Wait after the first wrong password; it doubles with each further one. */
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 5 * 60_000;

/** An address that was quiet for so long begins anew. */
const FORGET_AFTER_MS = 15 * 60_000;

/** How many addresses are remembered; the one quiet for longest makes room. */
const MAX_ADDRESSES = 1000;

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

/**
 * Slows down the guessing of passwords: each wrong one doubles the wait before the next from the
 * same address. One who guesses cannot lock out others, and cannot fill the memory.
 */
export class PasswordAttempts {
  readonly #clock: Pick<Clock, "monotonic">;
  /** By source, least recently used first. */
  readonly #failures = new Map<string, Failures>();

  constructor({ clock }: { readonly clock: Pick<Clock, "monotonic"> }) {
    this.#clock = clock;
  }

  /** How long `address` must still wait before its next attempt, in ms; 0 if it need not. */
  waitMs(address: string): number {
    const failures = this.#current(sourceOf(address));
    if (failures === undefined) return 0;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (failures.count - 1), MAX_DELAY_MS);
    return Math.max(failures.lastMs + delayMs - this.#clock.monotonic(), 0);
  }

  /**
   * Begins an attempt. It counts as a wrong one until {@linkcode succeeded} is called: a hundred at
   * the same time are one attempt and 99 that come too soon.
   *
   * @returns False if it comes too soon; nothing is counted then.
   */
  begin(address: string): boolean {
    if (this.waitMs(address) > 0) return false;
    const source = sourceOf(address);
    const count = (this.#current(source)?.count ?? 0) + 1;
    this.#failures.delete(source); // Goes to the end, as the most recently used.
    this.#failures.set(source, { count, lastMs: this.#clock.monotonic() });
    forgetOldest(this.#failures, MAX_ADDRESSES);
    return true;
  }

  /** Forgets the failures of an address that knew the password. */
  succeeded(address: string): void {
    this.#failures.delete(sourceOf(address));
  }

  #current(source: string): Failures | undefined {
    const failures = this.#failures.get(source);
    if (failures === undefined) return undefined;
    return this.#clock.monotonic() - failures.lastMs < FORGET_AFTER_MS ? failures : undefined;
  }
}
