import { statusFields } from "./dsn_fields.ts";
import { field, plain } from "./dsn_lines.ts";
import { explanation, subjectOf } from "./dsn_text.ts";
import { encodeWords } from "./encoded_words.ts";

export { decodeXtext, encodeXtext } from "./dsn_fields.ts";

/**
 * What happened to a recipient (RFC 3464 section 2.3.3). `expanded`: the address stands for several,
 * and no success is told of them.
 */
export type DsnAction = "failed" | "delayed" | "delivered" | "relayed" | "expanded";

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
  /** Of what was given up after many attempts: for how long it was tried, as in `48 hours`. */
  readonly triedFor?: string;
  /** The status of the last of them, which `reason` is about. */
  readonly lastStatus?: string;
  /** The address stands for several: others may have it. */
  readonly isPart?: boolean;
  /** Of a delay: until when it is tried, as RFC 5322 writes it. */
  readonly until?: string;
}

/** A delivery status notification, but for the original message it returns. */
export interface Dsn {
  /** Our name: who reports. */
  readonly hostname: string;
  /** Who is told: the sender of the original, or who looks after the mail here. */
  readonly to: string;
  /** `postmaster`: the original has no sender to tell; left out: its sender. */
  readonly reader?: "sender" | "postmaster";
  /** Now, as RFC 5322 writes it. */
  readonly date: string;
  /** When the original came, likewise. */
  readonly arrival: string;
  /** Subject of the original, decoded; empty if it has none. */
  readonly subject?: string;
  /** Message-ID of the original: mail programs show the notice beside it. */
  readonly messageId?: string;
  /** Our queue id of the original. */
  readonly queueId: string;
  /** ENVID as the client gave it, in xtext (RFC 3461 section 4.4). */
  readonly envid?: string;
  readonly recipients: readonly DsnRecipient[];
  /** Whether the header alone or the whole original stands between the two parts. */
  readonly returned: "header" | "message";
  /** The original is longer than is returned. */
  readonly wasTooLong?: boolean;
  /** The original came with SMTPUTF8: what is returned may be beyond ASCII anywhere (RFC 6532). */
  readonly isGlobal?: boolean;
  /** The notice itself may be so, because who is told has such an address (RFC 6533). */
  readonly utf8?: boolean;
}

/** Types of what is returned (RFC 3464 and 6522; RFC 6533 section 5), and how programs call it. */
const RETURNED = {
  header: {
    title: "Header of the message",
    type: "text/rfc822-headers",
    globalType: "message/global-headers",
  },
  message: { title: "The message", type: "message/rfc822", globalType: "message/global" },
} as const;

/**
 * Writes a delivery status notification (RFC 3464) in two pieces: the header (or all) of the
 * original, with CRLF line ends, belongs between them. Whatever it is given, no line of the pieces is
 * longer than RFC 5322 allows and nothing adds a field.
 */
export function formatDsn(dsn: Dsn): { readonly before: string; readonly after: string } {
  const boundary = `=_dsn_${dsn.queueId}`;
  const { title, type, globalType } = RETURNED[dsn.returned];
  // RFC 6533 section 3.
  const status = dsn.utf8 ? "message/global-delivery-status" : "message/delivery-status";
  const part = (title: string, type: string, encoding: "7bit" | "8bit", body: string) =>
    `--${boundary}\r\nContent-Description: ${title}\r\nContent-Type: ${type}\r\n` +
    `Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;
  const before = [
    header(dsn, boundary),
    "\r\nThis is a message in MIME format.\r\n\r\n",
    part("Notice", "text/plain; charset=utf-8", "8bit", `${explanation(dsn)}\r\n`),
    part(
      "Report for programs",
      status,
      dsn.utf8 ? "8bit" : "7bit",
      `${statusFields(dsn)}\r\n`,
    ),
    part(title, dsn.isGlobal ? globalType : type, "8bit", ""),
  ].join("");
  return { before, after: `\r\n--${boundary}--\r\n` };
}

function header(dsn: Dsn, boundary: string): string {
  const { hostname, to, date, messageId = "" } = dsn;
  const subject = plain(subjectOf(dsn));
  const isId = /^<[!-;=?-~]{1,200}>$/.test(messageId);
  return [
    field("From", `Mail Delivery System <MAILER-DAEMON@${plain(hostname)}>`),
    field("To", `<${plain(to)}>`),
    field("Subject", dsn.utf8 ? subject : encodeWords(subject)),
    field("Date", plain(date)),
    "Auto-Submitted: auto-replied", // RFC 3834 section 5: no vacation program answers this.
    ...(isId ? [field("In-Reply-To", messageId), field("References", messageId)] : []),
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"`,
    "Content-Transfer-Encoding: 8bit\r\n",
  ].join("\r\n");
}
