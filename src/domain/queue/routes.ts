import type { Clock, Log } from "../../platform/mod.ts";
import type { Destination, Router } from "../routing/mod.ts";
import type { Deliveries } from "./deliveries.ts";
import { isDue, type Item, keyOf, type Progress, type Unit } from "./item.ts";
import { Job } from "./job.ts";
import type { Kept } from "./kept.ts";
import type { Outcome } from "./mod.ts";

/** What {@linkcode Routes} are made of. */
export interface RoutesOptions {
  readonly router: Pick<Router, "resolve">;
  readonly deliveries: Deliveries;
  readonly kept: Kept;
  /** Whether the line is there for an address in the world. */
  readonly lineOpen: (address: string) => boolean;
  /** Whether mail for an address in the world waits until somebody asks for it; it does not age. */
  readonly waitsForEtrn: (address: string) => boolean;
  /** allowdup: a maildrop gets a copy for each recipient that leads there. */
  readonly allowDuplicates: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Looks up where recipients lead and hands their message to the agents. The route is taken anew at
 * each attempt: what waits follows the configuration of now.
 */
export class Routes {
  readonly #options: RoutesOptions;

  constructor(options: RoutesOptions) {
    this.#options = options;
  }

  /** Routes what is due of a message, and again what became due meanwhile. Never rejects. */
  async route(item: Item): Promise<void> {
    item.ready = false;
    item.routing = true;
    try {
      do {
        item.again = false;
        await this.#routeOnce(item);
      } while (item.again);
    } catch (error) {
      this.#options.log.error("Cannot route", { id: item.message.id, reason: String(error) });
    } finally {
      item.routing = false;
    }
  }

  async #routeOnce(item: Item): Promise<void> {
    const { clock, lineOpen, kept } = this.#options;
    const moment = { nowMs: clock.now(), lineOpen };
    const routes: { readonly progress: Progress; readonly to: readonly Destination[] }[] = [];
    for (const progress of item.recipients.filter((one) => isDue(one, moment))) {
      if (item.held || item.finished) return;
      routes.push({ progress, to: await this.#resolve(progress.recipient.address) });
    }
    // Without a wait from here to the end: a line that opens meanwhile would be missed.
    const units = routes.flatMap(({ progress, to }) => this.#plan(item, progress, to));
    const refused = units.filter(({ destination }) => destination.kind === "reject");
    this.#handOver(item, units.filter((unit) => !refused.includes(unit)));
    if (refused.length > 0) {
      await this.#options.deliveries.decide(new Job(item, refused), refusal);
    } else if (item.unsaved) {
      await kept.save(item);
    }
  }

  /** What cannot be looked up now is a destination too: one that fails for now. */
  async #resolve(address: string): Promise<readonly Destination[]> {
    const unavailable = (status: string, reason: string): readonly Destination[] => [
      { kind: "reject", address, status: status.replace(/^\d/, "4"), reason },
    ];
    try {
      const resolution = await this.#options.router.resolve(address);
      return resolution.kind === "resolved"
        ? resolution.destinations
        : unavailable(resolution.status, resolution.reason);
    } catch (error) {
      this.#options.log.error("Cannot look up a recipient", { address, reason: String(error) });
      return unavailable("4.3.0", "The recipient cannot be looked up"); // A sender may read this.
    }
  }

  /** Notes where a recipient leads; returns what is to be delivered for it and nobody delivers yet. */
  #plan(item: Item, progress: Progress, to: readonly Destination[]): readonly Unit[] {
    const fresh: Unit[] = [];
    progress.copy = this.#options.allowDuplicates() ? item.recipients.indexOf(progress) : 0;
    progress.ways = to.filter(({ kind }) => kind !== "robot").length;
    progress.open = to.filter((destination) => !item.isSettled(destination, progress));
    progress.nextAttemptMs = Infinity;
    const shut: string[] = [];
    progress.shut = shut;
    for (const destination of progress.open) {
      if (destination.kind === "relay" && !this.#options.lineOpen(destination.address)) {
        shut.push(destination.address);
        if (this.#options.waitsForEtrn(destination.address)) stayYoung(item, progress);
        continue;
      }
      const copy = destination.kind === "maildrop" ? progress.copy : 0;
      const key = keyOf(destination, copy);
      const known = item.units.get(key);
      const unit = known ?? { key, destination, copy, recipients: [] };
      unit.recipients.push(progress);
      progress.inFlight++;
      item.units.set(key, unit);
      if (known === undefined) fresh.push(unit);
    }
    if (progress.open.length === 0) this.#finish(item, progress, to);
    return fresh;
  }

  #finish(item: Item, progress: Progress, to: readonly Destination[]): void {
    progress.finished = true;
    item.unsaved = true;
    const fields = { id: item.message.id, to: progress.recipient.address };
    if (to.length === 0) this.#options.log.info("Discarded as the route says", fields);
  }

  #handOver(item: Item, units: readonly Unit[]): void {
    const { deliveries } = this.#options;
    for (const kind of ["maildrop", "robot", "file"] as const) {
      for (const unit of units.filter(({ destination }) => destination.kind === kind)) {
        deliveries.add(kind, deliveries.laneOf(kind, unit.destination), new Job(item, [unit]));
      }
    }
    const relayed = units.filter(({ destination }) => destination.kind === "relay");
    if (relayed.length > 0) deliveries.relay(new Job(item, relayed));
    item.asked = undefined;
  }
}

/** What waits for ETRN does not age (S21), and what it has aged before is forgotten. */
function stayYoung(item: Item, progress: Progress): void {
  if (progress.agedMs === 0 && progress.lastAttemptMs === 0) return;
  progress.agedMs = 0;
  progress.lastAttemptMs = 0;
  item.unsaved = true;
}

/** The status of a refusal says whether it is for good (RFC 3463 section 3.1). */
function refusal(destination: Destination): Outcome {
  if (destination.kind !== "reject") throw new TypeError(`Not refused: ${destination.kind}`);
  const { status, reason } = destination;
  return { kind: status.startsWith("4") ? "temporary" : "permanent", status, reason };
}
