import { forgetOldest } from "../../platform/mod.ts";
import type { Outcome } from "./mod.ts";

/** A next host that did not answer, for all whose mail goes there. */
export interface DeadLane {
  /** When it was found out. */
  readonly sinceTurn: number;
  /** When it is tried next, of the wall clock. */
  readonly untilMs: number;
  /** What came of trying it. */
  readonly outcome: Outcome;
}

/** More than these and the oldest is forgotten: its mail is tried one batch sooner. */
const MAX_LANES = 10_000;

/** What may be wrong with a host, or the way to it (RFC 3463 sections 3.4 and 3.5). */
const HOST_STATUS = /^4\.(4\.[13-6]|3\.2)$/;

/**
 * What the deliveries of one turn say of their next host. An agent that knows says so. Otherwise
 * several messages must have failed in the same words: a gateway that cannot reach one domain says so
 * with such a status too.
 */
export class HostVerdict {
  /** How many messages were meant for it. */
  messages = 0;
  #first: Outcome | undefined;
  #failed: Outcome | undefined;
  #isSame = true;

  /** Takes down how one delivery ended. */
  add(outcome: Outcome): void {
    this.#first ??= outcome;
    this.#isSame &&= isSame(outcome, this.#first);
    // What comes later counts: it may have died, or have come to life.
    this.#failed = outcome.kind === "temporary" && outcome.hostFailed ? outcome : undefined;
  }

  /** Whether anything was delivered, or failed. */
  get isKnown(): boolean {
    return this.#first !== undefined;
  }

  /** What is wrong with the host; `undefined`: it is alive, or it was the messages that failed. */
  get trouble(): Outcome | undefined {
    const first = this.#first;
    if (this.#failed !== undefined) return this.#failed;
    if (first?.kind !== "temporary" || !this.#isSame) return undefined;
    return this.messages > 1 && HOST_STATUS.test(first.status) ? first : undefined;
  }
}

function isSame(one: Outcome, other: Outcome): boolean {
  return one.kind === "temporary" && other.kind === "temporary" && one.status === other.status &&
    one.reason === other.reason;
}

/**
 * The next hosts that are dead at the moment. Their mail waits together for the next attempt: whether
 * one message or ten thousand, the host is tried once in a retry interval.
 */
export class DeadLanes {
  readonly #lanes = new Map<string, DeadLane>();
  #turn = 0;

  /** Larger than all before: tells what came first when the clock cannot. */
  nextTurn(): number {
    return ++this.#turn;
  }

  /** Notes what a batch said of its host. */
  note(lane: string, trouble: Outcome | undefined, untilMs: number): void {
    this.#lanes.delete(lane);
    if (trouble === undefined) return;
    this.#lanes.set(lane, { sinceTurn: this.nextTurn(), untilMs, outcome: trouble });
    forgetOldest(this.#lanes, MAX_LANES);
  }

  /**
   * What is known of a lane, if mail for it must wait: not if somebody has asked for it since then, and
   * not if the clock was set back.
   */
  of(
    lane: string,
    { nowMs, everyMs, askedTurn }: {
      readonly nowMs: number;
      readonly everyMs: number;
      /** `undefined`: nobody has. */
      readonly askedTurn: number | undefined;
    },
  ): DeadLane | undefined {
    const dead = this.#lanes.get(lane);
    if (dead === undefined || nowMs >= dead.untilMs || dead.untilMs > nowMs + everyMs) {
      return undefined;
    }
    return askedTurn !== undefined && askedTurn > dead.sinceTurn ? undefined : dead;
  }

  /** Forgets them all: the configuration, or the line, has changed. */
  clear(): void {
    this.#lanes.clear();
  }
}
