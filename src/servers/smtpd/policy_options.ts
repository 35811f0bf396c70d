import { isThisMachine } from "../../domain/guard/mod.ts";
import { type IpList, matchesAnyIp } from "../../formats/ip_list.ts";
import type { WildcardList } from "../../formats/wildcard.ts";
import type { EtrnRule } from "./etrn_policy.ts";

/** Who may do what. Unlike the other options they are those of now in every session. */
export interface PolicyOptions {
  /** ban_ip (S50), ban_ip_except: permissive lists, empty if they name nobody. */
  readonly banned: IpList;
  readonly bannedExcept: IpList;
  /** ban_mailfrom, ban_rcptto: domains in ASCII. */
  readonly bannedSenders: WildcardList;
  readonly bannedRecipients: WildcardList;
  /** fromip_nolimit: free of every limit and ban. */
  readonly noLimit: IpList;
  /** forward_from_ip (S18): our own people. */
  readonly trusted: IpList;
  /** fromip_max; `undefined` for no limit. */
  readonly maxMessagesAMinute: number | undefined;
  /** smtp_max_per_ip. */
  readonly maxSessionsPerAddress: number;
  /** fake_vrfy (S25); `undefined`: the truth for our own people only. */
  readonly fakeVrfy: boolean | undefined;
  /** hide_auth recentpop. */
  readonly hidesAuthAfterPop: boolean;
  /** etrn_from; empty: anybody may ask for waiting mail. */
  readonly etrnRules: readonly EtrnRule[];
  /** etrn_relay: hosts of the farm; one that is named and not numbered is not recognised. */
  readonly etrnFarm: readonly string[];
}

/** Whether an address is free of every limit and ban. */
export function isWithoutLimit(
  { noLimit }: Pick<PolicyOptions, "noLimit">,
  address: string,
): boolean {
  return matchesAnyIp(noLimit, address);
}

/** Whether our own people come from an address: this machine, forward_from_ip. */
export function isOurs({ trusted }: PolicyOptions, address: string): boolean {
  return isThisMachine(address) || matchesAnyIp(trusted, address);
}
