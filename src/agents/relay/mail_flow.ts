import type { Outcome } from "../../domain/queue/mod.ts";
import { orAborted } from "../../platform/mod.ts";
import type { Mail } from "./envelope_lines.ts";
import { type Prepared, prepared } from "./prepared.ts";
import { type SmtpClient, TIMEOUTS_MS } from "./smtp_client.ts";
import { SmtpError } from "./smtp_error.ts";
import { type Ended, type MailSession, Transaction } from "./transaction.ts";
import { UNREADABLE } from "./verdicts.ts";

/** Messages whose outcome is not written down yet, at most. */
const MAX_UNDER_WAY = 200;

/** What flows over a session, and who is told what came of it. */
export interface MailFlowOptions<M extends Mail> {
  /** What is to be sent next; `undefined`: nothing at the moment. */
  readonly next: () => M | undefined;
  /** Then: resolves when there may be something again; `undefined`: the session ends. */
  readonly coming?: () => Promise<void> | undefined;
  /** Without a goodbye: at its end the session can be used again. */
  readonly staysOpen?: boolean;
  /** Told each outcome once, in the order of the addresses; `undefined`: not known yet. */
  readonly settle: (mail: M, outcomes: readonly (Outcome | undefined)[]) => Promise<void>;
}

/** How a session went. */
export interface FlowEnd<M extends Mail> {
  /** Whether the server said anything to the point about a message, or all went well. */
  readonly answered: boolean;
  /** Why it ended; `undefined` if it came to its end. */
  readonly failure: SmtpError | undefined;
  /** What the server has not taken for certain, and the addresses for which nothing is known. */
  readonly left: readonly { readonly mail: M; readonly outcomes: Ended["outcomes"] }[];
}

/**
 * Sends messages over a session until there is nothing more, or the session breaks, and ends it.
 * Only a message with a positive final reply is settled as delivered. If the session breaks, each
 * message that the server may have taken has failed for now: it would be sent twice. So has the one
 * that it broke at, unless others were answered before. What remains is left.
 *
 * @throws The abort reason, or what `settle` throws.
 */
export async function sendMails<M extends Mail>(
  session: MailSession,
  options: MailFlowOptions<M>,
): Promise<FlowEnd<M>> {
  return await new MailFlow(session, options).run();
}

class MailFlow<M extends Mail> {
  readonly #session: MailSession;
  readonly #client: SmtpClient;
  readonly #options: MailFlowOptions<M>;
  readonly #underWay = new Set<Promise<void>>();
  /** In the order in which they were sent. */
  #broken: { readonly at: number; readonly mail: M; readonly ended: Ended }[] = [];
  #answered = false;
  #problem: { readonly reason: unknown } | undefined;

  constructor(session: MailSession, options: MailFlowOptions<M>) {
    this.#session = session;
    this.#client = session.client;
    this.#options = options;
  }

  async run(): Promise<FlowEnd<M>> {
    const { signal } = this.#client;
    try {
      for (let at = 0; this.#client.isOpen && this.#problem === undefined;) {
        const mail = this.#options.next();
        if (mail !== undefined) await this.#send(mail, at++);
        else if (!await this.#moreComes()) break;
      }
      const { staysOpen = false } = this.#options;
      const end = staysOpen ? this.#allAnswered() : this.#sayGoodbye();
      const [failure] = await Promise.all([end, ...this.#underWay]);
      if (this.#problem !== undefined) throw this.#problem.reason;
      signal.throwIfAborted();
      // After the last answer nothing depends on how it ended, but for a reply too many.
      const isOver = this.#broken.length === 0 && this.#answered && failure?.fault !== "confused";
      return {
        answered: this.#answered,
        failure: isOver ? undefined : failure,
        left: await this.#afterBreak(failure),
      };
    } finally {
      if (!this.#options.staysOpen || this.#problem !== undefined) this.#client.close();
    }
  }

  async #send(mail: M, at: number): Promise<void> {
    const ready = await this.#prepared(mail);
    if (ready.kind === "refused") {
      this.#answered = true;
      return this.#track(this.#options.settle(mail, mail.addresses.map(() => ready.outcome)));
    }
    const transaction = new Transaction(this.#session, ready.mail);
    await transaction.send();
    this.#track(this.#conclude(transaction, mail, at));
    if (this.#underWay.size < MAX_UNDER_WAY) return;
    await this.#client.exchange.flush().catch(() => {}); // What failed is told at the end.
    await Promise.race(this.#underWay);
  }

  /** Waits until there may be more to send; false: there will not. */
  async #moreComes(): Promise<boolean> {
    const coming = this.#options.coming?.();
    if (coming === undefined) return false;
    const { exchange, signal } = this.#client;
    await exchange.flush().catch(() => {}); // What failed is told at the end.
    await orAborted(Promise.race([coming, ...this.#underWay]), signal);
    return true;
  }

  async #prepared(mail: M): Promise<Prepared> {
    try {
      return await prepared(this.#client, mail, this.#session.host);
    } catch {
      return { kind: "refused", outcome: UNREADABLE };
    }
  }

  async #conclude(transaction: Transaction, mail: M, at: number): Promise<void> {
    const ended = await transaction.ended();
    const { outcomes } = ended;
    if (outcomes.includes(undefined)) {
      this.#broken.push({ at, mail, ended });
      // Sent away behind refusals: each session makes an end of some.
      const wasSentAway = this.#client.exchange.failure?.fault === "closing";
      this.#answered ||= wasSentAway && outcomes.some((one) => one?.kind === "permanent");
    } else {
      this.#answered ||= this.#client.isOpen || outcomes.some((one) => one?.kind !== "temporary");
      await this.#options.settle(mail, outcomes);
    }
  }

  /** Never rejects: what goes wrong ends the flow. */
  #track(work: Promise<void>): void {
    const tracked = work.catch((reason) => {
      this.#problem ??= { reason };
    }).finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** Resolves to what went wrong with the session. Never rejects. */
  async #allAnswered(): Promise<SmtpError | undefined> {
    const { exchange } = this.#client;
    await exchange.flush().catch(() => {}); // It is told as the session's failure.
    await Promise.all(this.#underWay);
    return exchange.failure;
  }

  /** Behind the last message at once; resolves to what went wrong with the session. Never rejects. */
  async #sayGoodbye(): Promise<SmtpError | undefined> {
    const { exchange } = this.#client;
    try {
      const reply = exchange.ask("QUIT", TIMEOUTS_MS.quit);
      await exchange.flush();
      const { code } = await reply;
      if (code === 221 || code === 421 || this.#session.pace === "step") return undefined;
      throw exchange.confused(`the reply to QUIT was ${code}`);
    } catch (error) {
      if (error instanceof SmtpError) return error;
      return undefined; // Aborted: the flow ends with the reason.
    }
  }

  async #afterBreak(failure: SmtpError | undefined): Promise<FlowEnd<M>["left"]> {
    this.#broken.sort((a, b) => a.at - b.at);
    const left: FlowEnd<M>["left"][number][] = [];
    for (const { mail, ended } of this.#broken) {
      const isFirst = mail === this.#broken[0]?.mail;
      if (!this.#failedAt(isFirst, ended, failure)) {
        left.push({ mail, outcomes: ended.outcomes });
        continue;
      }
      const outcome = failure === undefined ? INCOMPLETE : temporaryBecause(failure);
      await this.#options.settle(mail, ended.outcomes.map((known) => known ?? outcome));
    }
    return left;
  }

  /** Whether a message has failed for now; otherwise it may be sent at once over another session. */
  #failedAt(isFirst: boolean, { mayHaveArrived }: Ended, failure: SmtpError | undefined): boolean {
    switch (failure?.fault) {
      case "closing":
        return false;
      case "confused":
        return mayHaveArrived || (isFirst && this.#session.pace === "step");
      case "ended":
        return mayHaveArrived;
      case "line":
      case "dropped":
        // After some messages it may be that it takes no more of them at a time.
        return mayHaveArrived || (isFirst && !this.#answered);
      default:
        return mayHaveArrived || isFirst;
    }
  }
}

function temporaryBecause({ status, message }: SmtpError): Outcome {
  return { kind: "temporary", status, reason: message };
}

const INCOMPLETE: Outcome = {
  kind: "temporary",
  status: "4.4.2",
  reason: "The session ended before there was an answer",
};
