import type { Outcome } from "../../domain/queue/mod.ts";
import type { Recipient } from "../../formats/envelope.ts";
import { replyText, type SmtpReply, statusOf } from "../../formats/smtp.ts";
import type { StoredMessage } from "../../store/mod.ts";
import { type SmtpClient, SmtpError, TIMEOUTS_MS } from "./smtp_client.ts";

/** Recipients of one transaction; every server takes so many (RFC 5321 section 4.5.3.1.8). */
export const MAX_RECIPIENTS = 100;

/** What is sent in one transaction. */
export interface Mail {
  readonly message: StoredMessage;
  /** At most {@linkcode MAX_RECIPIENTS}. */
  readonly addresses: readonly string[];
  /** How the server is called in what we say to people. */
  readonly host: string;
}

/** Replies that complain about us, not about the message: to be put right by an administrator. */
const OUR_OWN_FAULT: ReadonlySet<number> = new Set([530, 534, 535, 538]); // RFC 4954 section 6

/**
 * Sends one message and resolves to the outcome for each address, in their order. It does not throw
 * when the session breaks: what had no final answer then has failed for now.
 *
 * @throws The reason when the client's signal is aborted.
 */
export async function sendMail(client: SmtpClient, mail: Mail): Promise<readonly Outcome[]> {
  const hopeless = refusedHere(client, mail);
  if (hopeless !== undefined) return mail.addresses.map(() => hopeless);
  const transaction = new Transaction(client, mail);
  try {
    await transaction.run();
  } catch (error) {
    client.signal.throwIfAborted();
    transaction.fail(error);
  }
  return transaction.outcomes();
}

class Transaction {
  readonly #client: SmtpClient;
  readonly #mail: Mail;
  readonly #outcomes: (Outcome | undefined)[];

  constructor(client: SmtpClient, mail: Mail) {
    this.#client = client;
    this.#mail = mail;
    this.#outcomes = mail.addresses.map(() => undefined);
  }

  async run(): Promise<void> {
    const data = this.#client.offers("PIPELINING")
      ? await this.#together()
      : await this.#oneByOne();
    const taken = this.#outcomes.includes(undefined);
    if (data?.code === 354) {
      // RFC 2920 section 3.1: a server may want the data though it took nobody. It gets none.
      const verdict = await this.#client.data(taken ? this.#mail.message.open() : []);
      this.#settleRest(this.#outcomeOf(verdict));
      return;
    }
    if (data !== undefined) this.#settleRest(unexpected(this.#outcomeOf(data)));
    if (this.#client.isOpen) await this.#client.command("RSET");
  }

  /** The session broke, or the message could not be read. */
  fail(error: unknown): void {
    const outcome: Outcome = error instanceof SmtpError
      ? { kind: "temporary", status: error.status, reason: error.message }
      : { kind: "temporary", status: "4.3.0", reason: "The message could not be read" };
    this.#settleRest(outcome);
  }

  outcomes(): readonly Outcome[] {
    return this.#outcomes.map((outcome) => outcome ?? INCOMPLETE);
  }

  /** The whole envelope in one piece: one round trip instead of one a recipient (RFC 2920). */
  async #together(): Promise<SmtpReply | undefined> {
    const client = this.#client;
    await client.send(this.#mailLine(), ...this.#rcptLines(), "DATA");
    const mail = await client.reply(TIMEOUTS_MS.command);
    for (const index of this.#outcomes.keys()) {
      const reply = await client.reply(TIMEOUTS_MS.command);
      // After a refused sender the recipients are refused for that reason alone.
      if (isPositive(mail)) this.#take(index, reply);
    }
    if (!isPositive(mail)) this.#settleRest(unexpected(this.#outcomeOf(mail)));
    return await client.reply(TIMEOUTS_MS.data);
  }

  /** Resolves to `undefined` if it was of no use to come to DATA. */
  async #oneByOne(): Promise<SmtpReply | undefined> {
    const client = this.#client;
    const mail = await client.command(this.#mailLine());
    if (!isPositive(mail)) {
      this.#settleRest(unexpected(this.#outcomeOf(mail)));
      return undefined;
    }
    for (const [index, line] of this.#rcptLines().entries()) {
      this.#take(index, await client.command(line));
    }
    if (!this.#outcomes.includes(undefined)) return undefined;
    return await client.command("DATA", TIMEOUTS_MS.data);
  }

  /** Notes a refused recipient; one that was taken waits for the verdict on the message. */
  #take(index: number, reply: SmtpReply): void {
    if (isPositive(reply)) return;
    const outcome = unexpected(this.#outcomeOf(reply));
    // RFC 5321 section 4.5.3.1.10: too many recipients, which used to be 552.
    this.#outcomes[index] = reply.code === 552 && outcome.kind === "permanent"
      ? { ...outcome, kind: "temporary", status: "4.5.3" }
      : outcome;
  }

  #settleRest(outcome: Outcome): void {
    for (const [index, known] of this.#outcomes.entries()) {
      this.#outcomes[index] = known ?? this.#withNotice(index, outcome);
    }
  }

  #withNotice(index: number, outcome: Outcome): Outcome {
    const address = this.#mail.addresses[index] ?? "";
    const passedOn = this.#client.offers("DSN") && recipientOf(this.#mail, address) !== undefined;
    return outcome.kind === "delivered" && passedOn ? { ...outcome, notifies: true } : outcome;
  }

  #mailLine(): string {
    const { envelope, sizeOctets } = this.#mail.message;
    const offers = (keyword: string) => this.#client.offers(keyword);
    return [
      `MAIL FROM:<${envelope.sender}>`,
      ...offers("SIZE") ? [`SIZE=${sizeOctets}`] : [],
      ...offers("8BITMIME") ? ["BODY=8BITMIME"] : [],
      ...envelope.smtpUtf8 === true ? ["SMTPUTF8"] : [],
      ...offers("DSN") && envelope.ret !== undefined ? [`RET=${envelope.ret}`] : [],
      ...offers("DSN") && isXtext(envelope.envid) ? [`ENVID=${envelope.envid}`] : [],
    ].join(" ");
  }

  #rcptLines(): readonly string[] {
    return this.#mail.addresses.map((address) => {
      const line = `RCPT TO:<${address}>`;
      const { notify, orcpt } = recipientOf(this.#mail, address) ?? {};
      if (!this.#client.offers("DSN")) return line;
      return [
        line,
        ...notify !== undefined && notify.length > 0 ? [`NOTIFY=${notify.join(",")}`] : [],
        ...isXtext(orcpt) ? [`ORCPT=${orcpt}`] : [],
      ].join(" ");
    });
  }

  #outcomeOf(reply: SmtpReply): Outcome {
    const text = `${this.#mail.host} said: ${replyText(reply)}`;
    const family = Math.floor(reply.code / 100);
    if (family === 2) return { kind: "delivered", detail: text };
    const kind = family === 5 && !OUR_OWN_FAULT.has(reply.code) ? "permanent" : "temporary";
    const status = statusOf(reply).replace(/^\d/, kind === "permanent" ? "5" : "4");
    return { kind, status, reason: text };
  }
}

const INCOMPLETE: Outcome = {
  kind: "temporary",
  status: "4.4.2",
  reason: "The session ended before there was an answer",
};

/** What needs no server to be refused. */
function refusedHere(client: SmtpClient, { message, addresses, host }: Mail): Outcome | undefined {
  const { maxOctets } = client.capabilities;
  const { envelope, sizeOctets } = message;
  if (maxOctets !== undefined && sizeOctets > maxOctets) {
    const reason = `${host} takes at most ${maxOctets} octets, the message has ${sizeOctets}`;
    return { kind: "permanent", status: "5.3.4", reason };
  }
  if (envelope.smtpUtf8 === true && !client.offers("SMTPUTF8")) {
    const reason = `${host} takes no addresses and headers beyond ASCII`;
    return { kind: "permanent", status: "5.6.7", reason };
  }
  // A line end in an address would be a command of its own.
  // deno-lint-ignore no-control-regex -- Controls are what it is about.
  if ([envelope.sender, ...addresses].some((address) => /[\x00-\x1f\x7f]/.test(address))) {
    return { kind: "permanent", status: "5.1.3", reason: "An address has control characters" };
  }
}

/** The envelope's recipient, if the address was not changed on the way (RFC 3461 section 5.2.3). */
function recipientOf({ message }: Mail, address: string): Recipient | undefined {
  return message.envelope.recipients.find((recipient) => recipient.address === address);
}

/** Where only a refusal or a 354 is due, anything else is a server out of step. */
function unexpected(outcome: Outcome): Outcome {
  return outcome.kind !== "delivered" ? outcome : {
    kind: "temporary",
    status: "4.5.0",
    reason: `Unexpected reply. ${outcome.detail ?? ""}`,
  };
}

function isPositive({ code }: SmtpReply): boolean {
  return code >= 200 && code < 300;
}

/** RFC 3461 section 4: what a client gave us is passed on only if it cannot end the command. */
function isXtext(text: string | undefined): text is string {
  return text !== undefined && /^[!-~]+$/.test(text);
}
