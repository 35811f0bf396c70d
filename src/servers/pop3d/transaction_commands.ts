import { transformed } from "../../formats/byte_transform.ts";
import { DotStuffer, TERMINATOR } from "../../formats/dot_stuffing.ts";
import { parseNumber, type Pop3Reply } from "../../formats/pop3.ts";
import { TopCutter } from "../../formats/pop3_top.ts";
import type { MaildropMessage } from "../../store/mod.ts";
import { capabilityLines, REPLIES } from "./replies.ts";
import type { CommandTable, SessionContext, State, TransactionState } from "./state.ts";
import type { Transaction } from "./transaction.ts";

/** The commands of the TRANSACTION state (RFC 1939 sections 5 to 7, RFC 2449). */
export const TRANSACTION: CommandTable<TransactionState> = {
  async CAPA({ options, output }, _argument, state) {
    await output.lines(REPLIES.capabilities, capabilityLines(options.version));
    return state;
  },

  async STAT({ output }, _argument, state) {
    await output.reply(REPLIES.status(state.mail.count, state.mail.octets));
    return state;
  },

  async LIST(context, argument, state) {
    const { mail } = state;
    if (argument.trim() !== "") return await listOne(context, argument, state, "sizeOctets");
    const lines = mail.remaining().map(([number, message]) => `${number} ${message.sizeOctets}`);
    await context.output.lines(REPLIES.listing(mail.count, mail.octets), lines);
    return state;
  },

  async UIDL(context, argument, state) {
    if (argument.trim() !== "") return await listOne(context, argument, state, "uid");
    const lines = state.mail.remaining().map(([number, message]) => `${number} ${message.uid}`);
    await context.output.lines(REPLIES.uniqueIds, lines);
    return state;
  },

  async RETR(context, argument, state) {
    const { mail } = state;
    const found = await selected(context, argument, mail);
    if (found === undefined) return state;
    const { message } = found;
    const body = counted(mail, mail.read(message));
    const over = await send(context, REPLIES.message(message.sizeOctets), body);
    if (over === undefined) mail.sent.messages++;
    return over ?? state;
  },

  async TOP(context, argument, state) {
    const { mail } = state;
    const [number = "", lines = "", ...more] = argument.trim().split(/ +/);
    const count = numberFrom(lines);
    if (count === undefined || more.length > 0) {
      await context.refuse(REPLIES.badTop);
      return state;
    }
    const found = await selected(context, number, mail);
    if (found === undefined) return state;
    const body = counted(mail, top(mail.read(found.message), count));
    return await send(context, REPLIES.top, body) ?? state;
  },

  async DELE(context, argument, state) {
    const found = await selected(context, argument, state.mail);
    if (found === undefined) return state;
    state.mail.delete(found.number);
    await context.output.reply(REPLIES.deleted(found.number));
    return state;
  },

  async NOOP({ output }, _argument, state) {
    await output.reply(REPLIES.done);
    return state;
  },

  async RSET({ output }, _argument, state) {
    state.mail.reset();
    await output.reply(REPLIES.reset(state.mail.count, state.mail.octets));
    return state;
  },

  async QUIT({ from, log, output }, _argument, { mail }) {
    let failed = false;
    try {
      await mail.update();
    } catch (error) {
      failed = true;
      log.error("Cannot remove messages", { user: mail.user, from, reason: String(error) });
    }
    // Unlocked before the client is told: it may log in again at once.
    await mail[Symbol.asyncDispose]();
    await output.reply(failed ? REPLIES.notRemoved : REPLIES.removed(mail.count));
    return { kind: "over", why: failed ? "quit, messages not removed" : "quit" };
  },
};

async function listOne(
  context: SessionContext,
  argument: string,
  state: TransactionState,
  what: "sizeOctets" | "uid",
): Promise<State> {
  const found = await selected(context, argument, state.mail);
  if (found === undefined) return state;
  await context.output.reply(REPLIES.one(found.number, found.message[what]));
  return state;
}

/** The message an argument names; if there is none the client was told why. */
async function selected(
  { output, refuse }: SessionContext,
  argument: string,
  mail: Transaction,
): Promise<{ readonly number: number; readonly message: MaildropMessage } | undefined> {
  const number = numberFrom(argument.trim());
  if (number === undefined) {
    await refuse(REPLIES.badNumber);
    return undefined;
  }
  const selection = mail.select(number);
  switch (selection.kind) {
    case "message":
      return { number, message: selection.message };
    case "deleted":
      await output.reply(REPLIES.alreadyDeleted(number));
      return undefined;
    case "none":
      await output.reply(REPLIES.noSuchMessage(mail.count));
      return undefined;
  }
}

function numberFrom(text: string): number | undefined {
  try {
    return parseNumber(text);
  } catch {
    return undefined; // Anything but digits, and numbers too large to be any message's.
  }
}

/**
 * Sends a message as a multi-line reply. If it cannot be read to its end the session is over: only a
 * connection that breaks tells the client that what it has is not the whole message.
 */
async function send(
  { from, log, output }: SessionContext,
  first: Pop3Reply,
  message: AsyncIterable<Uint8Array>,
): Promise<State | undefined> {
  const body = transformed(message, new DotStuffer());
  try {
    let next = await readable(body);
    if (next.kind === "failed") {
      log.error("Cannot read a message", { from, reason: next.reason });
      await output.reply(REPLIES.cannotRead);
      return undefined;
    }
    await output.reply(first);
    for (; next.kind === "chunk"; next = await readable(body)) await output.bytes(next.bytes);
    if (next.kind === "failed") {
      log.error("Cannot read a message to its end", { from, reason: next.reason });
      return { kind: "over", why: "a message could not be read" };
    }
    await output.text(TERMINATOR);
    return undefined;
  } finally {
    await body.return(undefined);
  }
}

type Read =
  | { readonly kind: "chunk"; readonly bytes: Uint8Array }
  | { readonly kind: "end" }
  | { readonly kind: "failed"; readonly reason: string };

/** The next chunk; a failure of the disk is told from one of the connection. */
async function readable(body: AsyncGenerator<Uint8Array, void>): Promise<Read> {
  try {
    const next = await body.next();
    return next.done ? { kind: "end" } : { kind: "chunk", bytes: next.value };
  } catch (error) {
    return { kind: "failed", reason: String(error) };
  }
}

/** Reads no further than is wanted: a large message costs its header only. */
async function* top(
  message: AsyncIterable<Uint8Array>,
  lines: number,
): AsyncGenerator<Uint8Array> {
  const cutter = new TopCutter(lines);
  for await (const chunk of message) {
    yield cutter.push(chunk);
    if (cutter.done) return;
  }
}

async function* counted(
  mail: Transaction,
  message: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of message) {
    mail.sent.octets += chunk.length;
    yield chunk;
  }
}
