import { joined } from "../../formats/byte_transform.ts";
import { DotUnstuffer } from "../../formats/dot_stuffing.ts";
import { type Clock, type Connection, deadline } from "../../platform/mod.ts";
import { LineEndNormaliser } from "../../formats/line_ends.ts";
import { Pop3Error, sessionError } from "./pop3_error.ts";

/** Longest line of a reply, in octets: RFC 2449 section 4 has 512, some servers do not care. */
const MAX_LINE_OCTETS = 2048;

/** How much is read from the socket at once, in octets. */
const READ_OCTETS = 16 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = new Uint8Array(0);

/** What a {@linkcode ReplyReader} is made of. */
export interface ReplyReaderDeps {
  readonly connection: Connection;
  /** `host:port`, for error texts. */
  readonly server: string;
  readonly clock: Clock;
  /** How long the server may be silent, ms. */
  readonly silenceMs: number;
  /** Ends every wait; the connection is closed then. */
  readonly signal: AbortSignal;
}

/** A body whose end was not seen yet. */
interface OpenBody {
  readonly unstuffer: DotUnstuffer;
  readonly maxOctets: number;
  octets: number;
}

/** Reads what a POP3 server sends: lines, and the bodies between them. */
export class ReplyReader {
  /** Why reading ended for good: whoever read from a body may have dressed the error up. */
  failure: Pop3Error | undefined;
  readonly #deps: ReplyReaderDeps;
  #pending: Uint8Array = NOTHING;
  #open: OpenBody | undefined;
  /** A server that ends its own lines with a bare LF ends those of messages so too. */
  #bareLf: LineEndNormaliser | undefined;

  constructor(deps: ReplyReaderDeps) {
    this.#deps = deps;
  }

  /** Whether the server has sent more than was asked for and read. */
  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /**
   * The next line without its end. What is left of a body before it is read and thrown away.
   *
   * @throws {Pop3Error} At the end of the connection, after silence, or for an endless line.
   */
  async line(): Promise<Uint8Array> {
    while (this.#open !== undefined) await this.#someOfBody(this.#open);
    return this.#bufferedLine() ?? await this.#guard(async () => {
      while (true) {
        this.#pending = joined(this.#pending, await this.#read());
        const line = this.#bufferedLine();
        if (line !== undefined) return line;
      }
    });
  }

  /**
   * The body that follows a positive reply, dots unstuffed, bare LF made CRLF. It may be left
   * half read; `maxOctets` holds for what is thrown away then, too.
   *
   * @throws {Pop3Error} At the end of the connection, after silence, or beyond `maxOctets`.
   */
  async *body(maxOctets: number): AsyncGenerator<Uint8Array, void> {
    const open = this.#open = { unstuffer: new DotUnstuffer(), maxOctets, octets: 0 };
    const lineEnds = new LineEndNormaliser();
    while (this.#open === open) {
      const bytes = lineEnds.push(await this.#someOfBody(open));
      if (bytes.length > 0) yield bytes;
    }
  }

  async #someOfBody(open: OpenBody): Promise<Uint8Array> {
    const chunk = this.#pending.length > 0 ? this.#pending : await this.#guard(() => this.#read());
    this.#pending = NOTHING;
    const { body, rest } = open.unstuffer.push(chunk);
    if (rest !== undefined) {
      this.#pending = rest;
      this.#open = undefined;
    }
    open.octets += body.length;
    if (open.octets > open.maxOctets) {
      throw this.failure = new Pop3Error(
        "protocol",
        `${this.#deps.server} sent a message without end: more than ${open.maxOctets} octets`,
      );
    }
    return body;
  }

  #bufferedLine(): Uint8Array | undefined {
    const lf = this.#pending.indexOf(LF);
    if (lf > MAX_LINE_OCTETS || (lf < 0 && this.#pending.length > MAX_LINE_OCTETS)) {
      throw this.failure = new Pop3Error("protocol", `${this.#deps.server} sent an endless line`);
    }
    if (lf < 0) return undefined;
    const crlf = lf > 0 && this.#pending[lf - 1] === CR;
    const line = this.#pending.subarray(0, crlf ? lf - 1 : lf);
    this.#pending = this.#pending.subarray(lf + 1);
    if (!crlf && this.#bareLf === undefined) {
      this.#bareLf = new LineEndNormaliser();
      this.#pending = this.#bareLf.push(this.#pending);
    }
    return line;
  }

  async #read(): Promise<Uint8Array> {
    const buffer = new Uint8Array(READ_OCTETS);
    const count = await this.#deps.connection.read(buffer);
    if (count === null) {
      throw new Pop3Error("dropped", `${this.#deps.server} ended the connection too early`);
    }
    const bytes = buffer.subarray(0, count);
    return this.#bareLf === undefined ? bytes : this.#bareLf.push(bytes);
  }

  /** Bounds a wait. A read that is under way can only be ended by closing the connection. */
  async #guard<T>(work: () => Promise<T>): Promise<T> {
    const { clock, connection, silenceMs, signal, server } = this.#deps;
    if (this.failure !== undefined) throw this.failure;
    signal.throwIfAborted();
    using limit = deadline(clock, silenceMs, signal);
    const close = () => connection.close();
    limit.signal.addEventListener("abort", close, { once: true });
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw this.failure = sessionError(limit.signal.aborted ? limit.signal.reason : error, server);
    } finally {
      limit.signal.removeEventListener("abort", close);
    }
  }
}
