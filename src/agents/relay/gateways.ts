import { splitAddress } from "../../formats/address.ts";
import { asciiDomain } from "../../formats/domain.ts";
import { matchesWildcard } from "../../formats/wildcard.ts";
import type { Gateway } from "./mod.ts";

/** A line of the configuration about the domains that match. */
interface DomainLine {
  /** In ASCII and lower case; it may be a wildcard. */
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
  let best: { readonly line: Line; readonly rank: number } | undefined;
  for (const line of lines) {
    const rank = exactness(line, domain);
    if (rank > (best?.rank ?? 0)) best = { line, rank };
  }
  return best?.line;
}

/** How exactly a line names a domain in ASCII; 0 if it does not. */
export function exactness(line: DomainLine, domain: string): number {
  const { domain: pattern } = line;
  if (pattern === domain) return Infinity;
  return /[*?]/.test(pattern) && matchesWildcard(pattern, domain) ? pattern.length : 0;
}
