import type { DsnAction } from "./dsn.ts";

/** What happened to a message for one recipient, for a person who knows nothing of mail servers. */
export interface DsnWords {
  /** For a subject: a few words. */
  readonly short: string;
  /** One sentence or two. */
  readonly happened: string;
  /** What to do: one sentence or two. */
  readonly advice: string;
}

/** What is known of a recipient. */
export interface DsnFacts {
  readonly action: DsnAction;
  /** RFC 3463 status code, of the last attempt if there were several. */
  readonly status: string;
  /** In the words of whoever refused it. */
  readonly reason: string;
  /** Of what was given up after many attempts: for how long it was tried, as in `48 hours`. */
  readonly triedFor?: string;
}

/** A kind of failure that many servers have. */
interface Cause extends DsnWords {
  /** The status code without its class (RFC 3463 section 3); left out: any. */
  readonly status?: RegExp;
  /** What the reason says; left out: anything. */
  readonly reason?: RegExp;
}

const TRY_LATER = "Send it again later, or reach the person another way.";
const ASK_OURS = "Tell the administrator of this mail server, and show this notice: " +
  "you can do nothing about it yourself.";

const NO_SUCH_ADDRESS: DsnWords = {
  short: "no such address",
  happened: "There is no such address there, or it takes no mail any more.",
  advice: "Look for a typing error in the address, or ask the person for the right one.",
};

const MAILBOX_FULL: DsnWords = {
  short: "mailbox full",
  happened: "The mailbox has no room for more mail.",
  advice: TRY_LATER,
};

const TOO_LARGE: DsnWords = {
  short: "message too large",
  happened: "The message is larger than is taken there.",
  advice: "Send it in smaller parts, or without what is attached.",
};

const REFUSED: DsnWords = {
  short: "refused",
  happened: "The mail server there does not take this message, or takes none from here.",
  advice: "Its words below may say why. The same message will most likely be refused again; " +
    "the person it was for can ask those who run that server.",
};

/** The first that fits is taken. */
const CAUSES: readonly Cause[] = [
  {
    reason: /\bgateway_auth\b/,
    short: "no login at the next mail server",
    happened: "The next mail server on the way does not let this one in.",
    advice: ASK_OURS,
  },
  {
    status: /^7\.[45]$/,
    reason: /\bencrypt(?:ed)?\b/,
    short: "no encrypted connection",
    happened: "The message must not go unencrypted, and the next mail server on the way " +
      "cannot be reached any other way.",
    advice: ASK_OURS,
  },
  { status: /^2\.2$/, ...MAILBOX_FULL },
  { status: /^(?:1\.[016]|2\.1)$/, ...NO_SUCH_ADDRESS },
  {
    status: /^1\.10$|^4\.4$/,
    reason: /\btakes no mail\b|\bMail exchanger\b/i,
    short: "the domain takes no mail",
    happened: "The part of the address behind the @ is one that takes no mail.",
    advice: "Look for a typing error in it, or ask the person for another address.",
  },
  {
    status: /^1\.(?:2|10)$/,
    short: "no such mail domain",
    happened: "The part of the address behind the @ does not exist, or takes no mail.",
    advice: "Look for a typing error in it, or ask the person for the right address.",
  },
  {
    status: /^1\.[78]$/,
    short: "your address was refused",
    happened: "The mail server there does not accept your own address as the sender.",
    advice: "Look at the sender's address in your mail program. If it is right, ask the " +
      "administrator of this mail server.",
  },
  {
    status: /^1\.3$/,
    short: "not an address",
    happened: "It is not written as mail addresses are, or it leads to one that is not.",
    advice: "Correct the address and send the message again.",
  },
  { status: /^(?:2\.3|3\.4)$/, ...TOO_LARGE },
  {
    status: /^4\.6$/,
    short: "mail loop",
    happened: "The message would have gone round in a circle.",
    advice: ASK_OURS,
  },
  {
    status: /^6\.7$/,
    short: "address not understood",
    happened: "The mail server there takes only addresses in plain letters (a to z).",
    advice: "Send it from, and to, addresses without accents and other special letters.",
  },
  {
    status: /^6\.|^5\.6$/,
    short: "message not understood",
    happened: "The mail server there cannot handle this kind of message.",
    advice: "Send it again as plain text.",
  },
  {
    status: /^4\.3$/,
    short: "address could not be looked up",
    happened: "Nobody could say which mail server is the right one for this address: " +
      "the directory of the Internet (DNS) did not answer.",
    advice: `Look for a typing error in the part behind the @. ${TRY_LATER}`,
  },
  {
    status: /^4\.[125]$/,
    short: "mail server not reached",
    happened: "The next mail server on the way could not be reached, or did not answer.",
    advice: TRY_LATER,
  },
  {
    reason: /\bprogram for this address\b/,
    short: "not taken",
    happened: "The program behind this address did not take the message.",
    advice: "Its words below may say why. If they do not help, ask the administrator of this " +
      "mail server.",
  },
  {
    status: /^3\.[0125]$|^4\.4$/,
    short: "fault of a mail server",
    happened: "A mail server on the way is out of order or wrongly set up.",
    advice: "Ask the administrator of this mail server, and show this notice.",
  },
  { reason: /\b(?:quota|mailbox)\b.*\b(?:full|exceeded)\b|\bover ?quota\b/i, ...MAILBOX_FULL },
  {
    reason:
      /\b(?:no such|unknown|does ?n[o']t ?exist|not found|invalid|disabled|inactive)\b.{0,40}\b(?:user|mailbox|recipient|address|account)\b|\b(?:user|mailbox|recipient|address|account)\b.{0,80}\b(?:unknown|does ?n[o']t ?exist|not found|invalid|disabled|inactive|rejected)\b/i,
    ...NO_SUCH_ADDRESS,
  },
  {
    reason: /\btoo (?:large|big)\b|\bsize\b.{0,40}\b(?:exceed|limit)|\bexceed.{0,40}\bsize\b/i,
    ...TOO_LARGE,
  },
  { status: /^7\./, ...REFUSED },
];

/** Puts what happened into words; pure. */
export function dsnWords(facts: DsnFacts): DsnWords {
  switch (facts.action) {
    case "delivered":
      return {
        short: "delivered",
        happened: "It has arrived.",
        advice: "Nothing: you had asked to be told.",
      };
    case "relayed":
      return {
        short: "passed on",
        happened: "It was passed on to the next mail server, which does not tell when it arrives.",
        advice: "Nothing. If it fails later on you will be told.",
      };
    case "expanded":
      return {
        short: "passed on",
        happened: "The address stands for several others, and the message was sent on to them.",
        advice: "Nothing. If it fails for one of them you will be told.",
      };
    case "delayed":
      return {
        short: "delayed",
        happened: `It has not been delivered so far. ${causeOf(facts).happened}`,
        advice: "Nothing: this server goes on trying, and tells you if it gives up. " +
          "Do not send it again.",
      };
    case "failed":
      return failure(facts);
  }
}

function failure(facts: DsnFacts): DsnWords {
  const cause = causeOf(facts);
  const { triedFor } = facts;
  if (triedFor === undefined) return cause;
  return {
    short: `${cause.short}, given up after ${triedFor}`,
    happened: `${cause.happened} It was tried for ${triedFor}, and is not tried any more.`,
    advice: cause.advice,
  };
}

function causeOf({ status, reason }: DsnFacts): DsnWords {
  const detail = status.replace(/^\d+\./, "");
  const cause = CAUSES.find((one) =>
    (one.status === undefined || one.status.test(detail)) &&
    (one.reason === undefined || one.reason.test(reason))
  );
  return cause ?? {
    short: "not taken",
    happened: "The message was not taken.",
    advice: "The words below may say why. If they do not help, ask the administrator of this " +
      "mail server.",
  };
}
