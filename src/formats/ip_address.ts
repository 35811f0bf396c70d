/** IP addresses and networks, IPv4 and IPv6, as text and as numbers. */

/** A network, or with all its bits one address. */
export interface Network {
  readonly width: 32 | 128;
  readonly value: bigint;
  readonly bits: number;
}

/** Whether `text` is one IPv4 or IPv6 address. */
export function isIpAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

/** Whether `text` is one IPv4 address; octets may have leading zeros. */
export function isIpv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) &&
    text.split(".").every((octet) => Number(octet) <= 255);
}

/** A dual-stack socket reports an IPv4 client as `::ffff:1.2.3.4`; rules are written for IPv4. */
export function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}

/** Parses `10.0.0.0/8`, `fd00::/8` or a single address; `undefined` if it is none. */
export function parseNetwork(text: string): Network | undefined {
  const [base = "", length, extra] = text.split("/");
  const address = parseAddress(base);
  if (address === undefined || extra !== undefined) return undefined;
  if (length === undefined) return { ...address, bits: address.width };
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Infinity;
  return bits <= address.width ? { ...address, bits } : undefined;
}

/** Whether `address` lies in a network written as for {@linkcode parseNetwork}. */
export function inNetwork(text: string, address: string): boolean {
  const network = parseNetwork(text);
  const candidate = parseAddress(address);
  if (network === undefined || candidate?.width !== network.width) return false;
  const shift = BigInt(network.width - network.bits);
  return network.value >> shift === candidate.value >> shift;
}

/** The 4 or 16 octets of an address, as protocols carry it; `undefined` if it is none. */
export function addressOctets(text: string): Uint8Array | undefined {
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  const digits = address.value.toString(16).padStart(address.width / 4, "0");
  return Uint8Array.fromHex(digits);
}

/** Whether two texts are one address, however they write it. */
export function sameAddress(one: string, other: string): boolean {
  const [left, right] = [parseAddress(one), parseAddress(other)];
  return left !== undefined && left.width === right?.width && left.value === right.value;
}

function parseAddress(text: string): { width: 32 | 128; value: bigint } | undefined {
  if (isIpv4(text)) return { width: 32, value: ipv4Value(text) };
  const value = parseIpv6(text);
  return value === undefined ? undefined : { width: 128, value };
}

function ipv4Value(text: string): bigint {
  return text.split(".").reduce((sum, octet) => (sum << 8n) | BigInt(Number(octet)), 0n);
}

/** RFC 4291 section 2.2, all three forms. */
function parseIpv6(text: string): bigint | undefined {
  const [, front, dotted] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? [];
  if (dotted !== undefined) {
    if (!isIpv4(dotted)) return undefined;
    const low = ipv4Value(dotted);
    return parseIpv6(`${front}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  if (!/^[\da-f:]{2,39}$/i.test(text)) return undefined;
  const halves = text.split("::").map((half) => half === "" ? [] : half.split(":"));
  const [before = [], after = []] = halves;
  const missing = 8 - before.length - after.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined;
  const groups = [...before, ...Array<string>(missing).fill("0"), ...after];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
