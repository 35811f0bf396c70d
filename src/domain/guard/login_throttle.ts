import { type Clock, forgetOldest } from "../../platform/mod.ts";
import { sourceOf } from "./source.ts";

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 16_000;

/** An address that has been quiet for so long starts anew. */
const FORGET_AFTER_MS = 10 * 60_000;

/** Addresses remembered at a time; the one that failed longest ago makes room. */
const MAX_ADDRESSES = 1000;

/** Makes guessing passwords slow: each failure from an address waits twice as long as the one before. */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #maxAddresses: number;
  /** By source, the one that failed longest ago first. */
  readonly #failures = new Map<string, { readonly count: number; readonly atMs: number }>();

  constructor(clock: Clock, { maxAddresses = MAX_ADDRESSES } = {}) {
    this.#clock = clock;
    this.#maxAddresses = maxAddresses;
  }

  /** Notes a failed login and waits before it may be answered. */
  async failed(address: string, signal: AbortSignal): Promise<void> {
    const source = sourceOf(address);
    const before = this.#failures.get(source);
    const nowMs = this.#clock.monotonic();
    const fresh = before === undefined || nowMs - before.atMs > FORGET_AFTER_MS;
    const count = fresh ? 1 : before.count + 1;
    this.#failures.delete(source);
    this.#failures.set(source, { count, atMs: nowMs });
    forgetOldest(this.#failures, this.#maxAddresses);
    await this.#clock.sleep(Math.min(FIRST_DELAY_MS * 2 ** (count - 1), MAX_DELAY_MS), signal);
  }

  /** Somebody at this address knows a password. */
  succeeded(address: string): void {
    this.#failures.delete(sourceOf(address));
  }
}
