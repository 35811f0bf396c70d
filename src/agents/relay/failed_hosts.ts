import { type Clock, forgetOldest } from "../../platform/mod.ts";
import type { Hop } from "./next_hops.ts";

/** How long a failure is held against a host, in ms: about as long as a call. */
const REMEMBERED_MS = 10 * 60_000;

/** Most hosts that are remembered; the oldest makes room. */
const MAX_HOSTS = 1000;

/** Hosts that could not be reached a while ago: whoever has another one tries that first. */
export class FailedHosts {
  readonly #clock: Pick<Clock, "monotonic">;
  /** When they failed, oldest first. */
  readonly #failed = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  has(hop: Hop): boolean {
    const atMs = this.#failed.get(keyOf(hop));
    return atMs !== undefined && this.#clock.monotonic() - atMs < REMEMBERED_MS;
  }

  add(hop: Hop): void {
    this.delete(hop);
    this.#failed.set(keyOf(hop), this.#clock.monotonic());
    forgetOldest(this.#failed, MAX_HOSTS);
  }

  /** It has taken something since. */
  delete(hop: Hop): void {
    this.#failed.delete(keyOf(hop));
  }
}

function keyOf({ address, port }: Hop): string {
  return `${address} ${port}`;
}
