import type { Outcome } from "../../domain/queue/mod.ts";
import { replyText, type SmtpReply, statusOf } from "../../formats/smtp.ts";

/** Replies that complain about us, not about the message: to be put right by an administrator. */
const OUR_OWN_FAULT: ReadonlySet<number> = new Set([530, 534, 535, 538]); // RFC 4954 section 6

/** What becomes of a message that our own disk does not give back. */
export const UNREADABLE: Outcome = {
  kind: "temporary",
  status: "4.3.0",
  reason: "The message could not be read",
};

/** What a reply means for a message, in words that name the server. */
export function outcomeOf(reply: SmtpReply, host: string): Outcome {
  const text = `${host} said: ${replyText(reply)}`;
  const family = Math.floor(reply.code / 100);
  if (family === 2) return { kind: "delivered", detail: text };
  const kind = family === 5 && !OUR_OWN_FAULT.has(reply.code) ? "permanent" : "temporary";
  const status = statusOf(reply).replace(/^\d/, kind === "permanent" ? "5" : "4");
  return { kind, status, reason: text };
}

/** What a reply other than yes to RCPT means for the recipient. */
export function recipientRefused(reply: SmtpReply, host: string): Outcome {
  const outcome = unexpected(outcomeOf(reply, host));
  // RFC 5321 section 4.5.3.1.10: too many recipients, which used to be 552.
  return reply.code === 552 && outcome.kind === "permanent"
    ? { ...outcome, kind: "temporary", status: "4.5.3" }
    : outcome;
}

/** Where only a refusal or a 354 is due, anything else is a server out of step. */
export function unexpected(outcome: Outcome): Outcome {
  return outcome.kind !== "delivered" ? outcome : {
    kind: "temporary",
    status: "4.5.0",
    reason: `Unexpected reply. ${outcome.detail ?? ""}`,
  };
}

export function isPositive({ code }: SmtpReply): boolean {
  return code >= 200 && code < 300;
}

/** Some say it with a code that would make a message bounce. */
const BLAMES_PIPELINING = /\b(?:pipelining|synchroni[sz]ation)\b/i;

/** Whether a reply says that the command came at the wrong time, or is not known. */
export function isOutOfSequence(reply: SmtpReply): boolean {
  const { code } = reply;
  return code === 500 || code === 502 || code === 503 ||
    (code >= 500 && BLAMES_PIPELINING.test(replyText(reply)));
}
