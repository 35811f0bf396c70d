import type { Clock, Log } from "../../platform/mod.ts";
import { isThisMachine, plainAddress, sourceOf } from "./source.ts";
import { TriedPasswords } from "./tried_passwords.ts";
import { WindowCounts } from "./window_counts.ts";

/** What a client did that makes it look like an attacker. */
export type Offence = "wrong password" | "unknown user" | "broken protocol";

/** When an address is banned (ban_auto), and for how long. */
export interface BanRule {
  readonly failures: number;
  readonly withinMs: number;
  readonly banMs: number;
}

/** An address that is banned now. */
export interface Ban {
  /** An IPv4 address, or an IPv6 network as in `2001:db8:1:2::/64`. */
  readonly address: string;
  /** What it did last. */
  readonly offence: Offence;
  /** Wall time, in ms since the Unix epoch. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What bans depend on; asked for at each question, so that a reload takes effect at once. */
export interface BanOptions {
  /** `undefined`: nobody is banned. */
  readonly rule: () => BanRule | undefined;
  /** Who is never banned, besides this machine (fromip_nolimit, the upstream server). */
  readonly isExempt: (address: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

interface BanEntry {
  readonly offence: Offence;
  /** Monotonic. */
  readonly fromMs: number;
  readonly endMs: number;
}

/** Sources that are counted, and sources that are banned, at a time. */
const MAX_SOURCES = 10_000;

/** What an offence counts: before a session is thrown off it has made many errors already. */
const WEIGHT: Readonly<Record<Offence, number>> = {
  "wrong password": 1,
  "unknown user": 1,
  "broken protocol": 5,
};

/** Bans those who guess passwords or names, for a while. Counts and bans live as long as the process. */
export class Bans {
  readonly #options: BanOptions;
  readonly #failures: WindowCounts;
  readonly #tried: TriedPasswords;
  readonly #maxSources: number;
  /** By source, the one that was banned first at the front. */
  readonly #bans = new Map<string, BanEntry>();

  constructor(options: BanOptions, { maxSources = MAX_SOURCES } = {}) {
    this.#options = options;
    this.#maxSources = maxSources;
    this.#failures = new WindowCounts(options.clock, { maxSources });
    this.#tried = new TriedPasswords(options.clock);
  }

  /**
   * Notes a wrong password. The same one of the same user counts once, as long as it is tried again
   * within the time of the rule: a program that has saved it must not lock its whole office out.
   *
   * @returns Whether the address is banned from now on.
   */
  noteWrongPassword(
    credentials: { readonly user: string; readonly password: string },
    address: string,
  ): boolean {
    const withinMs = this.#options.rule()?.withinMs ?? 0;
    const repeats = this.#tried.repeats(sourceOf(address), credentials, withinMs);
    return !repeats && this.note("wrong password", address);
  }

  /** Notes what a client did; true if its address is banned from now on. */
  note(offence: Offence, address: string): boolean {
    const { rule, clock, log } = this.#options;
    const { failures, withinMs, banMs } = rule() ?? NEVER;
    const source = sourceOf(address);
    if (banMs === 0 || this.#isExempt(address) || this.banned(address) !== undefined) return false;
    if (this.#failures.add(source, withinMs, WEIGHT[offence]) < failures) return false;
    this.#failures.forget(source);
    const fromMs = clock.monotonic();
    this.#bans.set(source, { offence, fromMs, endMs: fromMs + banMs });
    if (this.#bans.size > this.#maxSources) this.#end(this.#bans.keys().next().value!, "no room");
    log.warn("Banned an address", { from: source, offence, minutes: Math.round(banMs / 60_000) });
    return true;
  }

  /** The ban that an address is under, if any. */
  banned(address: string): Ban | undefined {
    this.#endThoseThatAreOver();
    if (this.#options.rule() === undefined || this.#isExempt(address)) return undefined;
    const source = sourceOf(address);
    const entry = this.#bans.get(source);
    return entry && this.#shown(source, entry);
  }

  /** All bans of now, the oldest first. */
  list(): readonly Ban[] {
    this.#endThoseThatAreOver();
    if (this.#options.rule() === undefined) return [];
    return [...this.#bans].map(([source, entry]) => this.#shown(source, entry));
  }

  /** Ends a ban; false if there is none. Takes an address, or a network as {@linkcode list} has it. */
  lift(address: string): boolean {
    const source = sourceOf(address);
    this.#failures.forget(source);
    if (!this.#bans.has(source)) return false;
    this.#end(source, "lifted");
    return true;
  }

  #isExempt(address: string): boolean {
    return isThisMachine(address) || this.#options.isExempt(plainAddress(address));
  }

  #shown(source: string, { offence, fromMs, endMs }: BanEntry): Ban {
    const { clock } = this.#options;
    const wallMs = clock.now() - clock.monotonic();
    return { address: source, offence, sinceMs: wallMs + fromMs, untilMs: wallMs + endMs };
  }

  #endThoseThatAreOver(): void {
    const nowMs = this.#options.clock.monotonic();
    for (const [source, { endMs }] of this.#bans) if (endMs <= nowMs) this.#end(source, "over");
  }

  #end(source: string, why: "over" | "lifted" | "no room"): void {
    this.#bans.delete(source);
    this.#options.log.info("Ended the ban of an address", { from: source, why });
  }
}

const NEVER: BanRule = { failures: 1, withinMs: 0, banMs: 0 };
