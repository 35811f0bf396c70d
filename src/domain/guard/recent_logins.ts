import { type Clock, forgetOldest } from "../../platform/mod.ts";
import { plainAddress } from "./source.ts";

/** Addresses that are remembered at a time; the one that logged in longest ago makes room. */
const MAX_ADDRESSES = 10_000;

/**
 * Remembers from where users have read their mail (pop_before_smtp). Unlike a ban this opens
 * something: it is for the one address, not for its network.
 */
export class RecentLogins {
  readonly #clock: Clock;
  readonly #withinMs: () => number | undefined;
  readonly #maxAddresses: number;
  /** By address, the one that logged in longest ago first. */
  readonly #logins = new Map<string, { readonly user: string; readonly atMs: number }>();

  /** @param withinMs How long a login counts; `undefined`: not at all. */
  constructor(
    { clock, withinMs }: { readonly clock: Clock; readonly withinMs: () => number | undefined },
    { maxAddresses = MAX_ADDRESSES } = {},
  ) {
    this.#clock = clock;
    this.#withinMs = withinMs;
    this.#maxAddresses = maxAddresses;
  }

  /** Notes that a user has logged in; of several users at one address the last one counts. */
  note(user: string, address: string): void {
    const key = plainAddress(address);
    this.#logins.delete(key);
    if (this.#withinMs() === undefined) return;
    this.#logins.set(key, { user, atMs: this.#clock.monotonic() });
    forgetOldest(this.#logins, this.#maxAddresses);
  }

  /** Who has read mail from this address within the time. */
  userAt(address: string): string | undefined {
    const login = this.#logins.get(plainAddress(address));
    const withinMs = this.#withinMs();
    if (login === undefined || withinMs === undefined) return undefined;
    return this.#clock.monotonic() - login.atMs < withinMs ? login.user : undefined;
  }
}
