import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { SMTPConnection, type SMTPConnectionOptions } from "smtp-server/lib/smtp-connection.js";
import type { SMTPStream } from "smtp-server/lib/smtp-stream.js";
import { readBdat } from "./bdat.ts";
import { type Connection, connectionOver } from "../../platform/mod.ts";
import { CommandStream } from "./command_stream.ts";
import type { Host, Session, SessionState } from "./host.ts";
import type { SmtpdOptions } from "./mod.ts";
import { type Client, type Door, inOurWords, replies, type Reply, replyLine } from "./replies.ts";
import { type Dismissal, SessionLimits } from "./session_limits.ts";
import type { Listener } from "./smtp_server_adapter.ts";

/** Longest command line, in octets: 512 (RFC 5321 section 4.5.3.1.4) and what extensions add. */
const MAX_COMMAND_OCTETS = 4096;

/** A chunk with fewer octets counts as a command: nobody divides a message like that. */
const MIN_CHUNK_OCTETS = 512;

/** Known to RFC 5321 or its extensions, and not offered here. */
const NOT_IMPLEMENTED = new Set(["TURN"]);

/** All that there is where mail is only handed out (RFC 2645 section 5.4). */
const ODMR_COMMANDS = new Set(["HELO", "EHLO", "STARTTLS", "AUTH", "ATRN", "NOOP", "RSET", "QUIT"]);

/** Commands that take no argument (RFC 5321 section 4.1.1). */
const WITHOUT_ARGUMENT = new Set(["DATA", "RSET", "QUIT", "STARTTLS"]);

/** Why what a session waits for is given up. Not an error, whose stack nobody would see. */
const CLOSED = "The session is over";

/** What a session is made of. */
export interface ConnectionParts {
  readonly host: Host;
  readonly server: Listener;
  readonly socket: Socket;
  readonly socketOptions: SMTPConnectionOptions | null | undefined;
}

/**
 * Part of the adapter: what a session is, how it begins and ends, and how it speaks. What it answers
 * to each command is in smtp_connection.ts.
 */
export abstract class SessionConnection extends SMTPConnection implements Session {
  readonly limits: SessionLimits;
  protected readonly host: Host;
  protected readonly options: SmtpdOptions;
  protected readonly listener: Listener;
  #hasQuit = false;
  /** What is said instead of the library's 250 to the command at hand. */
  protected accepted: (() => Reply) | undefined;
  /** Made for who must wait for the greeting. */
  #closed: AbortController | undefined;
  /** The socket whose octets are noted; TLS brings another one. */
  #heard: Socket | undefined;
  readonly #hear = (chunk: Uint8Array) => {
    this.host.activity(this.remoteAddress);
    this.limits.received(chunk.length);
  };
  /** The client is the server now; the library has nothing to do with the socket any more. */
  #turned = false;

  constructor({ host, server, socket, socketOptions }: ConnectionParts) {
    super(server, socket, socketOptions);
    this.host = host;
    this.listener = server;
    this.options = host.options();
    this.limits = new SessionLimits(this.options, host);
  }

  /** The client as it is known at the moment. */
  get client(): Client {
    const address = this.remoteAddress;
    return {
      name: this.hostNameAppearsAs || address,
      address,
      localAddress: this.localAddress,
      door: this.listener.door,
      secure: this.secure,
      user: typeof this.session.user === "string" ? this.session.user : undefined,
    };
  }

  get state(): SessionState {
    if (this.#turned) return "gets its mail by ATRN";
    if (this.isClosing) return "waits for the client to leave";
    if (this._parser !== false && this._parser._dataMode) return "receives a message";
    const busy = this._handlerPending || Boolean(this._dataStream);
    return busy ? "works on a command" : "waits for a command";
  }

  get sender(): string | undefined {
    const mailFrom = this.session.envelope?.mailFrom; // There is none before the greeting.
    return mailFrom ? mailFrom.address : undefined;
  }

  get overdue(): Dismissal | undefined {
    const isOurTurn = this.#turned || this.state === "works on a command";
    return isOurTurn ? undefined : this.limits.overdue;
  }

  get isClosing(): boolean {
    return this._closing || this._closed;
  }

  get hasQuit(): boolean {
    return this.#hasQuit;
  }

  get inTransaction(): boolean {
    return this.#turned || Boolean(this._dataStream) || Boolean(this.session.envelope?.mailFrom);
  }

  dismiss(reply: Dismissal): void {
    if (this.isClosing) return;
    if (this.#turned) return this.destroy(); // A reply would be none to a server.
    this.say(reply(this.options));
    this.close(); // Whatever the code was.
  }

  destroy(): void {
    this._socket.destroy();
  }

  override init(): void {
    const refusal = this.host.welcome(this.client);
    this.host.opened(this);
    this._setListeners(() => {
      if (refusal !== undefined) return this.dismiss(refusal);
      this.listenForActivity();
      const closed = new AbortController();
      const delay = this.host.greetDelay(this.client, closed.signal);
      // Not the library's 100 ms: on a LAN every client would feel them.
      if (delay === undefined) return this.connectionReady();
      this.#closed = closed;
      delay.then(() => this.isClosing || this.connectionReady(), () => {}); // It has left.
    });
  }

  override _sendGreeting(): void {
    this.say(replies.greeting(this.options));
  }

  /** The library's idle timer counts any octet as life; the server looks at `overdue` instead. */
  override _armTimeout(): void {}

  override _createParser(): SMTPStream {
    const parser = new CommandStream({ maxCommandLength: MAX_COMMAND_OCTETS });
    parser.oncommand = (command, callback) => {
      parser.commandTaken();
      this._onCommand(command, callback);
    };
    parser.on("error", () => this.#throwOff(replies.lineTooLong));
    return parser;
  }

  override close(): void {
    super.close();
    this.host.leaving(this);
    this.#closed?.abort(CLOSED);
  }

  override _onClose(): void {
    super._onClose();
    this.#closed?.abort(CLOSED);
    this.listener.forget(this);
  }

  /** Tells the server of every octet that comes from now on. */
  listenForActivity(): void {
    if (this.#heard === this._socket) return;
    this.#heard = this._socket;
    this._socket.on("data", this.#hear);
  }

  override _onCommand(command: Buffer, callback: () => void = () => {}): void {
    if (this._upgrading) return callback(); // It came before TLS: it is never carried out.
    if (this.host.draining && !this.inTransaction) return this.dismiss(replies.shuttingDown);
    const line = command.toString("latin1");
    // An answer to AUTH is no command, whatever it looks like.
    const verb = this._nextHandler ? "AUTH" : line.split(" ")[0]!.toUpperCase();
    // A chunk that brings something is part of a message; a large one has thousands of them.
    const counts = verb !== "BDAT" || (readBdat(line)?.octets ?? 0) < MIN_CHUNK_OCTETS;
    const enough = counts ? this.limits.command(verb) : undefined;
    if (enough !== undefined) return this.#throwOff(enough);
    const refusal = this._nextHandler ? undefined : refusalOf(verb, line, this.listener.door);
    if (refusal === undefined || !this._ready) return super._onCommand(command, callback);
    this.say(refusal);
    this._whenWritable(callback);
  }

  /** The library's replies come through here, in its words. */
  override send(code: number, data?: string | string[] | null): void {
    const accepted = code === 250 ? this.accepted?.() : undefined;
    this.accepted = undefined;
    if (code === 421) this.host.misbehaved(this.client); // The library ends nothing but abuse.
    this.say(accepted ?? inOurWords(code, String(data ?? ""), this.options));
  }

  /** Sends an abuser away, and remembers who it was. */
  #throwOff(reply: Dismissal): void {
    if (this.isClosing) return;
    this.host.misbehaved(this.client);
    this.dismiss(reply);
  }

  /**
   * Takes the connection from the library. The session stays open, and counted, until the connection
   * is closed.
   */
  protected turnRound(): Connection {
    this.#turned = true;
    if (this._parser !== false) {
      this._socket.unpipe(this._parser);
      this._parser.isClosed = true;
    }
    this._socket.off("data", this.#hear);
    return connectionOver(this._socket);
  }

  /** Ends the session as the client has asked. */
  protected quit(): void {
    this.#hasQuit = true;
    this.say(replies.quit({ ...this.client, options: this.options }));
    this.close();
  }

  /** Says something, and notes it. */
  protected say(reply: Reply): void {
    const { code, text } = reply;
    super.send(code, typeof text === "string" ? replyLine(text) : text.map(replyLine), false);
    const enough = this.limits.replied(code); // From now on the client owes us something.
    if (enough !== undefined) this.#throwOff(enough);
  }
}

/** What is refused before the library sees it. */
function refusalOf(verb: string, line: string, door: Door): Reply | undefined {
  if (NOT_IMPLEMENTED.has(verb)) return replies.notImplemented;
  if (door === "odmr" && !ODMR_COMMANDS.has(verb)) return replies.notImplemented;
  return WITHOUT_ARGUMENT.has(verb) && line.trim().length > verb.length
    ? replies.noArgument(verb)
    : undefined;
}
