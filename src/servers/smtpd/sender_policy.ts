import type { MessageRates } from "../../domain/guard/mod.ts";
import type { Log } from "../../platform/mod.ts";
import { isBanned } from "./banned_address.ts";
import type { SenderRequest } from "./host.ts";
import { isWithoutLimit, type PolicyOptions } from "./policy_options.ts";
import { type Client, replies, type Reply } from "./replies.ts";

/** What decides about a MAIL. */
export interface SenderContext {
  readonly client: Client;
  readonly policy: PolicyOptions;
  readonly rates: Pick<MessageRates, "admits">;
  readonly log: Log;
}

/**
 * The answer to one MAIL. Who submits must have logged in (RFC 6409 section 4.3), even from an
 * address of forward_from_ip: those without a password use the port of servers. Whose mail a user
 * sends is not looked at: people send for others, and their name is in the Received line.
 */
export function senderReply(
  { address }: SenderRequest,
  { client, policy, rates, log }: SenderContext,
): Reply {
  const refuse = (reply: Reply) => {
    log.info("Refused a sender", {
      from: address,
      client: client.address,
      reason: String(reply.text),
    });
    return reply;
  };
  if (client.door !== "smtp" && client.user === undefined) return replies.authRequired;
  if (isWithoutLimit(policy, client.address)) return replies.mailOk;
  if (isBanned(policy.bannedSenders, address)) return refuse(replies.bannedSender);
  const { maxMessagesAMinute: max } = policy;
  if (max !== undefined && !rates.admits(client.address, max)) {
    return refuse(replies.tooManyMessages);
  }
  return replies.mailOk;
}
