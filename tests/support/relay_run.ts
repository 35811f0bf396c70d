import { createRelay, type RelayOptions } from "../../src/agents/relay/mod.ts";
import type { DeliveryAgent, DeliveryJob, Outcome } from "../../src/domain/queue/mod.ts";
import type { Log, Net } from "../../src/platform/mod.ts";
import { deliverAsQueue } from "./as_queue.ts";
import { ManualClock } from "./manual_clock.ts";
import { relayOptions, relayParts } from "./relay_parts.ts";
import { silentLog } from "./silent_log.ts";

/** A relay whose world is one gateway, and what came of each address: all it was ever told. */
export class RelayRun {
  readonly clock = new ManualClock();
  readonly outcomes = new Map<string, Outcome[]>();
  readonly relay: DeliveryAgent;
  /** How many jobs are there at a time; the others come while the session goes on. */
  atOnce = Infinity;
  /** Called before an outcome is noted. */
  onSettle: (address: string, outcome: Outcome) => void = () => {};

  constructor(net: Net, options: Partial<RelayOptions> = {}, log: Log = silentLog) {
    const gateways = [{ domain: "*", host: "mx.world", port: 25 }];
    this.relay = createRelay({
      ...{ ...relayParts(), net, clock: this.clock, log },
      options: () => relayOptions({ gateways, ...options }),
    });
  }

  async deliver(
    jobs: readonly DeliveryJob[],
    signal = new AbortController().signal,
  ): Promise<void> {
    await deliverAsQueue(
      this.relay,
      "lane",
      jobs,
      (_job, destination, outcome) => {
        if (destination.kind !== "relay") throw new TypeError("Not for the world");
        const { address } = destination;
        this.onSettle(address, outcome);
        this.outcomes.set(address, [...this.outcomes.get(address) ?? [], outcome]);
        return Promise.resolve();
      },
      signal,
      this.atOnce,
    );
  }

  /** How the last attempt ended for an address. */
  kindOf(address: string): Outcome["kind"] | undefined {
    return this.outcomes.get(address)?.at(-1)?.kind;
  }
}
