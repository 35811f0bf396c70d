/** When the sender wants to be told about a recipient (RFC 3461 section 4.1). */
export type NotifyKeyword = "NEVER" | "SUCCESS" | "FAILURE" | "DELAY";

/** One `RCPT TO`. */
export interface Recipient {
  readonly address: string;
  /** NOTIFY as given; absent if the client gave none (B8). */
  readonly notify?: readonly NotifyKeyword[];
  /** ORCPT as given, still in xtext (RFC 3461 section 4.2). */
  readonly orcpt?: string;
}

/** SMTP envelope: who sent it and who gets it, whatever the header says. */
export interface Envelope {
  /** MAIL FROM address; empty for a bounce (RFC 5321 section 4.5.5). */
  readonly sender: string;
  readonly recipients: readonly Recipient[];
  /** RET as given (RFC 3461 section 4.3). */
  readonly ret?: "FULL" | "HDRS";
  /** ENVID as given, still in xtext (RFC 3461 section 4.4). */
  readonly envid?: string;
  /** The message needs SMTPUTF8 to be relayed (RFC 6531 section 3.4). */
  readonly smtpUtf8?: boolean;
}

/** How a message came into the appliance: decides whether it may be relayed, and is traced. */
export type Origin =
  /** A client over SMTP; `user` if it authenticated. */
  | { readonly kind: "network"; readonly address: string; readonly user?: string }
  /** Collected from a mailbox at the provider. Never bounced outward (src/README.md, "Fetch"). */
  | { readonly kind: "fetched"; readonly account: string; readonly uidl: string }
  /** Made here: a DSN, a robot, the pick-up directory, the sendmail stub. */
  | { readonly kind: "local"; readonly by: string };

/** How many recipients a log line names. */
const MAX_NAMED = 5;

/** Who gets a message, as a log line tells it: the first few by name, the rest by number. */
export function namesOf({ recipients }: Envelope): string {
  const named = recipients.slice(0, MAX_NAMED).map(({ address }) => address).join(",");
  const more = recipients.length - MAX_NAMED;
  return more > 0 ? `${named} and ${more} more` : named;
}
