import type { Recipient } from "../../formats/envelope.ts";
import type { StoredMessage } from "../../store/mod.ts";
import type { Destination } from "../routing/mod.ts";
import { type Item, keyOf, type Progress, type Unit } from "./item.ts";
import type { DeliveryJob, Outcome } from "./mod.ts";
import type { Notice } from "./notices.ts";
import { type DsnRequest, requestFor } from "./passed_on.ts";

/** A notice with what it is about. */
export interface JobNotice extends Notice {
  readonly key: string;
  readonly progress: Progress;
}

/** What one agent does for one message, and what has come of it so far. */
export class Job implements DeliveryJob {
  readonly item: Item;
  readonly units: readonly Unit[];
  readonly mayBeDone: boolean;
  /** Units whose fate is not known. */
  readonly undecided: Set<Unit>;
  /** What the sender, or who stands in for one, is to be told. */
  readonly notices: JobNotice[] = [];
  /** When somebody wanted it tried; `undefined`: it is just due. */
  readonly askedTurn: number | undefined;
  /** `clock.monotonic()` when an agent got it; `undefined`: none has. */
  startedMs: number | undefined;
  /** Nothing more is expected of the agent. */
  concluded = false;
  /** Whether it may still begin; set when an agent gets it. */
  mayBegin: () => boolean = () => true;

  constructor(item: Item, units: readonly Unit[], askedTurn = item.asked?.turn) {
    this.item = item;
    this.units = units;
    this.askedTurn = askedTurn;
    this.undecided = new Set(units);
    // After an attempt that failed somewhere on the way nobody knows how far it had come.
    this.mayBeDone = item.mayBeDone ||
      units.some(({ recipients }) => recipients.some(({ attempts }) => attempts > 0));
  }

  /** A job for some of its units; together with others it takes the place of this one. */
  part(units: readonly Unit[]): Job {
    return new Job(this.item, units, this.askedTurn);
  }

  get withdrawn(): boolean {
    return !this.mayBegin();
  }

  get message(): StoredMessage {
    return this.item.message;
  }

  get deliveryId(): string {
    const copy = this.units[0]?.copy ?? 0;
    return copy === 0 ? this.message.id : `${this.message.id}-${copy}`;
  }

  get destinations(): readonly Destination[] {
    return this.units.map(({ destination }) => destination);
  }

  get recipients(): readonly Recipient[] {
    return this.units.flatMap(({ recipients }) => recipients.map(({ recipient }) => recipient));
  }

  requestFor(destination: Destination): DsnRequest {
    const unit = this.units.find((one) => one.destination === destination);
    if (unit === undefined) throw new TypeError("Not a destination of this job");
    return requestFor(unit);
  }

  /** Where it goes in the world. */
  get addresses(): readonly string[] {
    return this.destinations.flatMap((one) => one.kind === "relay" ? [one.address] : []);
  }

  /** Takes down the fate of a destination once; `undefined` if it is known already. */
  decide(destination: Destination): Unit | undefined {
    const key = keyOf(destination);
    const unit = this.units.find((one) => keyOf(one.destination) === key);
    return unit !== undefined && this.undecided.delete(unit) ? unit : undefined;
  }
}

/** A temporary failure that no agent has put into words. */
export const INTERRUPTED: Outcome = {
  kind: "temporary",
  status: "4.3.0",
  reason: "The delivery ended before its result was known",
};
