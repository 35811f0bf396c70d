import { splitAddress } from "../../formats/address.ts";
import { asciiDomain, asciiDomainPattern } from "../../formats/domain.ts";
import { matchesWildcard } from "../../formats/wildcard.ts";
import type { Gateway } from "./mod.ts";

/** A line of the configuration about the domains that match. */
interface DomainLine {
  /** Domain, or wildcard. */
  readonly domain: string;
}

/**
 * The gateway for mail to `address` (S19): an exact domain outranks a wildcard, the longest
 * wildcard wins, among equals the first. `undefined` if none matches.
 */
export function gatewayFor(address: string, gateways: readonly Gateway[]): Gateway | undefined {
  return lineFor(asciiDomain(splitAddress(address).domain), gateways);
}

/** The line that fits a domain in ASCII best, ranked as for {@linkcode gatewayFor}. */
export function lineFor<Line extends DomainLine>(
  domain: string,
  lines: readonly Line[],
): Line | undefined {
  const best = Math.max(0, ...lines.map((line) => exactness(line, domain)));
  return best === 0 ? undefined : lines.find((line) => exactness(line, domain) === best);
}

/** How exactly a line names a domain in ASCII; 0 if it does not. */
export function exactness(line: DomainLine, domain: string): number {
  const pattern = asciiDomainPattern(line.domain);
  if (pattern === domain) return Infinity;
  return /[*?]/.test(pattern) && matchesWildcard(pattern, domain) ? pattern.length : 0;
}
