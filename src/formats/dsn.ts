/** What happened to a recipient (RFC 3464 section 2.3.3). */
export type DsnAction = "failed" | "delayed" | "delivered" | "relayed";

/** One recipient a notice speaks of. */
export interface DsnRecipient {
  readonly address: string;
  /** ORCPT as the client gave it, in xtext (RFC 3461 section 4.2). */
  readonly orcpt?: string;
  readonly action: DsnAction;
  /** RFC 3463 status code. */
  readonly status: string;
  /** In words. It may come from another server: line ends and controls are taken out. */
  readonly reason: string;
}

/** A delivery status notification, but for the original message it returns. */
export interface Dsn {
  /** Our name: who reports. */
  readonly hostname: string;
  /** Who is told: the sender of the original. */
  readonly to: string;
  /** Now, as RFC 5322 writes it. */
  readonly date: string;
  /** When the original came, likewise. */
  readonly arrival: string;
  /** Our queue id of the original. */
  readonly queueId: string;
  /** ENVID as the client gave it, in xtext (RFC 3461 section 4.4). */
  readonly envid?: string;
  readonly recipients: readonly DsnRecipient[];
  /** Whether the header alone or the whole original stands between the two parts. */
  readonly returned: "header" | "message";
}

/** The longest reason that is passed on, in characters: a line has at most 998 (RFC 5322). */
const MAX_REASON_LENGTH = 800;

/** What is said to a person; the worst that happened decides. */
const TEXTS: Readonly<Record<DsnAction, { readonly subject: string; readonly opening: string }>> = {
  failed: {
    subject: "Your message could not be delivered",
    opening: "could not deliver your message to the following address.",
  },
  delayed: {
    subject: "Your message is delayed",
    opening: "has not been able to deliver your message to the following address yet.\r\n" +
      "It goes on trying. You need not send the message again.",
  },
  delivered: {
    subject: "Your message was delivered",
    opening: "has delivered your message, as you asked to be told.",
  },
  relayed: {
    subject: "Your message was passed on",
    opening: "has passed your message on to a server that gives no further notice.",
  },
};

/**
 * Writes a delivery status notification (RFC 3464) in two pieces: the header (or all) of the
 * original, with CRLF line ends, belongs between them.
 */
export function formatDsn(dsn: Dsn): { readonly before: string; readonly after: string } {
  const boundary = `=_dsn_${dsn.queueId}`;
  const part = (type: string, body: string) =>
    `--${boundary}\r\nContent-Type: ${type}\r\n${EIGHT_BIT}\r\n${body}`;
  const before = [
    header(dsn, boundary),
    "\r\nThis is a message in MIME format.\r\n\r\n",
    part("text/plain; charset=utf-8", `${explanation(dsn)}\r\n`),
    part("message/delivery-status", `${statusFields(dsn)}\r\n`),
    part(dsn.returned === "header" ? "text/rfc822-headers" : "message/rfc822", ""),
  ].join("");
  return { before, after: `\r\n--${boundary}--\r\n` };
}

const EIGHT_BIT = "Content-Transfer-Encoding: 8bit\r\n";

function header({ hostname, to, date, recipients }: Dsn, boundary: string): string {
  const { subject } = TEXTS[worst(recipients)];
  return [
    `From: Mail Delivery System <MAILER-DAEMON@${plain(hostname)}>`,
    `To: <${plain(to)}>`,
    `Subject: ${subject}`,
    `Date: ${plain(date)}`,
    "Auto-Submitted: auto-replied", // RFC 3834 section 5: no vacation program answers this.
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"`,
    EIGHT_BIT,
  ].join("\r\n");
}

function explanation({ hostname, recipients, returned }: Dsn): string {
  const { opening } = TEXTS[worst(recipients)];
  const end = returned === "header" ? "The header of your message" : "Your message";
  return [
    `The mail server ${plain(hostname)} ${opening}`,
    "",
    ...recipients.map(({ address, action, reason }) =>
      `<${plain(address)}>: ${plain(reason) || action}`
    ),
    "",
    `${end} follows below.`,
    "",
  ].join("\r\n");
}

/** RFC 3464 sections 2.2 and 2.3: a block for the message, then one a recipient. */
function statusFields({ hostname, arrival, envid, recipients }: Dsn): string {
  const message = [
    ...(envid === undefined ? [] : [`Original-Envelope-Id: ${plain(decodeXtext(envid))}`]),
    `Reporting-MTA: dns; ${plain(hostname)}`,
    `Arrival-Date: ${plain(arrival)}`,
  ];
  const blocks = recipients.map(({ address, orcpt, action, status, reason }) => [
    ...(orcpt === undefined ? [] : [`Original-Recipient: ${originalRecipient(orcpt)}`]),
    `Final-Recipient: ${addressType(address)}; ${plain(address)}`,
    `Action: ${action}`,
    `Status: ${status}`,
    ...(reason === "" ? [] : [`Diagnostic-Code: x-dmail; ${plain(reason)}`]),
  ]);
  return [message, ...blocks].map((lines) => lines.join("\r\n") + "\r\n").join("\r\n");
}

function worst(recipients: readonly DsnRecipient[]): DsnAction {
  const order = ["failed", "delayed", "relayed", "delivered"] as const;
  return order.find((action) => recipients.some((one) => one.action === action)) ?? "failed";
}

function originalRecipient(orcpt: string): string {
  const [, type = "rfc822", address = orcpt] = /^([^;]*);(.*)$/s.exec(orcpt) ?? [];
  return `${plain(type)};${plain(decodeXtext(address))}`;
}

/** RFC 6533 section 3: an address beyond ASCII is of the type utf-8. */
function addressType(address: string): "rfc822" | "utf-8" {
  // deno-lint-ignore no-control-regex -- All of ASCII is meant.
  return /^[\x00-\x7f]*$/.test(address) ? "rfc822" : "utf-8";
}

/** Undoes xtext (RFC 3461 section 4); a `+` that is not followed by two digits stays. */
export function decodeXtext(text: string): string {
  return text.replaceAll(/\+([0-9A-F]{2})/g, (_all, hex) => String.fromCharCode(parseInt(hex, 16)));
}

/** On one line and of bounded length, whatever it was: nothing adds a field to a notice. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex -- Controls are what it is about.
  const line = text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ").trim();
  return line.length > MAX_REASON_LENGTH ? line.slice(0, MAX_REASON_LENGTH - 1) + "…" : line;
}
