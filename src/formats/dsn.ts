import { dsnWords } from "./dsn_words.ts";
import { count } from "./words.ts";

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
  /**
   * In words; `HOST said: REPLY` if another server gave it. It may be anything: line ends and controls
   * are taken out.
   */
  readonly reason: string;
  /** Of a delay: until when it is tried, as RFC 5322 writes it. */
  readonly until?: string;
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
  /** Subject of the original, decoded; empty if it has none. */
  readonly subject?: string;
  /** Our queue id of the original. */
  readonly queueId: string;
  /** ENVID as the client gave it, in xtext (RFC 3461 section 4.4). */
  readonly envid?: string;
  readonly recipients: readonly DsnRecipient[];
  /** Whether the header alone or the whole original stands between the two parts. */
  readonly returned: "header" | "message";
  /** The original came with SMTPUTF8: the notice is written for who understands it (RFC 6533). */
  readonly utf8?: boolean;
}

/** The longest reason that is passed on, in characters: a line has at most 998 (RFC 5322). */
const MAX_REASON_LENGTH = 800;

/** The longest piece of somebody else's text in a line with other text. */
const MAX_QUOTE_LENGTH = 200;

const OPENINGS: Readonly<Record<DsnAction, string>> = {
  failed: "could not deliver your message",
  delayed: "has not been able to deliver your message yet",
  delivered: "has delivered your message",
  relayed: "has passed on your message",
};

const SUBJECTS: Readonly<Record<DsnAction, string>> = {
  failed: "Not delivered",
  delayed: "Delayed",
  delivered: "Delivered",
  relayed: "Passed on",
};

/** Types of the machine's part and of what is returned (RFC 3464, 3462; RFC 6533 sections 3 and 5). */
const TYPES = {
  ascii: {
    status: "message/delivery-status",
    header: "text/rfc822-headers",
    message: "message/rfc822",
  },
  utf8: {
    status: "message/global-delivery-status",
    header: "message/global-headers",
    message: "message/global",
  },
} as const;

/**
 * Writes a delivery status notification (RFC 3464) in two pieces: the header (or all) of the
 * original, with CRLF line ends, belongs between them.
 */
export function formatDsn(dsn: Dsn): { readonly before: string; readonly after: string } {
  const boundary = `=_dsn_${dsn.queueId}`;
  const types = TYPES[dsn.utf8 ? "utf8" : "ascii"];
  const part = (type: string, encoding: "7bit" | "8bit", body: string) =>
    `--${boundary}\r\nContent-Type: ${type}\r\n` +
    `Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;
  const before = [
    header(dsn, boundary),
    "\r\nThis is a message in MIME format.\r\n\r\n",
    part("text/plain; charset=utf-8", "8bit", `${explanation(dsn)}\r\n`),
    part(types.status, dsn.utf8 ? "8bit" : "7bit", `${statusFields(dsn)}\r\n`),
    part(types[dsn.returned], "8bit", ""),
  ].join("");
  return { before, after: `\r\n--${boundary}--\r\n` };
}

function header(dsn: Dsn, boundary: string): string {
  const { hostname, to, date } = dsn;
  return [
    `From: Mail Delivery System <MAILER-DAEMON@${plain(hostname)}>`,
    `To: <${plain(to)}>`,
    `Subject: ${subject(dsn)}`,
    `Date: ${plain(date)}`,
    "Auto-Submitted: auto-replied", // RFC 3834 section 5: no vacation program answers this.
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"`,
    "Content-Transfer-Encoding: 8bit\r\n",
  ].join("\r\n");
}

/** `Not delivered to bob@example.net: no such address`. */
function subject({ recipients, utf8 = false }: Dsn): string {
  const action = worst(recipients);
  const [first, ...others] = recipients.filter((one) => one.action === action);
  if (first === undefined) return SUBJECTS[action];
  const isNameable = utf8 || isAscii(first.address);
  const to = others.length > 0
    ? count(others.length + 1, "address", "addresses")
    : isNameable
    ? quoted(first.address)
    : "one address";
  const words = new Set([first, ...others].map((one) => dsnWords(one).short));
  const why = action === "failed" && words.size === 1 ? `: ${[...words][0]}` : "";
  return `${SUBJECTS[action]} to ${to}${why}`;
}

function explanation({ hostname, arrival, subject = "", recipients, returned }: Dsn): string {
  const about = subject === "" ? "" : ` "${quoted(subject)}"`;
  const end = returned === "header" ? "The header of your message" : "Your message";
  return [
    `This is the mail server ${plain(hostname)}. It ${OPENINGS[worst(recipients)]}`,
    `of ${plain(arrival)}${about}.`,
    "",
    ...recipients.flatMap(inWords),
    `${end} follows below.`,
    "",
  ].join("\r\n");
}

function inWords(recipient: DsnRecipient): readonly string[] {
  const { happened, advice } = dsnWords(recipient);
  const { host, reply } = remote(recipient.reason);
  const said = host === undefined ? plain(reply) : `${plain(host)} said: ${plain(reply)}`;
  return [
    `To <${plain(recipient.address)}>:`,
    `  ${happened}`,
    `  ${advice}`,
    ...(recipient.until === undefined ? [] : [`  It is tried until ${plain(recipient.until)}.`]),
    ...(said === "" ? [] : [`  Details: ${said}`]),
    "",
  ];
}

/** RFC 3464 sections 2.2 and 2.3: a block for the message, then one a recipient. */
function statusFields({ hostname, arrival, date, envid, recipients, utf8 = false }: Dsn): string {
  const written = (text: string) => utf8 ? plain(text) : ascii(plain(text));
  const message = [
    ...(envid === undefined ? [] : [`Original-Envelope-Id: ${written(decodeXtext(envid))}`]),
    `Reporting-MTA: dns; ${written(hostname)}`,
    `Arrival-Date: ${plain(arrival)}`,
  ];
  const blocks = recipients.map(({ address, orcpt, action, status, reason, until }) => {
    const { host, reply } = remote(reason);
    const type = host === undefined ? "x-dmail" : "smtp";
    return [
      ...(orcpt === undefined ? [] : [`Original-Recipient: ${written(originalRecipient(orcpt))}`]),
      `Final-Recipient: ${isAscii(address) ? "rfc822" : "utf-8"}; ${written(address)}`,
      `Action: ${action}`,
      `Status: ${status}`,
      ...(host === undefined ? [] : [`Remote-MTA: dns; ${written(host)}`]),
      ...(reply === "" ? [] : [`Diagnostic-Code: ${type}; ${written(reply)}`]),
      ...(action === "relayed" || action === "delivered"
        ? []
        : [`Last-Attempt-Date: ${plain(date)}`]),
      ...(until === undefined ? [] : [`Will-Retry-Until: ${plain(until)}`]),
    ];
  });
  return [message, ...blocks].map((lines) => lines.join("\r\n") + "\r\n").join("\r\n");
}

/** Takes apart what another server said. */
function remote(reason: string): { readonly host?: string; readonly reply: string } {
  const [, host, reply] = /(?:^|\s)(\S+) said: ([2-5]\d\d[\s-].*)$/s.exec(reason) ?? [];
  return host === undefined || reply === undefined ? { reply: reason } : { host, reply };
}

function worst(recipients: readonly DsnRecipient[]): DsnAction {
  const order = ["failed", "delayed", "relayed", "delivered"] as const;
  return order.find((action) => recipients.some((one) => one.action === action)) ?? "failed";
}

function originalRecipient(orcpt: string): string {
  const [, type = "rfc822", address = orcpt] = /^([^;]*);(.*)$/s.exec(orcpt) ?? [];
  return `${plain(type)};${plain(decodeXtext(address))}`;
}

function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex -- All of ASCII is meant.
  return /^[\x00-\x7f]*$/.test(text);
}

/** RFC 6533 section 3, utf-8-addr-xtext: what is beyond ASCII, and a backslash, as `\x{E4}`. */
function ascii(text: string): string {
  if (isAscii(text)) return text;
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x80 && character !== "\\"
      ? character
      : `\\x{${code.toString(16).toUpperCase()}}`;
  }).join("").slice(0, MAX_REASON_LENGTH);
}

/** Undoes xtext (RFC 3461 section 4); a `+` that is not followed by two digits stays. */
export function decodeXtext(text: string): string {
  return text.replaceAll(/\+([0-9A-F]{2})/g, (_all, hex) => String.fromCharCode(parseInt(hex, 16)));
}

function quoted(text: string): string {
  const line = plain(text);
  return line.length > MAX_QUOTE_LENGTH ? line.slice(0, MAX_QUOTE_LENGTH - 3) + "..." : line;
}

/** On one line and of bounded length, whatever it was: nothing adds a field to a notice. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex -- Controls are what it is about.
  const line = text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ").trim();
  return line.length > MAX_REASON_LENGTH ? line.slice(0, MAX_REASON_LENGTH - 1) + "…" : line;
}
