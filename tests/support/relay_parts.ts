import type { RelayDeps, RelayOptions } from "../../src/agents/relay/mod.ts";
import { FakeResolver } from "./fake_resolver.ts";
import { SeededRandom } from "./seeded_random.ts";

/** How a relay behaves if nothing else is said: it knows no gateway. */
export function relayOptions(own: Partial<RelayOptions> = {}): RelayOptions {
  return {
    hostname: "office.here",
    ownNames: ["office.here"],
    gateways: [],
    proxies: [],
    logins: [],
    tls: [],
    nameServer: undefined,
    dnsTimeoutMs: 10_000,
    connectTimeoutMs: 30_000,
    ...own,
  };
}

/** Parts of a relay that has no DNS, and knows no address as its own. */
export function relayParts(): Pick<RelayDeps, "resolver" | "isOwn" | "random"> {
  return { resolver: new FakeResolver(), isOwn: () => false, random: new SeededRandom(1) };
}
