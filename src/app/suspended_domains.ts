import { gatewayFor } from "../agents/relay/mod.ts";
import type { Config } from "../config/mod.ts";
import { splitAddress } from "../formats/address.ts";
import { asciiDomain, matchesDomain } from "../formats/domain.ts";

/** Whether mail for an address waits until ETRN asks for it (S21), by the configuration of now. */
export function isSuspended(
  config: () => Pick<Config, "suspendedDomains">,
): (address: string) => boolean {
  return (address) => {
    const patterns = config().suspendedDomains;
    if (patterns.length === 0) return false; // The queue asks often.
    return matchesDomain(patterns, splitAddress(address).domain);
  };
}

/**
 * Whether mail for an address is handed out by ATRN and has no host of its own that ETRN could have it
 * sent to, by the configuration of now.
 */
export function goesByAtrn(
  config: () => Pick<Config, "atrnRules" | "relay">,
): (address: string) => boolean {
  return (address) => {
    const { atrnRules, relay } = config();
    const domain = asciiDomain(splitAddress(address).domain);
    return atrnRules.some((rule) => rule.domain === domain) &&
      gatewayFor(address, relay.gateways.filter((gateway) => gateway.domain !== "*")) === undefined;
  };
}

/**
 * Whether mail for a domain, in ASCII, waits here until it is asked for, be it by ETRN (suspend_domain)
 * or by ATRN (atrn_domain).
 */
export function isParked(
  { suspendedDomains, atrnRules }: Pick<Config, "suspendedDomains" | "atrnRules">,
  domain: string,
): boolean {
  return matchesDomain(suspendedDomains, domain) ||
    atrnRules.some((rule) => rule.domain === domain);
}
