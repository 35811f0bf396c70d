import type { DeliveryJob, LaneJobs } from "../../domain/queue/mod.ts";
import type { Destination } from "../../domain/routing/mod.ts";
import { type Mail, MAX_RECIPIENTS } from "./envelope_lines.ts";

/** A message for some of its destinations in one lane, few enough for one transaction. */
export interface Part extends Mail {
  readonly job: DeliveryJob;
  readonly destinations: readonly Destination[];
}

/** Most parts that are put aside for other lanes; then these come first. */
const MAX_ASIDE = 100;

/** A message for these destinations. */
export function partOf(job: DeliveryJob, destinations: readonly Destination[]): Part {
  return {
    ...{ job, destinations, message: job.message, addresses: destinations.map(addressOf) },
    requests: destinations.map((destination) => job.requestFor(destination)),
  };
}

/** Where a destination is in the world. @throws {TypeError} If it is not there. */
export function addressOf(destination: Destination): string {
  if (destination.kind !== "relay") throw new TypeError(`Not for the world: ${destination.kind}`);
  return destination.address;
}

/**
 * What a turn has to send, taken from the queue as it is needed. Since a job was given its lane
 * another configuration, or another answer from DNS, may have come: each part goes to the lane of now.
 */
export class Intake {
  readonly #jobs: LaneJobs;
  #iterator: Iterator<DeliveryJob>;
  readonly #laneOf: (destination: Destination) => string;
  /** By lane, in order. */
  readonly #held = new Map<string, Part[]>();
  #heldParts = 0;
  #isClosed = false;

  constructor(jobs: LaneJobs, laneOf: (destination: Destination) => string) {
    this.#jobs = jobs;
    this.#iterator = jobs[Symbol.iterator]();
    this.#laneOf = laneOf;
  }

  /** The lane that is next; `undefined`: there is nothing to send. */
  get lane(): string | undefined {
    do {
      for (const lane of this.#held.keys()) if (this.#first(lane) !== undefined) return lane;
    } while (this.#pull());
    return undefined;
  }

  /** What is next in a lane; it stays there. What was withdrawn meanwhile goes back as it is. */
  peek(lane: string): Part | undefined {
    let part = this.#first(lane);
    while (part === undefined && this.#heldParts < MAX_ASIDE && this.#pull()) {
      part = this.#first(lane);
    }
    return part;
  }

  /** Takes what is next in a lane. */
  next(lane: string): Part | undefined {
    const part = this.peek(lane);
    if (part !== undefined) this.#drop(lane);
    return part;
  }

  /** Takes what was put aside in a lane, and nothing more from the queue. */
  held(lane: string): readonly Part[] {
    const parts: Part[] = [];
    for (let part = this.#first(lane); part !== undefined; part = this.#first(lane)) {
      parts.push(part);
      this.#drop(lane);
    }
    return parts;
  }

  /** Puts parts where they came from, before all others. */
  putBack(lane: string, parts: readonly Part[]): void {
    this.#held.set(lane, [...parts, ...this.#held.get(lane) ?? []]);
    this.#heldParts += parts.length;
  }

  /** When there was nothing more: resolves when there may be; `undefined`: there will not. */
  coming(): Promise<void> | undefined {
    if (this.#isClosed || this.#heldParts >= MAX_ASIDE) return undefined;
    const { coming } = this.#jobs;
    if (coming !== undefined) this.#iterator = this.#jobs[Symbol.iterator]();
    return coming;
  }

  /** Takes nothing more from the queue. */
  close(): void {
    this.#isClosed = true;
  }

  #first(lane: string): Part | undefined {
    const parts = this.#held.get(lane) ?? [];
    while (parts[0]?.job.withdrawn) this.#drop(lane);
    return parts[0];
  }

  #drop(lane: string): void {
    const parts = this.#held.get(lane) ?? [];
    parts.shift();
    this.#heldParts--;
    if (parts.length === 0) this.#held.delete(lane);
  }

  /** Takes one job from the queue; whether there was one. */
  #pull(): boolean {
    if (this.#isClosed) return false;
    const { done, value: job } = this.#iterator.next();
    if (done) return false;
    for (const [lane, destinations] of Map.groupBy(job.destinations, this.#laneOf)) {
      const parts = this.#held.get(lane) ?? [];
      this.#held.set(lane, parts);
      for (let start = 0; start < destinations.length; start += MAX_RECIPIENTS) {
        parts.push(partOf(job, destinations.slice(start, start + MAX_RECIPIENTS)));
        this.#heldParts++;
      }
    }
    return true;
  }
}
