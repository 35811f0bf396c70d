import { splitAddress } from "../../formats/address.ts";
import { matchesDomain } from "../../formats/domain.ts";

/** Which mail gets which footer. */
export interface FooterRule {
  /** In lower case; `*` and `?` are wildcards. */
  readonly domains: readonly string[];
  /** Lines, however they end. */
  readonly text: string;
}

/** The footer for an envelope sender: that of the first rule. A bounce has none. */
export function footerFor(rules: readonly FooterRule[], sender: string): string | undefined {
  const { domain } = splitAddress(sender);
  if (domain === "") return undefined;
  return rules.find(({ domains }) => matchesDomain(domains, domain))?.text;
}
