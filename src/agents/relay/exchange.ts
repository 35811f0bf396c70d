import { concatenated } from "../../formats/byte_transform.ts";
import { parseReplyLine, replyText, type SmtpReply } from "../../formats/smtp.ts";
import {
  type Clock,
  type Connection,
  deadline,
  LineReader,
  messageOf,
  orAborted,
} from "../../platform/mod.ts";
import { Patience } from "./patience.ts";
import { SmtpError, type SmtpFault } from "./smtp_error.ts";

/** Longest reply line, in octets; RFC 5321 section 4.5.3.1.5 allows 512, some send more. */
const MAX_REPLY_OCTETS = 4096;

/** Most lines of one reply; EHLO of the most gifted server has some thirty. */
const MAX_REPLY_LINES = 200;

/** How much is kept back to be sent in one piece, in octets. */
const PIECE_OCTETS = 32 * 1024;

/** How long one piece may take to leave, in ms (RFC 5321 section 4.5.3.2.5). */
const PIECE_MS = 3 * 60_000;

/** How long a server is listened to that does not listen any more, in ms. */
const HEAR_OUT_MS = 5_000;

/** What an {@linkcode Exchange} is made of. */
export interface ExchangeDeps {
  readonly connection: Connection;
  readonly clock: Clock;
  /** How the server is called in what we say to people. */
  readonly host: string;
  readonly signal: AbortSignal;
}

/** A command that waits for its reply. */
interface Awaited {
  readonly timeoutMs: number;
  readonly resolve: (reply: SmtpReply) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Commands out, replies in. Replies are read while commands are still being written, so that neither
 * side ends up writing to one that does not read, and each belongs to the oldest command that has
 * none (RFC 2920 section 3.1). After a failure everything that waits fails with it: an
 * {@linkcode SmtpError}, or the reason when the signal is aborted; the connection is closed then.
 */
export class Exchange {
  readonly #deps: ExchangeDeps;
  readonly #reader: LineReader;
  /** Not written yet. */
  #kept: Uint8Array[] = [];
  #keptOctets = 0;
  #handedOver = 0;
  /** In the order in which they were asked; of the last of them nothing has been written. */
  readonly #awaited: Awaited[] = [];
  #unsent = 0;
  #reading: Promise<void> | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #isReleased = false;
  readonly #patience: Patience;
  readonly #hangUp = () => this.#deps.connection.close();

  constructor(deps: ExchangeDeps) {
    this.#deps = deps;
    this.#patience = new Patience(deps.clock, this.#hangUp);
    deps.signal.addEventListener("abort", this.#hangUp, { once: true });
    this.#reader = new LineReader(deps.connection, { maxLineOctets: MAX_REPLY_OCTETS });
  }

  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  /** Why the session ended; `undefined` while it has not, or if it was aborted. */
  get failure(): SmtpError | undefined {
    const reason = this.#failure?.reason;
    return reason instanceof SmtpError ? reason : undefined;
  }

  /** Octets that were received and not asked for. */
  get unread(): number {
    return this.#reader.bufferedOctets;
  }

  /** How many octets were put here so far. */
  get position(): number {
    return this.#handedOver + this.#keptOctets;
  }

  /** How many of them may be on their way. */
  get handedOver(): number {
    return this.#handedOver;
  }

  /** How many commands have no reply. */
  get outstanding(): number {
    return this.#awaited.length;
  }

  /** Keeps octets for {@linkcode flush}. */
  put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#kept.push(bytes);
    this.#keptOctets += bytes.length;
  }

  /** Keeps a command line for {@linkcode flush}; resolves to its reply. */
  ask(line: string, timeoutMs: number): Promise<SmtpReply> {
    this.put(new TextEncoder().encode(`${line}\r\n`));
    return this.expect(timeoutMs);
  }

  /** The reply to what was put here since the last one. It need not be awaited. */
  expect(timeoutMs: number): Promise<SmtpReply> {
    const { promise, resolve, reject } = Promise.withResolvers<SmtpReply>();
    promise.catch(() => {}); // Not everybody who asks waits for the answer.
    if (this.#failure !== undefined) {
      reject(this.#failure.reason);
      return promise;
    }
    this.#awaited.push({ timeoutMs, resolve, reject });
    this.#unsent++;
    return promise;
  }

  /** Writes if there is enough for a piece. */
  async flushPiece(): Promise<void> {
    if (this.#keptOctets >= PIECE_OCTETS) await this.flush();
  }

  /** Writes all that was put here, and begins to read the replies to it. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.reason;
    const bytes = concatenated(this.#kept);
    this.#kept = [];
    this.#keptOctets = 0;
    this.#handedOver += bytes.length;
    if (this.#unsent === this.#awaited.length && this.unread > 0) await this.#unasked();
    this.#unsent = 0;
    if (this.#awaited.length > 0) this.#reading ??= this.#read();
    if (bytes.length > 0) {
      const write = () => this.#deps.connection.write(bytes);
      await this.#within(PIECE_MS, write, () => this.#hearOut());
      this.#patience.moved();
    }
  }

  /** Ends the session: it cannot be trusted any more. */
  confused(what: string): SmtpError {
    const error = this.#error("confused", what);
    this.#fail(error);
    return error;
  }

  /**
   * Ends the session here and hands the connection over to somebody else. Nothing may be awaited.
   *
   * @throws {SmtpError} If the server has said something that nobody asked for.
   */
  release(): Connection {
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (this.unread > 0) throw this.confused("it went on talking");
    this.#isReleased = true;
    this.close();
    return this.#deps.connection;
  }

  /** Closes the connection; nothing is read any more. */
  close(): void {
    this.#fail(this.#error("ended", "it was closed here"));
  }

  /**
   * What the server said before the line was lost may still be there: a verdict that is not heard
   * makes a message come twice.
   */
  async #hearOut(): Promise<void> {
    const { clock, signal } = this.#deps;
    using limit = deadline(clock, HEAR_OUT_MS, signal);
    await orAborted(this.#reading ?? Promise.resolve(), limit.signal).catch(() => {});
  }

  /** Reads the replies to what has been sent. It never rejects, and ends with the connection. */
  async #read(): Promise<void> {
    try {
      while (this.#awaited.length > this.#unsent) {
        const { timeoutMs } = this.#awaited[0] as Awaited;
        const reply = await this.#within(timeoutMs, () => this.#reply());
        this.#awaited.shift()?.resolve(reply);
        if (reply.code === 421) this.#closing(reply);
      }
    } catch {
      // Whoever waits for a reply has been told.
    } finally {
      this.#reading = undefined;
    }
  }

  async #reply(): Promise<SmtpReply> {
    const lines: string[] = [];
    for (let code = 0; lines.length < MAX_REPLY_LINES;) {
      const bytes = await this.#reader.readLine();
      if (bytes === undefined) throw this.#error("dropped", "it closed the connection");
      const line = this.#parsed(bytes);
      if (lines.length > 0 && line.code !== code) {
        throw this.#error("confused", `one reply with two codes, ${code} and ${line.code}`);
      }
      code = line.code;
      lines.push(line.text);
      if (!line.more) return { code, lines };
    }
    throw this.#error("confused", `more than ${MAX_REPLY_LINES} lines in one reply`);
  }

  #parsed(line: Uint8Array) {
    try {
      return parseReplyLine(line);
    } catch (cause) {
      throw this.#error("confused", messageOf(cause), cause);
    }
  }

  /** Something was said while nothing was asked: it is no answer to what comes now. */
  async #unasked(): Promise<never> {
    const reply = await this.#within(PIECE_MS, () => this.#reply());
    if (reply.code === 421) throw this.#closing(reply);
    throw this.confused(`it said unasked: ${replyText(reply)}`);
  }

  /** Waits no longer than `ms` for something to move: closing the connection ends what hangs on it. */
  async #within<T>(
    ms: number,
    action: () => Promise<T>,
    beforeItEnds?: () => Promise<void>,
  ): Promise<T> {
    const { signal } = this.#deps;
    const wait = this.#patience.begin(ms);
    try {
      signal.throwIfAborted();
      return await action();
    } catch (cause) {
      if (!wait.isOver && !signal.aborted) await beforeItEnds?.();
      this.#fail(
        wait.isOver && !signal.aborted
          ? this.#error("silence", `no answer within ${ms / 1000} s`, cause)
          : this.#error("line", messageOf(cause), cause),
        cause,
      );
      throw this.#failure?.reason;
    } finally {
      this.#patience.end(wait);
    }
  }

  /** RFC 5321 section 3.8: the server closes too. */
  #closing(reply: SmtpReply): SmtpError {
    const text = `${this.#deps.host} ends the session: ${replyText(reply)}`;
    const error = new SmtpError(text, { status: "4.3.2", fault: "closing" });
    this.#fail(error);
    return error;
  }

  #error(fault: SmtpFault, what: string, cause?: unknown): SmtpError {
    const text = `The connection to ${this.#deps.host} was lost: ${what}`;
    return new SmtpError(text, { status: "4.4.2", fault, cause });
  }

  /** The first failure is the one that counts. */
  #fail(error: SmtpError, cause?: unknown): void {
    const { connection, signal } = this.#deps;
    const known = cause instanceof SmtpError ? cause : error;
    this.#failure ??= { reason: signal.aborted ? signal.reason : known };
    if (!this.#isReleased) connection.close();
    this.#patience.stop();
    signal.removeEventListener("abort", this.#hangUp);
    for (const { reject } of this.#awaited.splice(0)) reject(this.#failure.reason);
    this.#unsent = 0;
  }
}
