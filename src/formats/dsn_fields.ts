import type { Dsn, DsnRecipient } from "./dsn.ts";
import { ascii, field, isAscii, plain } from "./dsn_lines.ts";

/** Another server's answer, taken out of the words about it. */
export interface Remote {
  readonly host: string;
  /** `550 5.1.1 No such user`. */
  readonly reply: string;
}

/** The part for programs: a block for the message, then one a recipient (RFC 3464 section 2). */
export function statusFields(dsn: Dsn): string {
  const { hostname, arrival, queueId, envid, recipients, utf8 = false } = dsn;
  const written = utf8 ? (text: string) => plain(text) : (text: string) => ascii(plain(text));
  const message = [
    ...(envid === undefined ? [] : [["Original-Envelope-Id", written(decodeXtext(envid))]]),
    ["Reporting-MTA", `dns; ${written(hostname)}`],
    ["Arrival-Date", plain(arrival)],
    ["X-Dmail-Queue-ID", plain(queueId)],
  ];
  const blocks = recipients.map((recipient) => recipientFields(recipient, dsn.date, written));
  return [message, ...blocks].map((fields) =>
    fields.map(([name = "", value = ""]) => `${field(name, value)}\r\n`).join("")
  ).join("\r\n");
}

/** RFC 3464 section 2.3. */
function recipientFields(
  { address, orcpt, action, status, reason, until }: DsnRecipient,
  date: string,
  written: (text: string) => string,
): readonly (readonly string[])[] {
  const remote = remoteIn(reason);
  const diagnostic = remote === undefined
    ? `x-dmail; ${written(reason)}`
    : `smtp; ${written(remote.reply)}`;
  return [
    ...(orcpt === undefined ? [] : [["Original-Recipient", written(originalRecipient(orcpt))]]),
    ["Final-Recipient", `${isAscii(address) ? "rfc822" : "utf-8"}; ${written(address)}`],
    ["Action", action],
    ["Status", plain(status)],
    ...(remote === undefined ? [] : [["Remote-MTA", `dns; ${written(hostName(remote.host))}`]]),
    ...(plain(reason) === "" ? [] : [["Diagnostic-Code", diagnostic]]),
    ...(action === "failed" || action === "delayed" ? [["Last-Attempt-Date", plain(date)]] : []),
    ...(until === undefined ? [] : [["Will-Retry-Until", plain(until)]]),
  ];
}

/** `HOST said: REPLY` in a reason; `undefined` if nobody else has said anything. */
export function remoteIn(reason: string): Remote | undefined {
  const [, host, reply] = /(?:^|\s)(\S+) said: ([2-5]\d\d[\s-].*)$/s.exec(reason) ?? [];
  return host === undefined || reply === undefined ? undefined : { host, reply };
}

/** Undoes xtext (RFC 3461 section 4); a `+` that is not followed by two digits stays. */
export function decodeXtext(text: string): string {
  return text.replaceAll(/\+([0-9A-F]{2})/g, (_all, hex) => String.fromCharCode(parseInt(hex, 16)));
}

/** Writes xtext (RFC 3461 section 4) of a text in ASCII. */
export function encodeXtext(text: string): string {
  return text.replaceAll(
    /[^!-~]|[+=]/g,
    (character) => `+${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** `rfc822; Bob+X@example.net` of `rfc822;Bob+2BX@example.net`. */
function originalRecipient(orcpt: string): string {
  const [, type = "rfc822", address = orcpt] = /^([^;]*);(.*)$/s.exec(orcpt) ?? [];
  return `${plain(type)}; ${plain(decodeXtext(address))}`;
}

/** RFC 3464 section 2.1.2: an address stands in brackets. */
function hostName(host: string): string {
  if (/^\d+(?:\.\d+){3}$/.test(host)) return `[${host}]`;
  return host.includes(":") ? `[IPv6:${host}]` : host;
}
