import type { Recipient } from "../../formats/envelope.ts";
import { formatDateTime } from "../../formats/date.ts";
import { type DsnAction, type DsnRecipient, formatDsn } from "../../formats/dsn.ts";
import { decodeWords } from "../../formats/encoded_words.ts";
import { fieldValue, parseHeader, readHeader } from "../../formats/header.ts";
import type { StoredMessage } from "../../store/mod.ts";
import type { Submission } from "./mod.ts";

/** How senders are told (S49, S13). */
export interface NoticeOptions {
  /** Our name: the first host_domain. */
  readonly hostname: string;
  /** bounce_body: return the whole message, not its header alone. */
  readonly wholeMessage: boolean;
  /** bounce_maxlen: of a message longer than this only the header is returned. Octets. */
  readonly maxOctets: number;
  /** Zone text of stamps; empty for the real zone. */
  readonly timezone: string;
}

/** What became of a recipient, for whom it concerns. */
export interface Notice {
  readonly recipient: Recipient;
  readonly action: DsnAction;
  readonly status: string;
  readonly reason: string;
  /** Of a delay: until when it is tried if it can be tried all the time. */
  readonly givenUpMs?: number;
}

/** Longest header that is returned, in octets. */
const MAX_HEADER_OCTETS = 64 * 1024;

/**
 * Whether a sender wants to be told (B8, A11): of a failure unless NOTIFY leaves it out, of
 * anything else only if NOTIFY names it.
 */
export function isWanted({ notify }: Recipient, action: DsnAction): boolean {
  switch (action) {
    case "failed":
      return notify === undefined || notify.includes("FAILURE");
    case "delayed":
      return notify?.includes("DELAY") ?? false;
    case "delivered":
    case "relayed":
      return notify?.includes("SUCCESS") ?? false;
  }
}

/**
 * One message to the sender of `message` about some of its recipients. Its own sender is null, so
 * that nobody answers it and no failure of it makes another (RFC 5321 section 6.1).
 */
export function notification(
  message: StoredMessage,
  notices: readonly Notice[],
  { options, nowMs }: { readonly options: NoticeOptions; readonly nowMs: number },
): { readonly submission: Submission; readonly body: AsyncIterable<Uint8Array> } {
  const { envelope } = message;
  return {
    submission: {
      envelope: {
        sender: "",
        recipients: [{ address: envelope.sender, notify: ["NEVER"] }],
        ...(envelope.smtpUtf8 ? { smtpUtf8: true } : {}),
      },
      origin: { kind: "local", by: "dsn" },
      trace: (id) => `Message-ID: <${id}@${options.hostname}>\r\n`,
    },
    body: written(message, notices, { options, nowMs }),
  };
}

async function* written(
  message: StoredMessage,
  notices: readonly Notice[],
  { options, nowMs }: { readonly options: NoticeOptions; readonly nowMs: number },
): AsyncGenerator<Uint8Array> {
  const { envelope } = message;
  const header = await headerOf(message);
  const stamp = (atMs: number) => formatDateTime(atMs, { zoneText: options.timezone });
  // RFC 3461 section 4.3: RET is about failures; of other notices nobody needs the message back.
  const whole = options.wholeMessage && envelope.ret !== "HDRS" &&
    message.sizeOctets <= options.maxOctets && notices.some(({ action }) => action === "failed");
  const { before, after } = formatDsn({
    hostname: options.hostname,
    to: envelope.sender,
    date: stamp(nowMs),
    arrival: stamp(message.submittedAtMs),
    subject: decodeWords(fieldValue(parseHeader(header), "Subject") ?? ""),
    queueId: message.id,
    ...(envelope.envid === undefined ? {} : { envid: envelope.envid }),
    recipients: notices.map((notice) => asRecipient(notice, stamp)),
    returned: whole ? "message" : "header",
    ...(envelope.smtpUtf8 ? { utf8: true } : {}),
  });
  const encoder = new TextEncoder();
  yield encoder.encode(before);
  if (whole) yield* message.open();
  else yield header;
  yield encoder.encode(after);
}

function asRecipient(
  { recipient: { address, orcpt }, action, status, reason, givenUpMs }: Notice,
  stamp: (atMs: number) => string,
): DsnRecipient {
  return {
    address,
    ...(orcpt === undefined ? {} : { orcpt }),
    action,
    status,
    reason,
    ...(givenUpMs === undefined ? {} : { until: stamp(givenUpMs) }),
  };
}

async function headerOf(message: StoredMessage): Promise<Uint8Array> {
  const { bytes, rest } = await readHeader(message.open(), MAX_HEADER_OCTETS);
  for await (const _chunk of rest) break; // Closes the file.
  return bytes;
}
