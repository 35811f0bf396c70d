import { splitAddress } from "../../formats/address.ts";
import { matchesWildcard } from "../../formats/wildcard.ts";
import type { Gateway } from "./mod.ts";

/**
 * The gateway for mail to `address` (S19): an exact domain outranks a wildcard, the longest
 * wildcard wins, among equals the first. `undefined` if none matches.
 */
export function gatewayFor(address: string, gateways: readonly Gateway[]): Gateway | undefined {
  const domain = splitAddress(address).domain.toLowerCase();
  const rank = (gateway: Gateway) => {
    const pattern = gateway.domain.toLowerCase();
    if (pattern === domain) return Infinity;
    return pattern.includes("*") && matchesWildcard(pattern, domain) ? pattern.length : 0;
  };
  const best = Math.max(0, ...gateways.map(rank));
  return best === 0 ? undefined : gateways.find((gateway) => rank(gateway) === best);
}
