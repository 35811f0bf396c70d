import { formatDateTime } from "../../formats/date.ts";
import { type DsnAction, type DsnRecipient, formatDsn } from "../../formats/dsn.ts";
import { asciiDomain } from "../../formats/domain.ts";
import { isAscii } from "../../formats/dsn_lines.ts";
import { decodeWords } from "../../formats/encoded_words.ts";
import type { Recipient } from "../../formats/envelope.ts";
import { fieldValue, parseHeader, readHeader } from "../../formats/header.ts";
import type { StoredMessage } from "../../store/mod.ts";
import type { Submission } from "./mod.ts";

/** How senders are told (S49, S13). */
export interface NoticeOptions {
  /** Our name: the first host_domain. */
  readonly hostname: string;
  /** bounce_body: return the whole message, not its header alone, to who has not said (RET). */
  readonly wholeMessage: boolean;
  /** bounce_maxlen: of a message longer than this only the header is returned. Octets. */
  readonly maxOctets: number;
  /** double_bounce: the postmaster gets what has no sender to tell. */
  readonly tellsPostmaster: boolean;
  /** Zone text of stamps; empty for the real zone. */
  readonly timezone: string;
}

/** What became of a recipient, for whom it concerns. */
export interface Notice {
  readonly recipient: Recipient;
  readonly action: DsnAction;
  readonly status: string;
  readonly reason: string;
  /** Of what was given up after many attempts: for how long it was tried, in words. */
  readonly triedFor?: string;
  /** The status of the last of them. */
  readonly lastStatus?: string;
  /** The recipient leads to several destinations, and this is about one of them. */
  readonly isPart?: boolean;
  /** Of a delay: until when it is tried if it can be tried all the time. */
  readonly givenUpMs?: number;
}

/** What a notice is written from. */
export interface NoticeContext {
  readonly options: NoticeOptions;
  readonly nowMs: number;
}

/** Who is told. */
type Reader = "sender" | "postmaster";

/** Origins of what is written here: what goes to the postmaster goes nowhere else if it fails. */
const ORIGINS = { sender: "dsn", postmaster: "double-bounce" } as const;

/** Longest header that is returned, in octets. */
const MAX_HEADER_OCTETS = 64 * 1024;

/** Recipients of one notice, at most: it is put together in memory. */
export const MAX_RECIPIENTS = 1000;

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
    case "expanded":
      return notify?.includes("SUCCESS") ?? false;
  }
}

/**
 * Who is told of it; `undefined`: nobody. A failure that has no sender is the postmaster's, whatever
 * NOTIFY our own notices carry; what failed on its way to him is nobody's (RFC 5321 section 6.1).
 */
export function readerOf(
  { envelope, origin }: StoredMessage,
  { recipient, action }: Pick<Notice, "recipient" | "action">,
  { hostname, tellsPostmaster }: NoticeOptions,
): Reader | undefined {
  if (envelope.sender !== "") return isWanted(recipient, action) ? "sender" : undefined;
  if (action !== "failed" || !tellsPostmaster) return undefined;
  const by = origin.kind === "local" ? origin.by : "";
  const isHis = recipient.address.toLowerCase() === postmasterAt(hostname).toLowerCase();
  if (by === ORIGINS.postmaster || isHis) return undefined;
  return by === ORIGINS.sender || isWanted(recipient, action) ? "postmaster" : undefined;
}

/**
 * One message about some recipients of another, at most {@linkcode MAX_RECIPIENTS}. Its own sender is
 * null, so that nobody answers it (RFC 5321 sections 4.5.5 and 6.1).
 */
export function notification(
  message: StoredMessage,
  notices: readonly Notice[],
  { reader, ...context }: NoticeContext & { readonly reader: Reader },
): { readonly submission: Submission; readonly body: AsyncIterable<Uint8Array> } {
  const { hostname } = context.options;
  const to = reader === "sender" ? inAscii(message.envelope.sender) : postmasterAt(hostname);
  return {
    submission: {
      envelope: {
        sender: "",
        recipients: [{ address: to, notify: ["NEVER"] }],
        ...(isAscii(to) ? {} : { smtpUtf8: true }),
      },
      origin: { kind: "local", by: ORIGINS[reader] },
      trace: (id) => `Message-ID: <${id}@${hostname}>\r\n`,
    },
    body: written(message, notices, { ...context, reader, to }),
  };
}

async function* written(
  message: StoredMessage,
  notices: readonly Notice[],
  { options, nowMs, reader, to }: NoticeContext & { readonly reader: Reader; readonly to: string },
): AsyncGenerator<Uint8Array> {
  const { envelope } = message;
  const header = await headerOf(message);
  const fields = parseHeader(header);
  const stamp = (atMs: number) => formatDateTime(atMs, { zoneText: options.timezone });
  const isLong = message.sizeOctets > options.maxOctets;
  const wantsWhole = wantsMessage(message, notices, { options, reader });
  const isWhole = wantsWhole && !isLong;
  const { before, after } = formatDsn({
    hostname: options.hostname,
    ...{ to, reader },
    date: stamp(nowMs),
    arrival: stamp(message.submittedAtMs),
    subject: decodeWords(fieldValue(fields, "Subject") ?? ""),
    messageId: fieldValue(fields, "Message-ID") ?? "",
    queueId: message.id,
    ...(envelope.envid === undefined ? {} : { envid: envelope.envid }),
    recipients: notices.map((notice) => asRecipient(notice, stamp)),
    returned: isWhole ? "message" : "header",
    wasTooLong: wantsWhole && isLong,
    isGlobal: envelope.smtpUtf8 ?? false,
    utf8: !isAscii(to),
  });
  const encoder = new TextEncoder();
  yield encoder.encode(before);
  if (isWhole) yield* message.open();
  else yield header;
  yield encoder.encode(after);
}

/** RFC 3461 section 4.3: RET is about failures; of other notices nobody needs the message back. */
function wantsMessage(
  { envelope }: StoredMessage,
  notices: readonly Notice[],
  { options, reader }: { readonly options: NoticeOptions; readonly reader: Reader },
): boolean {
  if (!notices.some(({ action }) => action === "failed")) return false;
  if (reader === "postmaster") return true; // Nobody else has it.
  return envelope.ret === undefined ? options.wholeMessage : envelope.ret === "FULL";
}

function asRecipient(
  { recipient: { address, orcpt }, givenUpMs, ...notice }: Notice,
  stamp: (atMs: number) => string,
): DsnRecipient {
  const { action, status, reason, triedFor, lastStatus, isPart } = notice;
  return {
    address,
    ...(orcpt === undefined ? {} : { orcpt }),
    ...{ action, status, reason },
    ...(triedFor === undefined ? {} : { triedFor }),
    ...(lastStatus === undefined ? {} : { lastStatus }),
    ...(isPart ? { isPart } : {}),
    ...(givenUpMs === undefined ? {} : { until: stamp(givenUpMs) }),
  };
}

/** The header, or as many whole lines of it as are returned. */
async function headerOf(message: StoredMessage): Promise<Uint8Array> {
  const { bytes, rest, complete } = await readHeader(message.open(), MAX_HEADER_OCTETS);
  for await (const _chunk of rest) break; // Closes the file.
  const isWhole = complete || bytes.length < MAX_HEADER_OCTETS;
  return isWhole ? bytes : bytes.subarray(0, bytes.lastIndexOf(LF) + 1);
}

const LF = 0x0a;

/** As much of an address as can be: the next server may not know SMTPUTF8. */
function inAscii(address: string): string {
  const at = address.lastIndexOf("@") + 1;
  return address.slice(0, at) + asciiDomain(address.slice(at));
}

function postmasterAt(hostname: string): string {
  return `postmaster@${hostname}`;
}
