import { type Clock, forgetOldest, sha256 } from "../../platform/mod.ts";

/** Wrong passwords that are remembered at a time; the one that was not tried for longest makes room. */
const MAX_REMEMBERED = 10_000;

/**
 * Knows a wrong password again that a mail program tries over and over because it has saved it: who
 * guesses tries another one each time. What is remembered is no password, and dies with the process.
 */
export class TriedPasswords {
  readonly #clock: Clock;
  readonly #maxRemembered: number;
  readonly #key = crypto.randomUUID();
  /** When each was tried last; the longest ago first. */
  readonly #tried = new Map<string, number>();

  constructor(clock: Clock, { maxRemembered = MAX_REMEMBERED } = {}) {
    this.#clock = clock;
    this.#maxRemembered = maxRemembered;
  }

  /** Notes a wrong password from a source; whether that source tried the same within the time. */
  repeats(
    source: string,
    { user, password }: { readonly user: string; readonly password: string },
    withinMs: number,
  ): boolean {
    const what = JSON.stringify([this.#key, source, user.toLowerCase(), password]);
    const digest = sha256(new TextEncoder().encode(what)).toBase64();
    const nowMs = this.#clock.monotonic();
    const lastMs = this.#tried.get(digest);
    this.#tried.delete(digest); // Put in again as the latest.
    this.#tried.set(digest, nowMs);
    forgetOldest(this.#tried, this.#maxRemembered);
    return lastMs !== undefined && nowMs - lastMs < withinMs;
  }
}
