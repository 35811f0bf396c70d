import { isAddress } from "../../formats/address.ts";
import type { Origin } from "../../formats/envelope.ts";
import type { Router, Verdict } from "../../domain/routing/mod.ts";
import type { Log } from "../../platform/mod.ts";
import type { RecipientRequest } from "./host.ts";
import { type Client, replies, type Reply } from "./replies.ts";

/** Starts the delivery of what waits for a domain (RFC 1985) and says how to answer. */
export type EtrnHandler = (
  domain: string,
) => Promise<{ readonly code: number; readonly text: string }>;

/** What decides about a client's requests. */
export interface PolicyContext {
  readonly router: Router;
  readonly log: Log;
  readonly client: Client;
}

/** The answer to one RCPT: mail for our users, relaying for those who may, nothing else. */
export async function recipientReply(
  { address, sender }: RecipientRequest,
  { router, log, client }: PolicyContext,
): Promise<Reply> {
  const about = { from: client.address, recipient: address };
  try {
    const verdict = await router.check(address, originOf(client), sender);
    if (verdict.kind === "refuse") {
      log.info("Refused a recipient", { ...about, reason: verdict.reason });
    }
    return replyTo(verdict);
  } catch (error) {
    log.error("Cannot decide about a recipient", { ...about, reason: String(error) });
    return replies.internalError;
  }
}

/** How a message of this client came in. */
export function originOf({ address, user }: Client): Origin {
  return { kind: "network", address, ...(user === undefined ? {} : { user }) };
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

/**
 * The answer to `ETRN domain` (RFC 1985 section 5; `@domain` asks for its subdomains too). The
 * handler's enhanced status code, if it wants one, is part of its text.
 */
export async function etrnReply(
  line: string,
  { onEtrn, log }: { onEtrn: EtrnHandler | undefined; log: Log },
): Promise<Reply> {
  const [, node, ...rest] = line.trim().split(/\s+/);
  if (node === undefined || rest.length > 0) return replies.syntax("Expected ETRN domain");
  if (!isAddress(`etrn@${node.replace(/^@/, "")}`)) {
    return replies.syntax("Not a domain that can be asked for");
  }
  if (onEtrn === undefined) return replies.etrnUnavailable;
  try {
    return await onEtrn(node.toLowerCase());
  } catch (error) {
    log.error("Cannot start the delivery for ETRN", { domain: node, reason: String(error) });
    return replies.etrnUnavailable;
  }
}
