import type { Ban } from "../../domain/guard/mod.ts";
import { matchesAnyIp } from "../../formats/ip_list.ts";
import { isWithoutLimit, type PolicyOptions } from "./policy_options.ts";
import { replies } from "./replies.ts";
import type { Dismissal } from "./session_limits.ts";

/** What is known of a client that has just connected. */
export interface ConnectFacts {
  readonly address: string;
  /** The ban it is under (ban_auto). */
  readonly ban: Ban | undefined;
  /** Its other sessions. */
  readonly sessions: number;
}

/**
 * Why a client is not let in, whoever it may be; `undefined` if it is. Whom the administrator banned
 * hears a 554 (RFC 5321 section 3.1) and need not come again; whom ban_auto banned hears a 421,
 * because that ban ends, and the mail of an honest server must wait for it.
 */
export function connectRefusal(
  { address, ban, sessions }: ConnectFacts,
  policy: PolicyOptions,
): Dismissal | undefined {
  if (isWithoutLimit(policy, address)) return undefined;
  if (matchesAnyIp(policy.banned, address) && !matchesAnyIp(policy.bannedExcept, address)) {
    return replies.bannedAddress;
  }
  if (ban !== undefined) return replies.tooManyFailures;
  return sessions >= policy.maxSessionsPerAddress ? replies.tooManyFromAddress : undefined;
}
