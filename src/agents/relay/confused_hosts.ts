import { type Clock, forgetOldest } from "../../platform/mod.ts";
import type { Hop } from "./next_hops.ts";
import type { SmtpError } from "./smtp_error.ts";

/** Sessions in a row that fell silent, were dropped, or were lost before anything was answered. */
const MAX_STRIKES = 2;

/** How long that is held against a host, in ms: it may have been the line. */
const SUSPECTED_MS = 3_600_000;

/** Most hosts that are remembered; the oldest makes room. */
const MAX_HOSTS = 1000;

/**
 * Hosts that are spoken to one command at a time, though they offer more: those that answered what
 * nobody asked, as long as the program runs, and for an hour those that fell silent or hung up.
 */
export class ConfusedHosts {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #known = new Map<string, { readonly strikes: number; readonly untilMs: number }>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  has(hop: Hop): boolean {
    return this.#strikesOf(hop) >= MAX_STRIKES;
  }

  /** Notes how a session went in which several commands were under way. */
  note(hop: Hop, { failure, answered }: {
    readonly failure: SmtpError | undefined;
    readonly answered: boolean;
  }): void {
    switch (failure?.fault) {
      case undefined:
        this.#known.delete(keyOf(hop));
        break;
      case "confused":
        this.#set(hop, MAX_STRIKES, Infinity);
        break;
      case "silence":
      case "dropped": // Whatever it was sent ahead may be lost, or come twice.
        this.#strike(hop);
        break;
      case "line":
        if (!answered) this.#strike(hop);
    }
  }

  #strike(hop: Hop): void {
    this.#set(hop, this.#strikesOf(hop) + 1, this.#clock.monotonic() + SUSPECTED_MS);
  }

  #strikesOf(hop: Hop): number {
    const known = this.#known.get(keyOf(hop));
    return known === undefined || known.untilMs < this.#clock.monotonic() ? 0 : known.strikes;
  }

  #set(hop: Hop, strikes: number, untilMs: number): void {
    this.#known.delete(keyOf(hop));
    this.#known.set(keyOf(hop), { strikes, untilMs });
    forgetOldest(this.#known, MAX_HOSTS);
  }
}

function keyOf({ address, port }: Hop): string {
  return `${address} ${port}`;
}
