import type { Envelope } from "../../formats/envelope.ts";
import { readHeader } from "../../formats/header.ts";
import type { Queue } from "../../domain/queue/mod.ts";
import { type Clock, isDiskFull, type Log } from "../../platform/mod.ts";
import { checkedBody, RefusedMessage } from "./checked_body.ts";
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
  const checked = checkedBody(message.body, { maxOctets: options.maxMessageOctets });
  const body = noteError(checked, (error) => bodyError = error);
  const client = { from: message.client.address, sender: message.envelope.sender };
  try {
    const id = await submit(message, body, context);
    return replies.dataOk(id);
  } catch (error) {
    // What the queue throws may wrap what the body threw: the note is the authority.
    const cause = bodyError ?? error;
    if (cause instanceof RefusedMessage) {
      log.info("Refused a message", { ...client, reply: String(cause.reply.text) });
      return cause.reply;
    }
    if (bodyError !== undefined) {
      log.info("A client went away in the middle of a message", client);
      return replies.internalError;
    }
    log.error("Cannot store a message", { ...client, reason: String(error) });
    return isDiskFull(error) ? replies.diskFull : replies.notStored;
  }
}

async function submit(
  message: IncomingMessage,
  body: AsyncIterable<Uint8Array>,
  { options, queue, clock }: ReceiveContext,
): Promise<string> {
  const { envelope, client, extended } = message;
  const header = await readHeader(body, MAX_HEADER_OCTETS);
  if (!header.complete && header.bytes.length >= MAX_HEADER_OCTETS) {
    throw new RefusedMessage(replies.headerTooLarge(MAX_HEADER_OCTETS));
  }
  if (hopsOf(header) > MAX_RECEIVED) throw new RefusedMessage(replies.mailLoop);
  const origin = originOf(client);
  const { hostname, timezone } = options;
  const nowMs = clock.now();
  const trace = (id: string) =>
    traceLines(header, {
      id,
      hostname,
      timezone,
      client,
      extended,
      envelope,
      nowMs,
    });
  return await queue.submit({ envelope, origin, trace }, wholeMessage(header.bytes, header.rest));
}

async function* wholeMessage(
  header: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (header.length > 0) yield header;
  yield* rest;
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
