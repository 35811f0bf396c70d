import type { Config } from "../config/mod.ts";
import { createUserNames, type UserNames } from "../domain/accounts/mod.ts";

/** How users are named, as the configuration says. */
export function userNames({ accounts, domains, mailboxes }: Config): UserNames {
  return createUserNames({
    hostDomains: [domains.main, ...domains.synonyms],
    virtualDomains: domains.vdomains,
    separator: mailboxes.layout.separator,
    withDomain: accounts.withDomain,
  });
}
