import type { Outcome } from "../../domain/queue/mod.ts";
import { replyText, type SmtpReply, statusOf } from "../../formats/smtp.ts";
import { type Chunk, chunked } from "./chunked.ts";
import { type Mail, mailLine, offersOf, rcptLines } from "./envelope_lines.ts";
import type { Exchange } from "./exchange.ts";
import { type SmtpClient, TIMEOUTS_MS } from "./smtp_client.ts";
import type { SmtpError } from "./smtp_error.ts";
import {
  isOutOfSequence,
  isPositive,
  outcomeOf,
  recipientRefused,
  unexpected,
  UNREADABLE,
} from "./verdicts.ts";
import type { Share, Window } from "./window.ts";

/**
 * How much is sent before the answers are there.
 *
 * - `stream`: everything, message after message (RFC 2920 and 3030);
 * - `group`: an envelope behind the end of the message before it (RFC 2920 section 3.1);
 * - `step`: one command.
 */
export type Pace = "stream" | "group" | "step";

/** The most that a server can bear, as it says. */
export function paceOf(client: SmtpClient): Pace {
  if (!client.offers("PIPELINING")) return "step";
  return client.offers("CHUNKING") ? "stream" : "group";
}

/** A session that takes mail. */
export interface MailSession {
  readonly client: SmtpClient;
  /** How the server is called in what we say to people. */
  readonly host: string;
  readonly pace: Pace;
  readonly window: Window;
  /** Whether a transaction may be open that has come to nothing: RSET goes first. */
  resetFirst: boolean;
}

/** What has come of a message. */
export interface Ended {
  /** In the order of the addresses; `undefined` for those that the session did not live to tell. */
  readonly outcomes: readonly (Outcome | undefined)[];
  /** Whether the server may have taken it all the same: its answer was lost. */
  readonly mayHaveArrived: boolean;
}

/** What an envelope costs beside the message, in octets, roughly. */
const LINE_OCTETS = 100;

/** One message on its way over a session. */
export class Transaction {
  readonly #session: MailSession;
  readonly #mail: Mail;
  readonly #outcomes: (Outcome | undefined)[];
  /** Rejects if the session ends before the last reply is there. */
  #verdict: Promise<void> = Promise.resolve();
  /** Where in what is sent the message ends; it cannot arrive before. */
  #end = Infinity;
  #isRefused = false;

  constructor(session: MailSession, mail: Mail) {
    this.#session = session;
    this.#mail = mail;
    this.#outcomes = mail.addresses.map(() => undefined);
  }

  /** Resolves when the next message may be sent; never rejects. */
  async send(): Promise<void> {
    try {
      await this[this.#session.pace]();
    } catch (error) {
      this.#verdict = Promise.reject(error);
      this.#verdict.catch(() => {}); // It is awaited in ended().
    }
  }

  /** Resolves when all replies are there, or none will come any more; never rejects. */
  async ended(): Promise<Ended> {
    try {
      await this.#verdict;
    } catch {
      // With the session open, and after an end that was ours, it is the message that failed.
      const { failure, isOpen } = this.#exchange;
      if (isOpen || failure?.fault === "ended") this.#settleRest(UNREADABLE);
    }
    const mayHaveArrived = this.#end <= this.#exchange.handedOver && !this.#isRefused;
    return { outcomes: this.#outcomes, mayHaveArrived };
  }

  get #exchange(): Exchange {
    return this.#session.client.exchange;
  }

  /** Whether the message has to be sent: somebody is to get it. */
  get #isWanted(): boolean {
    return this.#outcomes.includes(undefined);
  }

  /**
   * The whole message behind its envelope. A message of several chunks waits for the recipients: on
   * a thin line it is dear to send one that nobody takes (RFC 3030 section 2: it would be read to
   * its end all the same).
   */
  private async stream(): Promise<void> {
    let envelope: Envelope | undefined;
    const replies: Promise<SmtpReply>[] = [];
    const refusals = { any: false };
    for await (const chunk of chunked(this.#mail.message.open())) {
      const share = await this.#room(chunk.bytes.length);
      if (envelope === undefined) {
        envelope = this.#askEnvelope();
        if (!chunk.last) await this.#take(envelope);
      }
      if (!this.#isWanted || refusals.any) {
        this.#session.window.give(share);
        break;
      }
      replies.push(this.#putChunk(chunk, share, refusals));
      if (chunk.last) this.#end = this.#exchange.position;
      if (chunk.last) await this.#exchange.flushPiece();
      else await this.#exchange.flush();
    }
    // An open transaction would refuse the next MAIL.
    const next = this.#exchange.ask("RSET", TIMEOUTS_MS.command);
    this.#verdict = this.#judgeChunks(envelope, replies, next);
  }

  /** RFC 2920 section 3.1: DATA ends a group, and the next one begins with the message. */
  private async group(): Promise<void> {
    const { client } = this.#session;
    const envelope = this.#askEnvelope();
    const data = this.#exchange.ask("DATA", TIMEOUTS_MS.data);
    await this.#take(envelope);
    const go = await data;
    const isWanted = this.#isWanted;
    this.#session.resetFirst = go.code !== 354 || !isWanted;
    if (go.code !== 354) return this.#refusedData(go);
    // A server may want the data though it took nobody. It gets none.
    const { verdict } = await client.putData(isWanted ? this.#mail.message.open() : []);
    if (isWanted) this.#end = this.#exchange.position;
    this.#verdict = verdict.then((reply) => this.#judge(reply));
  }

  /** Comes to DATA only if somebody is to get the message. */
  private async step(): Promise<void> {
    const { client } = this.#session;
    if (this.#session.resetFirst) await client.command("RSET");
    this.#session.resetFirst = false;
    const from = await client.command(mailLine(this.#mail, offersOf(client)));
    if (!isPositive(from)) return this.#settleRest(unexpected(this.#outcomeOf(from)));
    this.#session.resetFirst = true;
    for (const [index, line] of rcptLines(this.#mail, offersOf(client)).entries()) {
      this.#takeRecipient(index, await client.command(line));
    }
    if (!this.#isWanted) return;
    const go = await client.command("DATA", TIMEOUTS_MS.data);
    if (go.code !== 354) return this.#refusedData(go);
    const { verdict } = await client.putData(this.#mail.message.open());
    this.#end = this.#exchange.position;
    await this.#exchange.flush();
    this.#judge(await verdict);
    this.#session.resetFirst = false;
  }

  #askEnvelope(): Envelope {
    const exchange = this.#exchange;
    const { client, resetFirst } = this.#session;
    const offers = offersOf(client);
    // Its reply tells nothing that the reply to MAIL does not.
    if (resetFirst) exchange.ask("RSET", TIMEOUTS_MS.command);
    return {
      mail: exchange.ask(mailLine(this.#mail, offers), TIMEOUTS_MS.command),
      recipients: rcptLines(this.#mail, offers)
        .map((line) => exchange.ask(line, TIMEOUTS_MS.command)),
    };
  }

  /** Sends the envelope if that was not done, and notes who is refused. */
  async #take(envelope: Envelope): Promise<void> {
    await this.#exchange.flush();
    await this.#takeReplies(envelope);
  }

  async #takeReplies({ mail, recipients }: Envelope): Promise<void> {
    const from = await mail;
    this.#mustFit(from);
    // After a refused sender the recipients are refused for that reason alone.
    if (!isPositive(from)) return this.#settleRest(this.#outcomeOf(from));
    for (const [index, recipient] of recipients.entries()) {
      const reply = await recipient;
      this.#mustFit(reply);
      this.#takeRecipient(index, reply);
    }
  }

  /**
   * Notes a refused recipient; one that was taken waits for the verdict on the message. Behind refusals
   * a 421 is about their number, and this recipient was not looked at.
   */
  #takeRecipient(index: number, reply: SmtpReply): void {
    if (reply.code === 421 && this.#outcomes.some((one) => one?.kind === "permanent")) return;
    if (!isPositive(reply)) {
      this.#outcomes[index] = recipientRefused(reply, this.#session.host);
    }
  }

  #putChunk(
    { bytes, last }: Chunk,
    share: Share,
    refusals: { any: boolean },
  ): Promise<SmtpReply> {
    const line = `BDAT ${bytes.length}${last ? " LAST" : ""}`;
    const reply = this.#exchange.ask(line, TIMEOUTS_MS.end);
    this.#exchange.put(bytes);
    const { window } = this.#session;
    reply.then(
      (said) => {
        refusals.any ||= !isPositive(said);
        window.give(share);
      },
      () => window.give(share),
    );
    return reply;
  }

  async #judgeChunks(
    envelope: Envelope | undefined,
    replies: readonly Promise<SmtpReply>[],
    next: Promise<SmtpReply>,
  ): Promise<void> {
    if (envelope !== undefined) await this.#takeReplies(envelope);
    for (const [index, reply] of replies.entries()) {
      const said = await reply;
      if (index < replies.length - 1 && isPositive(said)) continue;
      // First of all: a server that closes behind it is no reason any more.
      if (this.#isWanted) this.#mustBeVerdict(said);
      else if (isPositive(said)) throw this.#confused(`unexpected reply ${replyText(said)}`);
      await this.#mustBeInStep(next);
      return this.#judge(said);
    }
  }

  /**
   * A reply too many or too few makes each of those behind it the answer to something else. The one
   * to RSET shows that: it is never a refusal, and never about an address (RFC 3463 section 3.2).
   */
  async #mustBeInStep(reset: Promise<SmtpReply>): Promise<void> {
    let reply: SmtpReply;
    try {
      reply = await reset;
    } catch {
      return; // The session ended behind the verdict: nothing speaks against that.
    }
    if (reply.code !== 421 && (!isPositive(reply) || isElsewhere(reply))) {
      throw this.#confused(`unexpected reply to RSET: ${replyText(reply)}`);
    }
  }

  /** The last word about the message. */
  #judge(reply: SmtpReply): void {
    if (!this.#isWanted) return;
    this.#mustBeVerdict(reply);
    this.#settleRest(this.#outcomeOf(reply));
  }

  #mustBeVerdict(reply: SmtpReply): void {
    this.#mustFit(reply);
    if (this.#session.pace === "stream" && isElsewhere(reply)) {
      throw this.#confused(`unexpected reply ${replyText(reply)}`);
    }
  }

  #refusedData(reply: SmtpReply): void {
    if (this.#isWanted) this.#mustFit(reply);
    if (isPositive(reply) && this.#session.pace !== "step") {
      throw this.#confused(`unexpected reply to DATA: ${replyText(reply)}`);
    }
    this.#settleRest(unexpected(this.#outcomeOf(reply)));
  }

  /** Where several commands are under way, a reply that fits none says that they confuse the server. */
  #mustFit(reply: SmtpReply): void {
    const isAsked = reply.code >= 300 && reply.code < 400;
    if (this.#session.pace === "step" || !(isAsked || isOutOfSequence(reply))) return;
    this.#isRefused = true;
    throw this.#confused(`unexpected reply ${replyText(reply)}`);
  }

  /** Also what was said before may have been the answer to something else. */
  #confused(what: string): SmtpError {
    this.#outcomes.fill(undefined);
    return this.#exchange.confused(what);
  }

  async #room(octets: number): Promise<Share> {
    const { window } = this.#session;
    const needed = octets + LINE_OCTETS * (1 + this.#mail.addresses.length);
    if (!window.hasRoom(needed)) await this.#exchange.flush();
    return await window.take(needed);
  }

  #settleRest(outcome: Outcome): void {
    for (const [index, known] of this.#outcomes.entries()) {
      this.#outcomes[index] = known ?? this.#withNotice(outcome);
    }
  }

  #withNotice(outcome: Outcome): Outcome {
    const passedOn = outcome.kind === "delivered" && this.#session.client.offers("DSN");
    return passedOn ? { ...outcome, notifies: true } : outcome;
  }

  #outcomeOf(reply: SmtpReply): Outcome {
    return outcomeOf(reply, this.#session.host);
  }
}

/** Whether a reply belongs to an envelope (RFC 3463 section 3.2) or to QUIT, by what it says. */
function isElsewhere(reply: SmtpReply): boolean {
  return reply.code === 221 || statusOf(reply).startsWith("2.1.");
}

/** Replies to an envelope under way. */
interface Envelope {
  readonly mail: Promise<SmtpReply>;
  readonly recipients: readonly Promise<SmtpReply>[];
}
