import { matchesWildcard } from "./wildcard.ts";

/**
 * A domain in the form in which two ways of writing the same one are equal: lower case, and
 * international names in the ASCII of RFC 5890 (`Bücher.example` is `xn--bcher-kva.example`). What
 * is no domain comes back in lower case.
 */
export function asciiDomain(domain: string): string {
  const lower = domain.toLowerCase();
  // Only what is a name for certain: a URL would make another host of `a/b` or `a:1`.
  if (!/\P{ASCII}/u.test(lower) || /[^\p{L}\p{N}\p{M}_.-]/u.test(lower)) return lower;
  return URL.canParse(`http://${lower}`) ? new URL(`http://${lower}`).hostname : lower;
}

/** {@linkcode asciiDomain} for a domain in which whole labels may be or hold wildcards. */
export function asciiDomainPattern(pattern: string): string {
  return pattern.split(".").map((label) => /[*?]/.test(label) ? label : asciiDomain(label))
    .join(".").toLowerCase();
}

/** Whether a domain is one of those that patterns in the form of {@linkcode asciiDomainPattern} mean. */
export function matchesDomain(patterns: readonly string[], domain: string): boolean {
  const ascii = asciiDomain(domain);
  return patterns.some((pattern) => matchesWildcard(pattern, ascii));
}

/**
 * Whether a domain is `node` or, unless `below` is false, below it; both in the form of
 * {@linkcode asciiDomain}.
 */
export function isWithin(domain: string, node: string, { below = true } = {}): boolean {
  return domain === node || (below && domain.endsWith(`.${node}`));
}
