import { transformed } from "../../formats/byte_transform.ts";
import {
  NO_CAPABILITIES,
  parseCapabilities,
  replyText,
  type SmtpCapabilities,
  type SmtpReply,
} from "../../formats/smtp.ts";
import { SmtpDataEncoder } from "../../formats/smtp_data.ts";
import {
  certificateFault,
  type Chunks,
  type Clock,
  type Connection,
  deadline,
  messageOf,
  type Net,
  reasonInWords,
  type TlsClientOptions,
} from "../../platform/mod.ts";
import { Exchange } from "./exchange.ts";
import { SmtpError } from "./smtp_error.ts";

/** How long the server may take, in ms (RFC 5321 section 4.5.3.2). */
export const TIMEOUTS_MS = {
  greeting: 5 * 60_000,
  command: 5 * 60_000,
  data: 2 * 60_000,
  end: 10 * 60_000,
  /** Nothing depends on the answer to QUIT, and the line may cost money meanwhile. */
  quit: 10_000,
} as const;

/** Whom to talk to, and who we say we are. */
export interface SmtpTarget {
  readonly host: string;
  readonly port: number;
  /** Our name in EHLO. */
  readonly hostname: string;
  /** For TLS, too. */
  readonly connectTimeoutMs: number;
  /** TLS from the first octet (RFC 8314 section 3.3). */
  readonly tls?: TlsClientOptions;
}

/** What a client is made of. */
export interface SmtpClientDeps {
  readonly net: Net;
  readonly clock: Clock;
}

/**
 * A session with an SMTP server, greeted and ready for commands. Every method throws
 * {@linkcode SmtpError} when the session is over, or the reason when `signal` is aborted; the
 * connection is closed then. Disposing closes it too.
 */
export class SmtpClient implements Disposable {
  readonly #target: SmtpTarget;
  readonly #deps: SmtpClientDeps;
  readonly #signal: AbortSignal;
  #connection: Connection;
  #exchange: Exchange;
  #capabilities = NO_CAPABILITIES;
  #isEncrypted: boolean;

  /** Connects and greets with EHLO, or with HELO a server that does not know it. */
  static async connect(
    target: SmtpTarget,
    deps: SmtpClientDeps,
    signal: AbortSignal,
  ): Promise<SmtpClient> {
    return await SmtpClient.over(await connect(target, deps, signal), target, deps, signal);
  }

  /** Greets over a connection that is there, and is the client's own from now on. */
  static async over(
    connection: Connection,
    target: SmtpTarget,
    deps: SmtpClientDeps,
    signal: AbortSignal,
  ): Promise<SmtpClient> {
    const client = new SmtpClient(target, connection, deps, signal);
    try {
      await client.#greet();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  private constructor(
    target: SmtpTarget,
    connection: Connection,
    deps: SmtpClientDeps,
    signal: AbortSignal,
  ) {
    this.#target = target;
    this.#connection = connection;
    this.#deps = deps;
    this.#signal = signal;
    this.#isEncrypted = target.tls !== undefined;
    this.#exchange = this.#exchangeOver(connection);
  }

  /** What the server offered in reply to EHLO. */
  get capabilities(): SmtpCapabilities {
    return this.#capabilities;
  }

  offers(keyword: string): boolean {
    return this.#capabilities.keywords.has(keyword);
  }

  /** Whether nobody on the way can listen. */
  get isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  /** Ends the session when it is aborted. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Whether commands can still be sent. */
  get isOpen(): boolean {
    return this.#exchange.isOpen;
  }

  /** What is written and read: for whoever sends more than one command at a time. */
  get exchange(): Exchange {
    return this.#exchange;
  }

  /** Sends a command and awaits the reply to it. */
  async command(line: string, timeoutMs: number = TIMEOUTS_MS.command): Promise<SmtpReply> {
    const reply = this.#exchange.ask(line, timeoutMs);
    await this.#exchange.flush();
    return await reply;
  }

  /**
   * Sends a message after a 354, ends it, and awaits the verdict.
   *
   * @throws What `body` throws; the connection is closed then, so that no half message is taken.
   */
  async data(body: Chunks): Promise<SmtpReply> {
    const { verdict } = await this.putData(body);
    await this.#exchange.flush();
    return await verdict;
  }

  /** {@linkcode data}, but the end of it waits to be sent with what follows (RFC 2920 section 3.1). */
  async putData(body: Chunks): Promise<{ readonly verdict: Promise<SmtpReply> }> {
    try {
      for await (const chunk of transformed(body, new SmtpDataEncoder())) {
        await this.#exchange.flushPiece();
        this.#exchange.put(chunk);
      }
    } catch (error) {
      this.close();
      throw error;
    }
    return { verdict: this.#exchange.expect(TIMEOUTS_MS.end) };
  }

  /**
   * Encrypts the session, and asks anew what the server offers (RFC 3207 section 4.2).
   *
   * @returns The reply if the server will not; the session goes on as it was then.
   */
  async startTls(tls: TlsClientOptions): Promise<SmtpReply | undefined> {
    const reply = await this.command("STARTTLS");
    if (reply.code !== 220) return reply;
    // What came before the handshake may be from anybody: it must not count behind it.
    if (this.#exchange.unread > 0) throw this.#exchange.confused("it went on talking before TLS");
    const { net, clock } = this.#deps;
    using limit = deadline(clock, this.#target.connectTimeoutMs, this.#signal);
    try {
      this.#connection = await net.startTls(this.#exchange.release(), tls, limit.signal);
    } catch (cause) {
      this.close();
      this.#signal.throwIfAborted();
      throw tlsError(this.#target, cause);
    }
    this.#exchange = this.#exchangeOver(this.#connection);
    this.#isEncrypted = true;
    await this.#introduce();
  }

  /** Ends the session without a word, and hands the connection over. See {@linkcode Exchange.release}. */
  release(): Connection {
    return this.#exchange.release();
  }

  /** Says goodbye and closes. What the server makes of it changes nothing any more. */
  async quit(): Promise<void> {
    if (!this.isOpen || this.#signal.aborted) return this.close();
    try {
      await this.command("QUIT", TIMEOUTS_MS.quit);
    } catch {
      // It has hung up first.
    }
    this.close();
  }

  close(): void {
    this.#exchange.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #exchangeOver(connection: Connection): Exchange {
    const { clock } = this.#deps;
    return new Exchange({ connection, clock, host: this.#target.host, signal: this.#signal });
  }

  async #greet(): Promise<void> {
    const greeting = this.#exchange.expect(TIMEOUTS_MS.greeting);
    await this.#exchange.flush();
    const { code, lines } = await greeting;
    if (code !== 220) throw this.#refused({ code, lines });
    await this.#introduce();
  }

  async #introduce(): Promise<void> {
    const ehlo = await this.command(`EHLO ${this.#target.hostname}`);
    this.#capabilities = ehlo.code === 250 ? parseCapabilities(ehlo) : NO_CAPABILITIES;
    if (ehlo.code === 250) return;
    if (ehlo.code < 500) throw this.#refused(ehlo);
    const helo = await this.command(`HELO ${this.#target.hostname}`);
    if (helo.code !== 250) throw this.#refused(helo);
  }

  /** Refused before any message was named: it says nothing about messages, so it is for now. */
  #refused(reply: SmtpReply): SmtpError {
    const text = `${this.#target.host} refuses us: ${replyText(reply)}`;
    return new SmtpError(text, { status: "4.3.2", fault: "refused" });
  }
}

async function connect(
  { host, port, connectTimeoutMs, tls }: SmtpTarget,
  { net, clock }: SmtpClientDeps,
  signal: AbortSignal,
): Promise<Connection> {
  using limit = deadline(clock, connectTimeoutMs, signal);
  try {
    return await net.connect({ host, port, ...(tls === undefined ? {} : { tls }) }, limit.signal);
  } catch (cause) {
    signal.throwIfAborted();
    const what = limit.signal.aborted
      ? `no answer within ${connectTimeoutMs / 1000} s`
      : certificateFault(cause) ?? reasonInWords(cause);
    const text = `Cannot connect to ${host}:${port}: ${what}`;
    throw new SmtpError(text, { status: "4.4.1", fault: "line", cause });
  }
}

function tlsError({ host }: SmtpTarget, cause: unknown): SmtpError {
  const text = `Cannot encrypt the session with ${host}: ${
    certificateFault(cause) ?? messageOf(cause)
  }`;
  return new SmtpError(text, { status: "4.7.5", fault: "tls", cause });
}
