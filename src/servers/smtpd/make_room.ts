import { isOurs, isWithoutLimit, type PolicyOptions } from "./policy_options.ts";
import { replies } from "./replies.ts";
import type { Sessions } from "./sessions.ts";

/**
 * Whether there is room for one more session, if need be in place of another, which is sent away.
 * Strangers, however many there are, must not keep our own people from sending.
 */
export function makeRoom(
  sessions: Sessions,
  address: string,
  { maxSessions, policy }: { readonly maxSessions: number; readonly policy: PolicyOptions },
): boolean {
  if (sessions.open < maxSessions) return true;
  const isExempt = (one: string) => isWithoutLimit(policy, one);
  if (isExempt(address)) return true;
  const isKept = (one: string) => isExempt(one) || isOurs(policy, one);
  const stranger = isOurs(policy, address)
    ? sessions.toMakeRoomFor(address, { isExempt: isKept, isPreferred: true })
    : undefined;
  const other = stranger ?? sessions.toMakeRoomFor(address, { isExempt });
  other?.dismiss(replies.madeRoom);
  return other !== undefined;
}
