import type { RelayRules } from "./relay_rules.ts";

/** What the recipient chain is decided by: the configuration as it is now. */
export interface RoutingTables extends RelayRules {
  /** host_domain (S38): the first is the main domain, the others mean the same users. */
  readonly hostDomains: readonly string[];
  /** fallback_address (S9): who gets what is for nobody; the domain may be `*`. */
  readonly fallbackAddresses: readonly { readonly domain: string; readonly address: string }[];
  /** sysadmin: the administrator's address; empty if none. */
  readonly sysadmin: string;
  /** The gateway (S19) for a domain, as `host:port`; `undefined` if its mail exchanger is asked for. */
  readonly gatewayFor: (domain: string) => string | undefined;
  /** Whether this machine has the address: `bob@[10.0.0.1]` is then bob (RFC 5321 section 4.1.3). */
  readonly isOwnAddress: (ip: string) => boolean;
}
