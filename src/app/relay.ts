import { createRelay, createResolver, type TurnedSessions } from "../agents/relay/mod.ts";
import type { Config } from "../config/mod.ts";
import type { DeliveryAgent } from "../domain/queue/mod.ts";
import type { Logs } from "../platform/mod.ts";
import { isOwnEndpoint } from "./own_addresses.ts";
import { goesByAtrn, isParked, isSuspended } from "./suspended_domains.ts";
import type { World } from "./world.ts";

/** The relay over the configuration of now, with its way to DNS. */
export function openRelay({ config, logs, turned, world }: {
  readonly config: () => Config;
  readonly logs: Logs;
  readonly turned: TurnedSessions;
  readonly world: Pick<World, "clock" | "dns" | "machine" | "net" | "random">;
}): DeliveryAgent {
  const { clock, dns, machine, net, random } = world;
  const options = () => config().relay;
  const [suspended, byAtrn] = [isSuspended(config), goesByAtrn(config)];
  const waitsForAtrn = (address: string) => suspended(address) && byAtrn(address);
  return createRelay({
    options,
    resolver: createResolver({ options, dns, net, clock, random }),
    isOwn: (at) => isOwnEndpoint(at, config().listen.smtp, machine),
    isParked: (domain) => isParked(config(), domain),
    waitsForAtrn: (domain) => waitsForAtrn(`postmaster@${domain}`),
    ...{ turned, net, clock, random },
    log: logs.for("dsmtp"),
  });
}
