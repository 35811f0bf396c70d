import { preceded } from "../../formats/chunk_source.ts";
import { type Envelope, namesOf } from "../../formats/envelope.ts";
import { readHeader } from "../../formats/header.ts";
import { RefusedByRule } from "../../domain/filter/mod.ts";
import type { Queue } from "../../domain/queue/mod.ts";
import { type Clock, isDiskFull, type Log } from "../../platform/mod.ts";
import { checkedBody, RefusedMessage } from "./checked_body.ts";
import { type Content, withContentRules } from "./content.ts";
import type { SmtpdOptions } from "./mod.ts";
import { originOf } from "./origin.ts";
import { type Client, replies, type Reply } from "./replies.ts";
import { hopsOf, MAX_RECEIVED, traceLines } from "./trace.ts";

/** Longest header that is taken, in octets: it is kept in memory while it is looked at. */
const MAX_HEADER_OCTETS = 256 * 1024;

/** One message on its way in. */
export interface IncomingMessage {
  readonly envelope: Envelope;
  readonly client: Client;
  readonly extended: boolean;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What receiving needs. */
export interface ReceiveContext {
  readonly options: SmtpdOptions;
  readonly queue: Pick<Queue, "submit">;
  /** Without it messages are taken as they are. */
  readonly content?: Content | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Takes a message from the DATA stream into the queue and says how to answer. 250 only once the
 * queue has promised that the message survives a power cut. Part of the body may be left unread.
 */
export async function receiveMessage(
  message: IncomingMessage,
  context: ReceiveContext,
): Promise<Reply> {
  const { options, log } = context;
  let bodyError: unknown;
  const note = (error: unknown) => bodyError ??= error;
  const checked = checkedBody(message.body, { maxOctets: options.maxMessageOctets });
  const about = {
    from: message.envelope.sender,
    to: namesOf(message.envelope),
    client: message.client.address,
  };
  try {
    const id = await submit({ ...message, body: noteError(checked, note) }, context, note);
    return replies.dataOk(id);
  } catch (error) {
    // What the queue throws may wrap what the body threw: the note is the authority.
    const cause = bodyError ?? error;
    if (cause instanceof RefusedByRule) {
      const { number, text } = cause.rule;
      log.info("Refused a message by a filter", { ...about, rule: number, text });
      return replies.filtered(number);
    }
    if (cause instanceof RefusedMessage) {
      log.info("Refused a message", { ...about, reply: String(cause.reply.text) });
      return cause.reply;
    }
    if (bodyError !== undefined) {
      const reason = String(bodyError);
      log.info("A client went away in the middle of a message", { ...about, reason });
      return replies.internalError;
    }
    log.error("Cannot store a message", { ...about, reason: String(error) });
    return isDiskFull(error) ? replies.diskFull : replies.notStored;
  }
}

async function submit(
  message: IncomingMessage,
  { options, queue, content, clock }: ReceiveContext,
  note: (error: unknown) => void,
): Promise<string> {
  const { envelope, client, extended } = message;
  const header = await readHeader(message.body, MAX_HEADER_OCTETS);
  if (!header.complete && header.bytes.length >= MAX_HEADER_OCTETS) {
    throw new RefusedMessage(replies.headerTooLarge(MAX_HEADER_OCTETS));
  }
  if (hopsOf(header) > MAX_RECEIVED) throw new RefusedMessage(replies.mailLoop);
  const stored = content === undefined
    ? header
    : await withContentRules(header, { envelope, client }, content);
  const { hostname, timezone } = options;
  const { recipientHeader = "" } = content ?? {};
  const nowMs = clock.now();
  const trace = (id: string) =>
    traceLines(header, {
      ...{ id, hostname, timezone, client, extended, envelope, nowMs },
      recipientHeader,
    });
  const body = noteError(preceded(stored.bytes, stored.rest), note);
  return await queue.submit({ envelope, origin: originOf(client), trace }, body);
}

async function* noteError(
  body: AsyncIterable<Uint8Array>,
  note: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    note(error);
    throw error;
  }
}
