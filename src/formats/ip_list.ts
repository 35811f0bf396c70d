/**
 * Lists of IP addresses in `dmail.conf` (B30, document 000 lines 1062-1134), such as
 * `*,!161.29.5.*` and `161.29.3-5.0-255`.
 *
 * Plain addresses and wildcards compare the address as text, ranges octet by octet as numbers (A2).
 * IPv6 addresses and networks such as `10.0.0.0/8` are this product's addition.
 *
 * @module
 */
import { inNetwork, isIpv4, parseNetwork, unmapped } from "./ip_address.ts";
import { matchesWildcard } from "./wildcard.ts";

/** One element of a list. */
export type IpElement =
  /** A plain IPv4 address, or one with `*` and `?`; compared as text. */
  | { readonly kind: "text"; readonly pattern: string; readonly negated: boolean }
  /** Four octets, each from a number to a number, both included. */
  | { readonly kind: "range"; readonly octets: readonly OctetRange[] }
  /** The first `bits` bits of an address; a plain IPv6 address has all its bits. */
  | { readonly kind: "network"; readonly text: string; readonly negated: boolean };

/** Part of a range; a single number has `from` equal to `to`. */
export interface OctetRange {
  readonly from: number;
  readonly to: number;
}

/** A list as written, in order; never empty. */
export type IpList = readonly IpElement[];

/**
 * Parses a comma list of addresses, wildcards, ranges and networks.
 *
 * @throws {SyntaxError} If an element is none of these, or a range stands together with `!`
 *   (`*,!1.1.1.0-255` is bad, 000:1093), or with `*` or `?` in one element.
 */
export function parseIpList(text: string): IpList {
  const list = text.split(",").map(parseElement);
  const range = list.find((element) => element.kind === "range");
  if (range && list.some((element) => element.kind !== "range" && element.negated)) {
    throw new SyntaxError(
      `write a range or ! but not both: ! with a wildcard does the same, as in *,!161.29.5.*`,
    );
  }
  return list;
}

/** Writes a list so that {@linkcode parseIpList} reads it back. */
export function formatIpList(list: IpList): string {
  return list.map((element) => {
    if (element.kind === "range") return formatRange(element.octets);
    const text = element.kind === "text" ? element.pattern : element.text;
    return (element.negated ? "!" : "") + text;
  }).join(",");
}

/** A permissive list, such as forward_from_ip: whether one element or more matches (A1). */
export function matchesAnyIp(list: IpList, address: string): boolean {
  return list.some((element) => matchesElement(element, unmapped(address)));
}

/** A restrictive list, such as user_ip_address: whether the address passes every element (A1). */
export function matchesEveryIp(list: IpList, address: string): boolean {
  return list.every((element) => matchesElement(element, unmapped(address)));
}

/**
 * Whether no address can pass every element because two of them name different addresses: what
 * happens when somebody takes a restrictive list for a list of alternatives (A1).
 */
export function isContradiction(list: IpList): boolean {
  // Only a plain address itself can pass its own element, so it must pass all the others too.
  return list.some((element) => {
    const address = plainAddress(element);
    return address !== undefined && !matchesEveryIp(list, address);
  });
}

/** Whether every address passes: `*` in a permissive list, or a negated element beside others. */
export function matchesEverybody(list: IpList): boolean {
  return list.some((element) => {
    if (element.kind === "range") return element.octets.every((o) => o.from === 0 && o.to === 255);
    if (element.negated) return true;
    return element.kind === "text" ? /^[*.]*$/.test(element.pattern) : /\/0+$/.test(element.text);
  });
}

function parseElement(written: string): IpElement {
  const negated = written.startsWith("!");
  const text = negated ? written.slice(1) : written;
  const bad = (what: string) => new SyntaxError(`${JSON.stringify(written)}: ${what}`);
  if (text === "") throw bad("write an address between the commas, as in *,!161.29.5.24");
  if (/\s/.test(text)) throw bad("write the list without blanks, as in *,!161.29.5.24");
  if (text.includes("/") || (text.includes(":") && !/[*?]/.test(text))) {
    if (parseNetwork(text) === undefined) {
      throw bad("write a network as in 10.0.0.0/8 or fd00::/8, an IPv6 address as in fd00::1");
    }
    return { kind: "network", text, negated };
  }
  if (text.includes("-")) {
    if (negated) throw bad("write a range without !, or a wildcard: *,!161.29.5.*");
    return { kind: "range", octets: parseRange(text, bad) };
  }
  if (!isIpv4(text) && !/^(?=.*[*?])[\da-f.:*?]+$/i.test(text)) {
    throw bad("write an address as in 161.29.5.24, 161.29.5.*, 161.29.3-5.24 or 161.29.0.0/16");
  }
  return { kind: "text", pattern: text, negated };
}

function parseRange(text: string, bad: (what: string) => SyntaxError): readonly OctetRange[] {
  const octets = text.split(".").map((part) => {
    const found = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part);
    if (!found) throw bad("write a range as in 161.29.3-5.0-255, without * and ?");
    const from = Number(found[1]);
    const to = Number(found[2] ?? found[1]);
    if (from > to || to > 255) {
      throw bad("write ranges from the lower number to the higher, to 255");
    }
    return { from, to };
  });
  if (octets.length !== 4) throw bad("write a range with four parts, as in 161.29.3-5.0-255");
  return octets;
}

/** A range of single numbers keeps one dash: without it, it would be an address, compared as text. */
function formatRange(octets: readonly OctetRange[]): string {
  const isSingle = octets.every(({ from, to }) => from === to);
  return octets.map(({ from, to }, index) =>
    from === to && !(isSingle && index === 0) ? `${from}` : `${from}-${to}`
  ).join(".");
}

function matchesElement(element: IpElement, address: string): boolean {
  switch (element.kind) {
    case "text":
      return matchesWildcard(element.pattern, address) !== element.negated;
    case "range":
      return isIpv4(address) && address.split(".").every((octet, index) => {
        const range = element.octets[index]!; // parseRange() makes four.
        return range.from <= Number(octet) && Number(octet) <= range.to;
      });
    case "network":
      return inNetwork(element.text, address) !== element.negated;
  }
}

function plainAddress(element: IpElement): string | undefined {
  if (element.kind === "range" || element.negated) return undefined;
  if (element.kind === "text") return isIpv4(element.pattern) ? element.pattern : undefined;
  const network = parseNetwork(element.text);
  return network?.bits === network?.width ? element.text.replace(/\/.*/, "") : undefined;
}
