import type { DsnAction } from "./dsn.ts";

/** What happened to a message for one recipient, for a person who knows nothing of mail servers. */
export interface DsnWords {
  /** For a subject: a few words. */
  readonly short: string;
  /** One sentence. */
  readonly happened: string;
  /** One sentence or two. */
  readonly advice: string;
}

/** What is known of a recipient. */
export interface DsnFacts {
  readonly action: DsnAction;
  readonly address: string;
  /** RFC 3463 status code. */
  readonly status: string;
  /** In the words of whoever refused it. */
  readonly reason: string;
}

/** A kind of failure that many servers have; the first that fits is taken. */
interface Cause extends DsnWords {
  /** The status code without its class (RFC 3463 section 3). */
  readonly status: RegExp;
  /** What the reason says where the code says too little. */
  readonly reason?: RegExp;
}

const TRY_LATER = "Try again later, or reach the person another way.";

const CAUSES: readonly Cause[] = [
  {
    status: /^2\.2$/,
    short: "mailbox full",
    happened: "The mailbox has no room for more mail.",
    advice: TRY_LATER,
  },
  {
    status: /^(1\.[016]|2\.1)$/,
    short: "no such address",
    happened: "There is no such address there, or it takes no mail any more.",
    advice: "Look for a typing error in the address, or ask for the right one.",
  },
  {
    status: /^1\.(2|10)$|^4\.4$/,
    short: "no such mail domain",
    happened: "The part of the address behind the @ does not exist, or takes no mail.",
    advice: "Look for a typing error in it, or ask for the right address.",
  },
  {
    status: /^1\.[37]$/,
    short: "not an address",
    happened: "It is not written like a mail address.",
    advice: "Correct the address and send the message again.",
  },
  {
    status: /^(2\.3|3\.4)$/,
    short: "message too large",
    happened: "The message is larger than is taken there.",
    advice: "Send it in smaller parts, or without what is attached.",
  },
  {
    status: /^4\.6$/,
    short: "mail loop",
    happened: "The message would have gone round in a circle.",
    advice: "Tell the administrator of this server: the way to the address is set up wrongly.",
  },
  {
    status: /^7\./,
    short: "refused",
    happened: "The mail server there does not take this message, or not from here.",
    advice: "Do not send it again unchanged. Its words below may say why; " +
      "the person it was meant for can ask those who run that server.",
  },
  {
    status: /^6\.|^5\.6$/,
    short: "not understood",
    happened: "The mail server there cannot handle this kind of message.",
    advice: "Send it as plain text, from and to addresses in plain letters.",
  },
  {
    status: /./,
    reason: /\b(mailbox|quota|over ?quota)\b.*\b(full|exceeded)\b|\bover ?quota\b/i,
    short: "mailbox full",
    happened: "The mailbox has no room for more mail.",
    advice: TRY_LATER,
  },
  {
    status: /./,
    reason:
      /\b(no such|unknown|does ?n.t exist|not found|invalid)\b.*\b(user|mailbox|recipient|address)\b/i,
    short: "no such address",
    happened: "There is no such address there.",
    advice: "Look for a typing error in the address, or ask for the right one.",
  },
];

/** Puts what happened into words; pure. */
export function dsnWords({ action, status, reason }: DsnFacts): DsnWords {
  switch (action) {
    case "delivered":
      return {
        short: "delivered",
        happened: "It has arrived.",
        advice: "There is nothing to do: you had asked to be told.",
      };
    case "relayed":
      return {
        short: "passed on",
        happened: "It was passed on to the next mail server, which gives no further notice.",
        advice: "There is nothing to do: you will hear only if it fails later on.",
      };
    case "delayed":
      return {
        short: "delayed",
        happened: "It could not be delivered yet.",
        advice: "There is nothing to do: this server goes on trying. Do not send it again.",
      };
    case "failed":
      return failure(status, reason);
  }
}

function failure(status: string, reason: string): DsnWords {
  const expired = /^Given up after ([^.]*)\./.exec(reason);
  if (expired) {
    return {
      short: `given up after ${expired[1]}`,
      happened: `It could not be delivered within ${expired[1]}, and is not tried any more.`,
      advice: "Send it again later, or reach the person another way.",
    };
  }
  const detail = status.replace(/^\d+\./, "");
  const cause = CAUSES.find((one) =>
    one.status.test(detail) && (one.reason === undefined || one.reason.test(reason))
  );
  return cause ?? {
    short: "refused",
    happened: "The message was not taken.",
    advice:
      "The words below may say why. If they do not help, ask the administrator of this server.",
  };
}
