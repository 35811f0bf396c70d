import { splitAddress } from "../../formats/address.ts";
import { asciiDomain } from "../../formats/domain.ts";
import { matchesWildcard, type WildcardList } from "../../formats/wildcard.ts";

/**
 * Whether a mail address is in a list of ban_mailfrom or ban_rcptto: a permissive list, one element
 * is enough. An element with an `@` means whole addresses, one without means their domain too:
 * `spam.example` is everybody there. The empty sender of a bounce is in no list: whoever refuses
 * bounces never learns that mail was not delivered (RFC 5321 section 4.5.5).
 */
export function isBanned(list: WildcardList, address: string): boolean {
  if (address === "" || list.length === 0) return false;
  const { local, domain: written } = splitAddress(address);
  const domain = asciiDomain(written);
  return list.some(({ pattern, negated }) => {
    const matches = matchesWildcard(pattern, `${local}@${domain}`) ||
      (!pattern.includes("@") && matchesWildcard(pattern, domain));
    return matches !== negated;
  });
}
