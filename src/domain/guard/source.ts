import { parseNetwork, unmapped } from "../../formats/ip_address.ts";

/**
 * Who is counted as one: an IPv4 address, or the 64 bits of an IPv6 network. Whoever has one IPv6
 * address has all of its /64 and may come from another one each time (RFC 4291 section 2.5.1).
 *
 * @param address An address, or what this function returned for one.
 */
export function sourceOf(address: string): string {
  const plain = plainAddress(address).replace(/\/64$/, "");
  if (!plain.includes(":")) return plain;
  const network = parseNetwork(plain);
  if (network === undefined) return plain;
  const groups = [112n, 96n, 80n, 64n].map((shift) => (network.value >> shift) & 0xffffn);
  return `${groups.map((group) => group.toString(16)).join(":")}::/64`;
}

/** Whether the client is a program on this machine, most likely one that many people use. */
export function isThisMachine(address: string): boolean {
  return address === "::1" || plainAddress(address) === "127.0.0.1";
}

/** One way of writing an address: in lower case, IPv4 as such, IPv6 without the zone. */
export function plainAddress(address: string): string {
  return unmapped(address).replace(/%.*$/, "").toLowerCase();
}
