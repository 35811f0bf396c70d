import { addressOctets, inNetwork, isIpAddress, isIpv4, unmapped } from "./ip_address.ts";

/**
 * The IP address in an address literal: `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 section
 * 4.1.3), in the same letters however it is written. `undefined` if `domain` is none, or not a valid
 * one. Literals of other kinds have never been registered.
 */
export function literalAddress(domain: string): string | undefined {
  const [, tag, text = ""] = /^\[(ipv6:)?([^[\]]*)\]$/i.exec(domain) ?? [];
  if (!isIpAddress(text) || isIpv4(text) !== (tag === undefined)) return undefined;
  return canonical(text);
}

/** Whether `domain` is meant to be an address literal; it may be a bad one. */
export function isLiteral(domain: string): boolean {
  return domain.startsWith("[");
}

/** Networks in which there is no host that mail could be sent to: this machine, groups, nobody. */
const NO_HOSTS = ["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::", "::1", "ff00::/8"];

/** Whether an address may be that of another host. */
export function isHostAddress(ip: string): boolean {
  return !NO_HOSTS.some((network) => inNetwork(network, ip));
}

/** Leading zeros would make octal numbers of decimal ones elsewhere. */
function canonical(ip: string): string {
  if (isIpv4(ip)) return ip.split(".").map(Number).join(".");
  const octets = addressOctets(ip) ?? new Uint8Array(16);
  const dotted = `::ffff:${octets.subarray(12).join(".")}`;
  if (isMapped(octets)) return unmapped(dotted);
  return new URL(`http://[${ip}]`).hostname.slice(1, -1);
}

/** Whether it is an IPv4 address within IPv6 (RFC 4291 section 2.5.5.2). */
function isMapped(octets: Uint8Array): boolean {
  return octets.subarray(0, 12).toHex() === "00000000000000000000ffff";
}
