import { type IpList, matchesAnyIp } from "../../formats/ip_list.ts";
import type { Clock, Log } from "../../platform/mod.ts";
import { type BanRule, Bans } from "./bans.ts";
import { MessageRates } from "./message_rates.ts";
import { RecentLogins } from "./recent_logins.ts";
import { plainAddress } from "./source.ts";

/** What the guard goes by; a reload changes it, what was noted stays. */
export interface GuardOptions {
  /** ban_auto; `undefined` if it is off. */
  readonly banRule: BanRule | undefined;
  /** fromip_nolimit: free of every limit and ban. */
  readonly noLimit: IpList;
  /** The server that sends our mail when ETRN asks for it; it cannot know our users. */
  readonly upstream: string | undefined;
  /** pop_before_smtp; `undefined` if it is off. */
  readonly recentLoginMs: number | undefined;
}

/** What all servers know about the addresses that connect to them. */
export interface Guard {
  readonly bans: Bans;
  readonly rates: MessageRates;
  /** How often strangers have asked for waiting mail (ETRN). */
  readonly askRates: MessageRates;
  readonly recentLogins: RecentLogins;
}

/** Makes the one guard of an appliance. */
export function createGuard(
  options: () => GuardOptions,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Guard {
  const isExempt = (address: string) => {
    const { noLimit, upstream } = options();
    return address === plainAddress(upstream ?? "") || matchesAnyIp(noLimit, address);
  };
  return {
    bans: new Bans({ rule: () => options().banRule, isExempt, clock, log }),
    rates: new MessageRates(clock),
    askRates: new MessageRates(clock),
    recentLogins: new RecentLogins({ clock, withinMs: () => options().recentLoginMs }),
  };
}
