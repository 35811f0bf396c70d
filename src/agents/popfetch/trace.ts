import { formatDateTime } from "../../formats/date.ts";

/** What the trace of a fetched message tells (RFC 5321 section 4.4). */
export interface FetchTrace {
  readonly host: string;
  readonly user: string;
  readonly uidl: string;
  /** Where the recipients were found. */
  readonly where: string;
  readonly hostname: string;
  readonly recipients: readonly string[];
  readonly atMs: number;
}

/** The header lines put before a fetched message, once its queue id is known. */
export function formatTrace(trace: FetchTrace, queueId: string): string {
  const { host, user, uidl, where, hostname, recipients, atMs } = trace;
  // With several, "for" would show each of them who the others are (RFC 5321 section 7.2).
  const only = recipients.length === 1 ? `\r\n\tfor <${recipients[0]}>` : "";
  const found = where === "nowhere" ? "no recipient found" : `recipient found in ${where}`;
  return [
    `Received: from ${clean(host)} (account ${clean(user)})`,
    `\tby ${clean(hostname)} with POP3 (dmail) id ${queueId}${only};`,
    `\t${formatDateTime(atMs)}`,
    `X-DMail-Fetched: ${clean(user)}@${clean(host)}; ${clean(uidl)}; ${clean(found)}`,
    "",
  ].join("\r\n");
}

/** A user name or header name comes from a file, an id from the provider: no line ends, no brackets. */
function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}()<>;\\]+/gu, "_");
}
