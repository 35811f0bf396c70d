import type { Router, Verdict } from "../../domain/routing/mod.ts";
import type { Log } from "../../platform/mod.ts";
import { isBanned } from "./banned_address.ts";
import type { RecipientRequest } from "./host.ts";
import { originOf } from "./origin.ts";
import { isWithoutLimit, type PolicyOptions } from "./policy_options.ts";
import { type Client, replies, type Reply } from "./replies.ts";

/** Whether a message of `octets`, 0 if nobody said, may go into a user's maildrop now. */
export type RoomCheck = (
  user: string,
  octets: number,
) => Promise<"ok" | "over quota" | "drop file full">;

/** What decides about a RCPT. */
export interface RecipientContext {
  readonly client: Client;
  /** Who has read mail from the client's address lately (pop_before_smtp). */
  readonly recentUser: string | undefined;
  readonly policy: PolicyOptions;
  readonly router: Pick<Router, "check">;
  readonly room: RoomCheck | undefined;
  readonly log: Log;
  /** Told of a recipient that does not exist: many of them mean that somebody tries names out. */
  readonly onUnknownUser: () => void;
}

/** The answer to one RCPT: mail for our users, relaying for those who may, nothing else. */
export async function recipientReply(
  request: RecipientRequest,
  context: RecipientContext,
): Promise<Reply> {
  const { client, log } = context;
  const about = { from: request.sender, to: request.address, client: client.address };
  try {
    const reply = await decide(request, context);
    if (reply.code >= 400) {
      log.info("Refused a recipient", { ...about, reason: String(reply.text) });
    }
    return reply;
  } catch (error) {
    log.error("Cannot decide about a recipient", { ...about, reason: String(error) });
    return replies.internalError;
  }
}

async function decide(
  request: RecipientRequest,
  { client, recentUser, policy, router, room, onUnknownUser }: RecipientContext,
): Promise<Reply> {
  const { address, sender } = request;
  if (isBanned(policy.bannedRecipients, address) && !isWithoutLimit(policy, client.address)) {
    return replies.bannedRecipient;
  }
  const verdict = await router.check(address, originOf(client, recentUser), sender);
  if (verdict.kind === "refuse" && verdict.status === "5.1.1") onUnknownUser();
  if (verdict.kind === "accept" && await isFull(verdict.users, request, room)) {
    return replies.mailboxFull;
  }
  return replyTo(verdict);
}

/**
 * Whether the message would find no room with any user it leads to. One full mailbox of several
 * keeps nothing from the others: that copy waits in the queue.
 */
async function isFull(
  users: readonly string[],
  { declaredOctets = 0 }: RecipientRequest,
  room: RoomCheck | undefined,
): Promise<boolean> {
  if (room === undefined || users.length === 0) return false;
  for (const user of users) {
    if (await room(user, declaredOctets) === "ok") return false;
  }
  return true;
}

function replyTo(verdict: Verdict): Reply {
  switch (verdict.kind) {
    case "refuse":
      return replies.refused(verdict.status, verdict.reason);
    case "defer":
      return replies.temporary(verdict.status, verdict.reason);
    case "accept":
      return ACCEPTED[verdict.to];
  }
}

const ACCEPTED = {
  local: replies.rcptLocal,
  redirected: replies.rcptRedirected,
  relay: replies.rcptRelayed,
} as const;
