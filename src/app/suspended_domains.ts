import type { Config } from "../config/mod.ts";
import { splitAddress } from "../formats/address.ts";
import { asciiDomain } from "../formats/domain.ts";
import { matchesWildcard } from "../formats/wildcard.ts";

/** Whether mail for an address waits until ETRN asks for it (S21), by the configuration of now. */
export function isSuspended(
  config: () => Pick<Config, "suspendedDomains">,
): (address: string) => boolean {
  return (address) => {
    const patterns = config().suspendedDomains;
    if (patterns.length === 0) return false; // The queue asks often.
    const domain = asciiDomain(splitAddress(address).domain);
    return patterns.some((pattern) => matchesWildcard(pattern, domain));
  };
}
