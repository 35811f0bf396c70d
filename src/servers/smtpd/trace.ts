import { formatDateTime } from "../../formats/date.ts";
import type { Envelope } from "../../formats/envelope.ts";
import { decodeText, fieldsNamed, type HeaderBlock } from "../../formats/header.ts";
import type { Client } from "./replies.ts";

/** What a Received line tells. */
export interface TraceInputs {
  readonly id: string;
  readonly hostname: string;
  readonly client: Client;
  /** Whether the client said EHLO. */
  readonly extended: boolean;
  readonly envelope: Envelope;
  readonly nowMs: number;
  /** S13. */
  readonly timezone: string;
}

/** More Received lines mean a circle. RFC 5321 section 6.3 suggests 100; ours is a short way home. */
export const MAX_RECEIVED = 30;

/** How many servers have had the message before. */
export function hopsOf(header: HeaderBlock): number {
  return fieldsNamed(header.fields, "Received").length;
}

/**
 * The lines put before a message: Received, and what it should have and has not, Date and Message-ID
 * (B11, RFC 6409 section 8). Ends with an empty line if the message does not begin with a header.
 */
export function traceLines(header: HeaderBlock, inputs: TraceInputs): string {
  const { id, hostname, nowMs, timezone } = inputs;
  const date = formatDateTime(nowMs, { zoneText: timezone });
  const lines = [receivedLine(inputs, date)];
  if (fieldsNamed(header.fields, "Date").length === 0) lines.push(`Date: ${date}`);
  if (fieldsNamed(header.fields, "Message-ID").length === 0) {
    lines.push(`Message-ID: <${id}@${hostname}>`);
  }
  if (!beginsWithHeader(header.bytes)) lines.push("");
  return lines.map((line) => line + "\r\n").join("");
}

/** RFC 5321 section 4.4. The recipient is named only if it is the only one: Bcc stays secret. */
function receivedLine(inputs: TraceInputs, date: string): string {
  const { id, hostname, client, extended, envelope } = inputs;
  const protocol = !extended ? "SMTP" : envelope.smtpUtf8 ? "UTF8SMTP" : "ESMTP"; // RFC 6531 section 4.3
  const [only, ...others] = envelope.recipients;
  const recipient = only && others.length === 0 ? `\r\n\tfor <${only.address}>` : "";
  return `Received: from ${plain(client.name)} (${literal(client.address)})\r\n` +
    `\tby ${hostname} with ${protocol} id ${id}${recipient}; ${date}`;
}

/** A client may call itself anything: only what a domain or an address literal has is repeated. */
function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9.:_[\]-]/g, "?");
}

function literal(address: string): string {
  return address.includes(":") ? `[IPv6:${address}]` : `[${address}]`;
}

/** A field, the empty line that ends an empty header, or the From_ line some programs leave there. */
function beginsWithHeader(bytes: Uint8Array): boolean {
  return /^(?:$|\r?\n|>?From |[!-9;-~]+[ \t]*:)/.test(decodeText(bytes.subarray(0, 1000)));
}
