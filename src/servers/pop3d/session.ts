import { MAX_COMMAND_OCTETS, parseCommand, type Pop3Command } from "../../formats/pop3.ts";
import { type Connection, LineReader, LineTooLongError } from "../../platform/mod.ts";
import { AUTHORIZATION } from "./authorization.ts";
import { ConnectionLostError, Output } from "./output.ts";
import { REPLIES } from "./replies.ts";
import type { CommandTable, SessionContext, State } from "./state.ts";
import { TRANSACTION } from "./transaction_commands.ts";

/** After so many commands that no proper client sends, whoever it is may go. */
const MAX_ERRORS = 10;

/** What the server hands to each session. */
export type SessionTools = Omit<SessionContext, "output" | "refuse" | "from" | "to" | "signal">;

/** One client's connection, from greeting to end. */
export class Session {
  readonly sinceMs: number;
  readonly #tools: SessionTools;
  readonly #connection: Connection;
  readonly #reader: LineReader;
  readonly #context: SessionContext;
  /** Aborted when the session is ended from outside. */
  readonly #ending = new AbortController();
  #state: State = { kind: "greeted" };
  #user = "";
  #errors = 0;
  /** Whether the session waits for the client; then it may be ended at once. */
  #waiting = false;
  /** Why the session was ended from outside. */
  #endReason: string | undefined;
  #activeAtMs: number;

  constructor(connection: Connection, tools: SessionTools) {
    this.#tools = tools;
    this.#connection = connection;
    this.sinceMs = tools.clock.now();
    this.#activeAtMs = tools.clock.monotonic();
    const output = new Output(connection, () => this.#noteActivity());
    this.#reader = new LineReader(this.#flushingFirst(output), {
      maxLineOctets: MAX_COMMAND_OCTETS - 2,
    });
    this.#context = {
      ...tools,
      output,
      from: connection.remote.host,
      to: connection.local.host,
      signal: this.#ending.signal,
      refuse: async (reply) => {
        this.#errors++;
        await output.reply(reply);
      },
    };
  }

  /** The logged-in user, empty before. */
  get user(): string {
    return this.#user;
  }

  get from(): string {
    return this.#context.from;
  }

  /** Serves the client until either side ends. Never throws. */
  async run(): Promise<void> {
    const watch = this.#endWhenIdle().catch(() => {}); // Aborted: the session is over.
    try {
      await this.#context.output.reply(REPLIES.greeting(this.#tools.options.hostname));
      while (this.#state.kind !== "over") await this.#step();
      await this.#context.output.flush();
    } catch (error) {
      const expected = error instanceof ConnectionLostError || this.#ending.signal.aborted;
      const level = expected ? "debug" : "error";
      this.#tools.log[level]("Session broke off", { from: this.from, reason: String(error) });
    } finally {
      this.#ending.abort();
      this.#connection.close();
      await watch;
    }
  }

  /** Ends the session after the command at hand, or at once if there is none. */
  stop(): void {
    this.#endReason ??= "server stops";
    this.#ending.abort(); // A refused login need not wait its time.
    if (this.#waiting) this.#connection.close();
  }

  /** Ends the session at once. */
  end(why = "server stops"): void {
    this.#endReason ??= why;
    this.#ending.abort();
    this.#connection.close();
  }

  async #step(): Promise<void> {
    const before = this.#state;
    try {
      this.#state = await this.#next(before);
    } catch (error) {
      if (before.kind === "open") await this.#release(before, "connection lost");
      throw error;
    }
    const after = this.#state;
    if (before.kind === "open" && after.kind === "over") await this.#release(before, after.why);
    if (after.kind === "open") this.#user = after.mail.user;
  }

  async #next(state: State): Promise<State> {
    if (this.#endReason !== undefined) return { kind: "over", why: this.#endReason };
    const command = await this.#readCommand();
    if (command === undefined) return { kind: "over", why: "connection lost" };
    this.#noteActivity();
    const after = command === "refused" ? state : await this.#carryOut(command, state);
    if (after.kind === "over" || this.#errors < MAX_ERRORS) return after;
    await this.#context.output.reply(REPLIES.tooManyErrors);
    return { kind: "over", why: "too many errors" };
  }

  /** `undefined` when the client has ended. */
  async #readCommand(): Promise<Pop3Command | "refused" | undefined> {
    try {
      const line = await this.#reader.readLine();
      return line && parseCommand(line);
    } catch (error) {
      const tooLong = error instanceof LineTooLongError;
      if (!tooLong && !(error instanceof SyntaxError)) throw error;
      await this.#context.refuse(tooLong ? REPLIES.lineTooLong : REPLIES.unknownCommand);
      return "refused";
    }
  }

  async #carryOut({ keyword, argument }: Pop3Command, state: State): Promise<State> {
    switch (state.kind) {
      case "greeted":
      case "named":
        return await this.#dispatch(AUTHORIZATION, keyword, argument, state);
      case "open":
        return await this.#dispatch(TRANSACTION, keyword, argument, state);
      case "over":
        return state;
    }
  }

  async #dispatch<S extends State>(
    table: CommandTable<S>,
    keyword: string,
    argument: string,
    state: S,
  ): Promise<State> {
    const handler = Object.hasOwn(table, keyword) ? table[keyword] : undefined;
    if (handler !== undefined) return await handler(this.#context, argument, state);
    const known = Object.hasOwn(AUTHORIZATION, keyword) || Object.hasOwn(TRANSACTION, keyword);
    await this.#context.refuse(known ? REPLIES.notNow : REPLIES.unknownCommand);
    return state;
  }

  /** Gives the maildrop back; what was marked as deleted stays unless QUIT has removed it. */
  async #release({ mail }: State & { readonly kind: "open" }, why: string): Promise<void> {
    await mail[Symbol.asyncDispose]();
    this.#tools.log.info("Session ended", {
      user: mail.user,
      from: this.from,
      retrieved: mail.sent.messages,
      octets: mail.sent.octets,
      deleted: mail.removed,
      why: this.#endReason ?? why,
    });
  }

  #noteActivity(): void {
    this.#activeAtMs = this.#tools.clock.monotonic();
  }

  /** RFC 1939 section 3: closes without a reply and without removing anything. */
  async #endWhenIdle(): Promise<void> {
    const { clock, options, log } = this.#tools;
    while (true) {
      const leftMs = this.#activeAtMs + options.idleTimeoutMs - clock.monotonic();
      if (leftMs <= 0) break;
      await clock.sleep(leftMs, this.#ending.signal);
    }
    log.info("Session was idle for too long", { user: this.#user, from: this.from });
    this.end("idle for too long");
  }

  /** What was answered goes out before the server waits for more. */
  #flushingFirst(output: Output): Connection {
    const connection = this.#connection;
    return {
      remote: connection.remote,
      local: connection.local,
      read: async (into) => {
        await output.flush();
        if (this.#endReason !== undefined) return null;
        this.#waiting = true;
        try {
          return await connection.read(into);
        } catch (cause) {
          throw new ConnectionLostError("Cannot read from the client", { cause });
        } finally {
          this.#waiting = false;
        }
      },
      write: (bytes) => connection.write(bytes),
      closeWrite: () => connection.closeWrite(),
      close: () => connection.close(),
      [Symbol.dispose]: () => connection.close(),
    };
  }
}
