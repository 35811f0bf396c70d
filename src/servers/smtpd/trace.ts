import { formatDateTime } from "../../formats/date.ts";
import type { Envelope } from "../../formats/envelope.ts";
import { fieldsNamed, type HeaderBlock } from "../../formats/header.ts";
import { missingFields } from "../../formats/missing_fields.ts";
import type { Client } from "./replies.ts";

/** What the lines before a message tell. */
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
  /** Field that gets the envelope recipient if there is only one (B12); empty for none. */
  readonly recipientHeader: string;
}

/** More Received lines mean a circle. RFC 5321 section 6.3 suggests 100; ours is a short way home. */
export const MAX_RECEIVED = 30;

/** How many servers have had the message before. */
export function hopsOf(header: HeaderBlock): number {
  return fieldsNamed(header.fields, "Received").length;
}

/**
 * The lines put before a message: Received, the envelope recipient if that is wanted, and what it
 * should have and has not (B11). Ends with an empty line if it does not begin with a header.
 */
export function traceLines(header: HeaderBlock, inputs: TraceInputs): string {
  const { id, hostname, nowMs, timezone } = inputs;
  const date = formatDateTime(nowMs, { zoneText: timezone });
  const lines = [
    receivedLine(inputs, date),
    ...recipientLine(inputs),
    ...missingFields(header, { date, id, hostname }),
  ];
  return lines.map((line) => line + "\r\n").join("");
}

/** RFC 5321 section 4.4. */
function receivedLine(inputs: TraceInputs, date: string): string {
  const { id, hostname, client, envelope } = inputs;
  const only = onlyRecipient(envelope);
  const recipient = only === undefined ? "" : `\r\n\tfor <${only}>`;
  return `Received: from ${plain(client.name)} (${literal(client.address)})\r\n` +
    `\tby ${hostname} with ${protocolOf(inputs)} id ${id}${recipient}; ${date}`;
}

/** RFC 3848; with SMTPUTF8, RFC 6531 section 4.3. There is no word for HELO with TLS or a login. */
function protocolOf({ extended, envelope, client: { secure, user } }: TraceInputs): string {
  if (!extended) return "SMTP";
  const base = envelope.smtpUtf8 ? "UTF8SMTP" : "ESMTP";
  return base + (secure ? "S" : "") + (user === undefined ? "" : "A");
}

/** 003:95-98: POPFetch at the other end knows by it who the message is for. */
function recipientLine({ recipientHeader, envelope }: TraceInputs): readonly string[] {
  const only = onlyRecipient(envelope);
  return recipientHeader === "" || only === undefined ? [] : [`${recipientHeader}: ${only}`];
}

/** A recipient is named only if there is no other one: Bcc stays secret (A31). */
function onlyRecipient({ recipients: [only, ...others] }: Envelope): string | undefined {
  return others.length === 0 ? only?.address : undefined;
}

/** A client may call itself anything: only what a domain or an address literal has is repeated. */
function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9.:_[\]-]/g, "?");
}

function literal(address: string): string {
  return address.includes(":") ? `[IPv6:${address}]` : `[${address}]`;
}
