import { inNetwork, isIpv4, sameAddress } from "../formats/ip_address.ts";
import type { Endpoint, Machine } from "../platform/mod.ts";

/** What leads to this machine from itself, whatever its interfaces are called. */
const THIS_MACHINE = ["127.0.0.0/8", "0.0.0.0", "::1", "::"];

/** The address by which this machine reaches a listener of its own, which may be at all addresses. */
export function reachableHost(host: string): string {
  return host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
}

/** Whether who connects to an endpoint reaches one of `listeners`. */
export function isOwnEndpoint(
  { host, port }: Endpoint,
  listeners: readonly Endpoint[],
  machine: Pick<Machine, "addresses">,
): boolean {
  return isOwnAddress(host, listeners.filter((at) => at.port === port), machine);
}

/**
 * Whether who connects to `ip` reaches one of `listeners`. Where we listen at all addresses, those
 * of this machine at the moment are ours.
 */
export function isOwnAddress(
  ip: string,
  listeners: readonly Endpoint[],
  { addresses }: Pick<Machine, "addresses">,
): boolean {
  const hosts = listeners.map(({ host }) => host);
  const atAll = hosts.includes("::") || (hosts.includes("0.0.0.0") && isIpv4(ip));
  if (atAll && THIS_MACHINE.some((network) => inNetwork(network, ip))) return true;
  return [...hosts, ...(atAll ? addresses() : [])].some((own) => sameAddress(own, ip));
}
