import type { MessageRates } from "../../domain/guard/mod.ts";
import { type EtrnSubject, formatEtrn, parseEtrn } from "../../formats/etrn.ts";
import type { Log } from "../../platform/mod.ts";
import { type EtrnClient, etrnPermission, hasEtrn, isOfFarm } from "./etrn_policy.ts";
import { isWithoutLimit, type PolicyOptions } from "./policy_options.ts";
import { replies, type Reply } from "./replies.ts";

/** Somebody who may asks for waiting mail. */
export interface EtrnQuestion {
  /** A domain in ASCII and lower case, or an address literal. */
  readonly node: string;
  /** Whether its subdomains are meant too. */
  readonly below: boolean;
  /** The client's address. */
  readonly address: string;
  /**
   * Whether he is one of our own people, or etrn_from names him. To others it is not said how much
   * waits for a domain, nor whether anything does.
   */
  readonly isKnown: boolean;
  /** Whether another server of the farm has passed it on (etrn_relay). */
  readonly isOfFarm: boolean;
}

/** What came of it; each has its code in RFC 1985 section 5.1. */
export type EtrnAnswer =
  /** Delivery has begun; whether anything waits is not said. */
  | { readonly kind: "started" }
  | { readonly kind: "nothing" }
  /** Delivery of what waits has begun; `messages` if it is said how many there are. */
  | { readonly kind: "pending"; readonly messages?: number }
  /** Not now. */
  | { readonly kind: "unable"; readonly reason: string }
  /** Not for this domain. */
  | { readonly kind: "refused"; readonly reason: string };

/** Starts the delivery of what waits for a domain, and says at once what comes of it. */
export type EtrnHandler = (question: EtrnQuestion) => EtrnAnswer;

/** What decides about an ETRN. */
export interface EtrnContext {
  readonly client: EtrnClient;
  /** Whether the client is one of our own people. */
  readonly isTrusted: boolean;
  readonly policy: Pick<PolicyOptions, "etrnRules" | "etrnFarm" | "noLimit">;
  /** How often strangers have asked. */
  readonly rates: Pick<MessageRates, "admits">;
  readonly onEtrn: EtrnHandler | undefined;
  readonly log: Log;
}

/** How often an address may ask in a minute if nobody knows it: a branch with many domains does. */
const MAX_A_MINUTE = 200;

/** The answer to `ETRN domain` (RFC 1985 section 5). */
export function etrnReply(line: string, context: EtrnContext): Reply {
  const { client, policy, onEtrn, log } = context;
  if (!hasEtrn(client, policy)) return replies.notImplemented;
  const [, word, ...rest] = line.trim().split(/ +/);
  if (word === undefined || rest.length > 0) return replies.etrnSyntax;
  const subject = parsed(word);
  if ("code" in subject) return subject;
  const node = formatEtrn(subject);
  if (subject.kind === "queue") return replies.etrnRefused(node, "there are no queues with names");
  const permission = etrnPermission(subject.node, client, policy);
  const isKnown = permission === "named" || context.isTrusted ||
    isWithoutLimit(policy, client.address);
  if (!isKnown && !context.rates.admits(client.address, MAX_A_MINUTE)) return replies.tooManyEtrn;
  if (permission === "login" || permission === "refused") {
    log.info("Refused ETRN", { domain: node, client: client.address, user: client.user });
    return permission === "login"
      ? replies.authRequired
      : replies.etrnRefused(node, "your address may not ask for it");
  }
  if (onEtrn === undefined) return replies.etrnFailed(node);
  try {
    const { address } = client;
    const question = { ...subject, address, isKnown, isOfFarm: isOfFarm(policy, address) };
    return replyTo(node, onEtrn(question));
  } catch (error) {
    log.error("Cannot start the delivery for ETRN", { domain: node, reason: String(error) });
    return replies.etrnFailed(node);
  }
}

function parsed(word: string): EtrnSubject | Reply {
  try {
    return parseEtrn(word);
  } catch (error) {
    if (error instanceof SyntaxError) return replies.syntax(error.message);
    throw error;
  }
}

function replyTo(node: string, answer: EtrnAnswer): Reply {
  switch (answer.kind) {
    case "started":
      return replies.etrnStarted(node);
    case "nothing":
      return replies.etrnNothing(node);
    case "pending":
      return answer.messages === undefined
        ? replies.etrnPending(node)
        : replies.etrnCounted(node, answer.messages);
    case "unable":
      return replies.etrnUnable(node, answer.reason);
    case "refused":
      return replies.etrnRefused(node, answer.reason);
  }
}
