import { parseReply, type Pop3Reply } from "../../formats/pop3.ts";
import {
  type Clock,
  type Connection,
  deadline,
  type Net,
  type TlsClientOptions,
} from "../../platform/mod.ts";
import { connectError, Pop3Error, sessionError } from "./pop3_error.ts";
import { ReplyReader } from "./reply_reader.ts";

/** Where a mailbox is, and how the way there is protected. */
export interface Pop3Server {
  readonly host: string;
  readonly port: number;
  readonly tls: "pop3s" | "stls" | "none";
}

/** What a {@linkcode Pop3Client} is made of. */
export interface Pop3ClientDeps {
  readonly net: Net;
  readonly clock: Clock;
  /** How long the server may be silent, ms. */
  readonly silenceMs: number;
  /** How long connecting may take, TLS included, ms. */
  readonly connectMs: number;
  /** Certificate authorities beside the system's, PEM. */
  readonly caCerts?: readonly string[];
}

/** Most lines of a list that are read; a mailbox that large is beyond POP3. */
const MAX_LIST_LINES = 200_000;

/**
 * A POP3 session as a client (RFC 1939). Commands are queued and sent when a reply is waited for:
 * all of them at once if the server takes that (PIPELINING, RFC 2449 section 6.6), else one by one.
 */
export class Pop3Client implements Disposable {
  /** Whether queued commands are sent together. */
  pipelining = false;
  readonly server: string;
  readonly #connection: Connection;
  readonly #reader: ReplyReader;
  readonly #deps: Pop3ClientDeps;
  readonly #signal: AbortSignal;
  #unsent: string[] = [];

  private constructor(
    connection: Connection,
    { server, deps, signal }: { server: string; deps: Pop3ClientDeps; signal: AbortSignal },
  ) {
    const { clock, silenceMs } = deps;
    this.server = server;
    this.#connection = connection;
    this.#deps = deps;
    this.#signal = signal;
    this.#reader = new ReplyReader({ connection, server, clock, silenceMs, signal });
  }

  /**
   * Connects and reads the greeting; makes TLS as `server.tls` says, never less.
   *
   * @throws {Pop3Error} With the reason in words.
   * @throws The abort reason.
   */
  static async connect(
    server: Pop3Server,
    deps: Pop3ClientDeps,
    signal: AbortSignal,
  ): Promise<Pop3Client> {
    const name = `${server.host}:${server.port}`;
    const tls = { serverName: server.host, ...(deps.caCerts ? { caCerts: deps.caCerts } : {}) };
    const connection = await within(deps, signal, (limit) =>
      deps.net.connect({
        host: server.host,
        port: server.port,
        ...(server.tls === "pop3s" ? { tls } : {}),
      }, limit), (error) => connectError(error, name));
    let client = new Pop3Client(connection, { server: name, deps, signal });
    try {
      await client.#greeting();
      if (server.tls === "stls") client = await client.#startTls(tls);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Why the session cannot go on; `undefined` while it can. */
  get failure(): Pop3Error | undefined {
    return this.#reader.failure;
  }

  /** Queues a command. {@linkcode reply} sends it and reads what the server says. */
  queue(command: string): void {
    if (/[\r\n\0]/.test(command)) throw new RangeError("Cannot send a command with a line end");
    this.#unsent.push(command);
  }

  /**
   * The reply to the oldest command whose reply was not read yet.
   *
   * @throws {Pop3Error} If there is none: silence, a lost connection, nonsense.
   */
  async reply(): Promise<Pop3Reply> {
    const count = this.pipelining ? this.#unsent.length : 1;
    const commands = this.#unsent.splice(0, count);
    if (commands.length > 0) await this.#write(commands.map((line) => `${line}\r\n`).join(""));
    return await this.#readReply();
  }

  /** Sends one command and reads the reply; nothing else may be queued. */
  async ask(command: string): Promise<Pop3Reply> {
    this.queue(command);
    return await this.reply();
  }

  /** The lines of the list that follows a positive reply. */
  async *list(): AsyncGenerator<string, void> {
    const decoder = new TextDecoder();
    for (let count = 0;; count++) {
      const line = decoder.decode(await this.#reader.line());
      if (line === ".") return;
      if (count >= MAX_LIST_LINES) {
        throw new Pop3Error("protocol", `${this.server} sent a list without end`);
      }
      yield line.startsWith(".") ? line.slice(1) : line;
    }
  }

  /** The message that follows a positive reply; see {@linkcode ReplyReader.body}. */
  body(maxOctets: number): AsyncGenerator<Uint8Array, void> {
    return this.#reader.body(maxOctets);
  }

  /** Ends the connection without a word: the server forgets every DELE (RFC 1939 section 6). */
  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #greeting(): Promise<void> {
    const { ok, code, text } = await this.#readReply();
    if (!ok) throw new Pop3Error("refused", `${this.server} is not ready: ${code ?? ""} ${text}`);
  }

  async #readReply(): Promise<Pop3Reply> {
    const line = await this.#reader.line();
    try {
      return parseReply(line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new Pop3Error(
        "protocol",
        `${this.server} does not speak POP3: ${error.message}`,
        { cause: error },
      );
    }
  }

  async #startTls(tls: TlsClientOptions): Promise<Pop3Client> {
    const { ok, text } = await this.ask("STLS");
    if (!ok) throw new Pop3Error("tls", `${this.server} refused STLS: ${text}`);
    // Said before TLS, so by anybody on the way (RFC 2595 section 4).
    if (this.#reader.hasPending) {
      throw new Pop3Error("tls", `${this.server} sent something between STLS and TLS`);
    }
    const [deps, signal, server] = [this.#deps, this.#signal, this.server];
    const connection = await within(
      deps,
      signal,
      (limit) => deps.net.startTls(this.#connection, tls, limit),
      (error) => connectError(error, server),
    );
    return new Pop3Client(connection, { server, deps, signal });
  }

  async #write(text: string): Promise<void> {
    const { clock, silenceMs } = this.#deps;
    using limit = deadline(clock, silenceMs, this.#signal);
    const close = () => this.close();
    limit.signal.addEventListener("abort", close, { once: true });
    try {
      await this.#connection.write(new TextEncoder().encode(text));
    } catch (error) {
      this.#signal.throwIfAborted();
      throw sessionError(limit.signal.aborted ? limit.signal.reason : error, this.server);
    } finally {
      limit.signal.removeEventListener("abort", close);
    }
  }
}

async function within(
  { clock, connectMs }: Pop3ClientDeps,
  signal: AbortSignal,
  work: (limit: AbortSignal) => Promise<Connection>,
  inWords: (error: unknown) => Pop3Error,
): Promise<Connection> {
  using limit = deadline(clock, connectMs, signal);
  try {
    return await work(limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    throw inWords(limit.signal.aborted ? limit.signal.reason : error);
  }
}
