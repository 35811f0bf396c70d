import type { ForwardTarget } from "../../formats/forward_target.ts";
import type { UserNames } from "../accounts/mod.ts";
import type { Aliases } from "./aliases.ts";
import type { PatternIndex, PatternRule } from "./pattern_index.ts";
import type { RelayRules } from "./relay_rules.ts";

/** One `forward` or `forward_cc` line (S10, S11). */
export interface ForwardRule extends PatternRule {
  readonly targets: readonly ForwardTarget[];
  /** forward_cc: the original recipient gets the mail too. */
  readonly keepsOriginal: boolean;
}

/** What the recipient chain is decided by: the configuration as it is now. */
export interface RoutingTables extends RelayRules {
  /** Which domains are ours, and what their users are called. */
  readonly names: UserNames;
  /** forward and forward_cc lines: all that match are applied. */
  readonly forwards: PatternIndex<ForwardRule>;
  readonly aliases: Aliases;
  /** Whether `.forward` files count: users are the system's, and no_dotforward is false (B17). */
  readonly dotForward: boolean;
  /** fallback_address (S9): who gets what is for nobody; the domain may have wildcards. */
  readonly fallbackAddresses: readonly { readonly domain: string; readonly address: string }[];
  /** sysadmin: the administrator's address; empty if none. */
  readonly sysadmin: string;
  /** The gateway (S19) for a domain, as `host:port`; `undefined` if its mail exchanger is asked for. */
  readonly gatewayFor: (domain: string) => string | undefined;
  /** What mail for a domain in the world waits for (suspend_domain); `undefined`: it is sent at once. */
  readonly waitsFor?: (domain: string) => "ETRN" | "ATRN" | undefined;
  /** Whether this machine has the address: `bob@[10.0.0.1]` is then bob (RFC 5321 section 4.1.3). */
  readonly isOwnAddress: (ip: string) => boolean;
}
