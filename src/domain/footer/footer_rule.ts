import { splitAddress } from "../../formats/address.ts";
import { asciiDomain } from "../../formats/domain.ts";
import { matchesWildcard } from "../../formats/wildcard.ts";

/** Which mail gets which footer. */
export interface FooterRule {
  /** In lower case; `*` and `?` are wildcards. */
  readonly domains: readonly string[];
  /** Lines, however they end. */
  readonly text: string;
}

/** The footer for an envelope sender: that of the first rule. A bounce has none. */
export function footerFor(rules: readonly FooterRule[], sender: string): string | undefined {
  const domain = asciiDomain(splitAddress(sender).domain);
  if (domain === "") return undefined;
  return rules.find(({ domains }) => domains.some((each) => matchesWildcard(each, domain)))?.text;
}
