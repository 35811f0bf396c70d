import { transformed } from "../../formats/byte_transform.ts";
import {
  NO_CAPABILITIES,
  parseCapabilities,
  parseReplyLine,
  replyText,
  type SmtpCapabilities,
  type SmtpReply,
} from "../../formats/smtp.ts";
import { SmtpDataEncoder } from "../../formats/smtp_data.ts";
import {
  type Chunks,
  type Clock,
  type Connection,
  deadline,
  LineReader,
  messageOf,
  type Net,
} from "../../platform/mod.ts";

/** The session cannot go on. `message` is a sentence for people, `status` an RFC 3463 code. */
export class SmtpError extends Error {
  override name = "SmtpError";
  readonly status: string;

  constructor(message: string, status: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** How long the server may take, in ms (RFC 5321 section 4.5.3.2). */
export const TIMEOUTS_MS = {
  greeting: 5 * 60_000,
  command: 5 * 60_000,
  data: 2 * 60_000,
  block: 3 * 60_000,
  end: 10 * 60_000,
  /** Nothing depends on the answer to QUIT, and the line may cost money meanwhile. */
  quit: 10_000,
} as const;

/** Longest reply line, in octets; RFC 5321 section 4.5.3.1.5 allows 512, some send more. */
const MAX_REPLY_OCTETS = 4096;

/** Most lines of one reply; EHLO of the most gifted server has some thirty. */
const MAX_REPLY_LINES = 200;

/** Whom to talk to, and who we say we are. */
export interface SmtpTarget {
  readonly host: string;
  readonly port: number;
  /** Our name in EHLO. */
  readonly hostname: string;
  readonly connectTimeoutMs: number;
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
  readonly #clock: Clock;
  readonly #connection: Connection;
  readonly #reader: LineReader;
  readonly #signal: AbortSignal;
  #capabilities = NO_CAPABILITIES;
  #open = true;

  /** Connects and greets with EHLO, or with HELO a server that does not know it. */
  static async connect(
    target: SmtpTarget,
    { net, clock }: SmtpClientDeps,
    signal: AbortSignal,
  ): Promise<SmtpClient> {
    const connection = await connect(target, { net, clock }, signal);
    const client = new SmtpClient(target, connection, clock, signal);
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
    clock: Clock,
    signal: AbortSignal,
  ) {
    this.#target = target;
    this.#clock = clock;
    this.#connection = connection;
    this.#reader = new LineReader(connection, { maxLineOctets: MAX_REPLY_OCTETS });
    this.#signal = signal;
  }

  /** What the server offered in reply to EHLO. */
  get capabilities(): SmtpCapabilities {
    return this.#capabilities;
  }

  offers(keyword: string): boolean {
    return this.#capabilities.keywords.has(keyword);
  }

  /** Ends the session when it is aborted. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Whether commands can still be sent. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Sends command lines in one piece; each is answered, in order (RFC 2920). */
  async send(...lines: readonly string[]): Promise<void> {
    const bytes = new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join(""));
    await this.#within(TIMEOUTS_MS.command, () => this.#connection.write(bytes));
  }

  /** Awaits the next reply, all its lines. */
  async reply(timeoutMs: number): Promise<SmtpReply> {
    const reply = await this.#within(timeoutMs, () => this.#readReply());
    if (reply.code === 421) this.close(); // RFC 5321 section 3.8: the server closes too.
    return reply;
  }

  async command(line: string, timeoutMs: number = TIMEOUTS_MS.command): Promise<SmtpReply> {
    await this.send(line);
    return await this.reply(timeoutMs);
  }

  /**
   * Sends a message after a 354, ends it, and awaits the verdict.
   *
   * @throws What `body` throws; the connection is closed then, so that no half message is taken.
   */
  async data(body: Chunks): Promise<SmtpReply> {
    try {
      for await (const chunk of transformed(body, new SmtpDataEncoder())) {
        await this.#within(TIMEOUTS_MS.block, () => this.#connection.write(chunk));
      }
    } catch (error) {
      this.close();
      throw error;
    }
    return await this.reply(TIMEOUTS_MS.end);
  }

  /** Says goodbye and closes. What the server makes of it changes nothing any more. */
  async quit(): Promise<void> {
    if (!this.#open || this.#signal.aborted) return this.close();
    try {
      await this.command("QUIT", TIMEOUTS_MS.quit);
    } catch {
      // It has hung up first.
    }
    this.close();
  }

  close(): void {
    this.#open = false;
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #greet(): Promise<void> {
    const greeting = await this.reply(TIMEOUTS_MS.greeting);
    if (greeting.code !== 220) throw this.#refused(greeting);
    const ehlo = await this.command(`EHLO ${this.#target.hostname}`);
    if (ehlo.code === 250) {
      this.#capabilities = parseCapabilities(ehlo);
      return;
    }
    if (ehlo.code < 500) throw this.#refused(ehlo);
    const helo = await this.command(`HELO ${this.#target.hostname}`);
    if (helo.code !== 250) throw this.#refused(helo);
  }

  /** Refused before any message was named: it says nothing about messages, so it is for now. */
  #refused(reply: SmtpReply): SmtpError {
    return new SmtpError(`${this.#target.host} refuses us: ${replyText(reply)}`, "4.3.2");
  }

  async #readReply(): Promise<SmtpReply> {
    const lines: string[] = [];
    for (let code = 0; lines.length < MAX_REPLY_LINES;) {
      const bytes = await this.#reader.readLine();
      if (bytes === undefined) throw new Error("it closed the connection");
      const line = parseReplyLine(bytes);
      if (lines.length > 0 && line.code !== code) {
        throw new Error(`one reply with two codes, ${code} and ${line.code}`);
      }
      code = line.code;
      lines.push(line.text);
      if (!line.more) return { code, lines };
    }
    throw new Error(`more than ${MAX_REPLY_LINES} lines in one reply`);
  }

  /** Waits no longer than `ms`: closing the connection ends what hangs on it. */
  async #within<T>(ms: number, action: () => Promise<T>): Promise<T> {
    const { host } = this.#target;
    if (!this.#open) throw new SmtpError(`${host} has closed the connection`, "4.4.2");
    using limit = deadline(this.#clock, ms, this.#signal);
    const close = () => this.#connection.close();
    limit.signal.addEventListener("abort", close, { once: true });
    try {
      limit.signal.throwIfAborted();
      return await action();
    } catch (cause) {
      this.close();
      this.#signal.throwIfAborted();
      const what = limit.signal.aborted ? `no answer within ${ms / 1000} s` : messageOf(cause);
      throw new SmtpError(`The connection to ${host} was lost: ${what}`, "4.4.2", { cause });
    } finally {
      limit.signal.removeEventListener("abort", close);
    }
  }
}

async function connect(
  { host, port, connectTimeoutMs }: SmtpTarget,
  { net, clock }: SmtpClientDeps,
  signal: AbortSignal,
): Promise<Connection> {
  using limit = deadline(clock, connectTimeoutMs, signal);
  try {
    return await net.connect({ host, port }, limit.signal);
  } catch (cause) {
    signal.throwIfAborted();
    const what = limit.signal.aborted
      ? `no answer within ${connectTimeoutMs / 1000} s`
      : messageOf(cause);
    throw new SmtpError(`Cannot connect to ${host}:${port}: ${what}`, "4.4.1", { cause });
  }
}
