/**
 * The adapter for the protocol library: all that is known here of its inner life is in this file.
 *
 * The library reads commands, keeps their order and the state of a session, and times a half-closed
 * connection out. What the server says, whom it believes and where a message goes is ours.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { SMTPConnection, type SMTPConnectionOptions } from "smtp-server/lib/smtp-connection.js";
import { SMTPStream } from "smtp-server/lib/smtp-stream.js";
import { DotUnstuffer } from "../../formats/dot_stuffing.ts";
import type { Endpoint } from "../../platform/mod.ts";
import { readPast } from "./checked_body.ts";
import { envelopeOf } from "./envelope_of.ts";
import type { Host, Session, SessionState } from "./host.ts";
import type { SmtpdOptions } from "./mod.ts";
import { readPathCommand } from "./path_command.ts";
import { type Client, inOurWords, replies, type Reply } from "./replies.ts";
import { type Dismissal, SessionLimits } from "./session_limits.ts";

/** Longest command line, in octets: 512 (RFC 5321 section 4.5.3.1.4) and what extensions add. */
const MAX_COMMAND_OCTETS = 4096;

/** How much of a refused message is read past, so that the client sees why, in octets. */
const MAX_DISCARDED_OCTETS = 64 * 1024 * 1024;

/** Known to RFC 5321 or its extensions, and not offered here. */
const NOT_IMPLEMENTED = new Set(["AUTH", "STARTTLS", "BDAT", "TURN", "ATRN"]);

/** What the library would do, and must not: its games, its proxies, what is not offered. */
const DISABLED = ["AUTH", "STARTTLS", "XCLIENT", "XFORWARD", "WIZ", "SHELL", "KILL", "LHLO"];

/** A listening server of the library; its sessions are {@linkcode Connection}s. */
export class Listener extends SMTPServer {
  readonly #host: Host;
  readonly #connections = new Map<string, Connection>();

  constructor(host: Host) {
    super({
      disabledCommands: DISABLED,
      disableReverseLookup: true, // The appliance sends nothing over the line, not even a DNS query.
      hideDSN: false,
      logger: false,
    });
    this.#host = host;
    this.on("error", (error: Error) => host.listenerFailed(error));
  }

  /** Begins to listen; port 0 takes a free one. @throws {Error} If the endpoint cannot be had. */
  open({ host, port }: Endpoint): Promise<Endpoint> {
    const { promise, resolve, reject } = Promise.withResolvers<Endpoint>();
    this.#boundConnections();
    this.server.once("error", reject);
    this.listen(port, host, () => {
      this.server.off("error", reject);
      const at = this.server.address();
      const bound = at !== null && typeof at === "object" ? at : { address: host, port };
      resolve({ host: bound.address, port: bound.port });
    });
    return promise;
  }

  /** Takes no new connections; resolves when the last one is closed. */
  stopListening(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /**
   * As many as may work, and as many who are told to come later. The rest hears nothing: a listener
   * of Deno (2.9.6) that found no file descriptor for a connection never accepts another one.
   */
  #boundConnections(): void {
    this.server.maxConnections = 2 * this.#host.options().maxSessions;
  }

  override connect(socket: Socket, socketOptions?: SMTPConnectionOptions | null): void {
    this.#boundConnections(); // It may have changed since.
    const connection = new Connection({ host: this.#host, server: this, socket, socketOptions });
    this.connections.add(connection);
    this.#connections.set(connection.id, connection);
    connection.on("error", (error: Error) => this.#host.failed(error));
    connection.init();
  }

  // The library calls these back with the session; the connection knows what is to be done.
  override onConnect(_session: SMTPServerSession, callback: () => void): void {
    callback(); // At once: a client that pipelines must not be early by one turn of the event loop.
  }

  override onMailFrom(
    _address: { address: string },
    session: SMTPServerSession,
    callback: (error?: Error | null) => void,
  ): void {
    this.#connections.get(session.id)?.askSender(callback);
  }

  override onRcptTo(
    { address }: { address: string },
    session: SMTPServerSession,
    callback: (error?: Error | null) => void,
  ): void {
    this.#connections.get(session.id)?.askRecipient(address, callback);
  }

  override onData(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    callback: (error: Error | null, text?: string) => void,
  ): void {
    this.#connections.get(session.id)?.takeMessage(stream, callback);
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection.id);
    this.#host.closed(connection);
  }
}

/** One session. */
export class Connection extends SMTPConnection implements Session {
  readonly #host: Host;
  readonly #options: SmtpdOptions;
  readonly #listener: Listener;
  readonly limits: SessionLimits;
  #declaredOctets: number | undefined;
  #path: { readonly address: string; readonly args: Record<string, string | true> } | undefined;
  /** What is said instead of the library's 250 to the command at hand. */
  #accepted: (() => Reply) | undefined;

  constructor({ host, server, socket, socketOptions }: {
    host: Host;
    server: Listener;
    socket: Socket;
    socketOptions: SMTPConnectionOptions | null | undefined;
  }) {
    super(server, socket, socketOptions);
    this.#host = host;
    this.#listener = server;
    this.#options = host.options();
    this.limits = new SessionLimits({ ...this.#options, monotonic: () => host.monotonic() });
  }

  get client(): Client {
    return this.#client;
  }

  get state(): SessionState {
    if (this.isClosing) return "waits for the client to leave";
    if (this._parser !== false && this._parser._dataMode) return "receives a message";
    const busy = this._handlerPending || Boolean(this._dataStream);
    return busy ? "works on a command" : "waits for a command";
  }

  get sender(): string | undefined {
    const { mailFrom } = this.session.envelope;
    return mailFrom ? mailFrom.address : undefined;
  }

  get overdue(): Dismissal | undefined {
    return this.state === "works on a command" ? undefined : this.limits.overdue;
  }

  get isClosing(): boolean {
    return this._closing || this._closed;
  }

  get inTransaction(): boolean {
    return Boolean(this._dataStream) || Boolean(this.session.envelope?.mailFrom);
  }

  dismiss(reply: (options: SmtpdOptions) => Reply): void {
    if (this.isClosing) return;
    this.#say(reply(this.#options));
    this.close(); // Whatever the code was.
  }

  destroy(): void {
    this._socket.destroy();
  }

  override init(): void {
    const refusal = this.#host.welcome(this.#client);
    this.#host.opened(this);
    this._setListeners(() => {
      if (refusal !== undefined) return this.dismiss(refusal);
      this._socket.on("data", (chunk: Buffer) => this.#noteInput(chunk.length));
      this.connectionReady(); // Not after 100 ms: on a LAN every client would feel them.
    });
  }

  override _sendGreeting(): void {
    this.#say(replies.greeting(this.#options));
  }

  /** The library's idle timer counts any octet as life; the server looks at `idleMs` instead. */
  override _armTimeout(): void {}

  override _createParser(): SMTPStream {
    const parser = new CommandStream({ maxCommandLength: MAX_COMMAND_OCTETS });
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on("error", () => this.#throwOff(replies.lineTooLong));
    return parser;
  }

  override _onClose(): void {
    super._onClose();
    this.#listener.forget(this);
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    if (this.#host.draining && !this.inTransaction) return this.dismiss(replies.shuttingDown);
    const verb = command.toString("latin1").split(" ")[0]!.toUpperCase();
    const enough = this.limits.command(verb);
    if (enough !== undefined) return this.#throwOff(enough);
    if (NOT_IMPLEMENTED.has(verb)) {
      this.#say(replies.notImplemented);
      if (callback) this._whenWritable(callback);
      return;
    }
    super._onCommand(command, callback);
  }

  /** The library's replies come through here, in its words. */
  override send(code: number, data?: string | string[] | null): void {
    const accepted = code === 250 ? this.#accepted?.() : undefined;
    this.#accepted = undefined;
    if (code === 421) this.#host.misbehaved(this.#client); // The library ends nothing but abuse.
    this.#say(accepted ?? inOurWords(code, String(data ?? ""), this.#options));
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    this.#accepted = () => replies.helo({ ...this.#client, options: this.#options });
    super.handler_HELO(command, callback);
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    this.#accepted = () => replies.ehlo({ ...this.#client, options: this.#options });
    super.handler_EHLO(command, callback);
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    if (!this.#readPath("MAIL", command)) return callback();
    super.handler_MAIL(command, callback);
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    if (!this.#readPath("RCPT", command)) return callback();
    if (this.session.envelope.rcptTo.length >= this.#options.maxRecipients) {
      this.#say(replies.tooManyRecipients);
      return callback();
    }
    super.handler_RCPT(command, callback);
  }

  /** Ours has read the command already: the library would turn xn-- names into Unicode. */
  override _parseAddressCommand() {
    return this.#path ?? false;
  }

  override _validateMailParams(parsed: { args?: unknown }) {
    const { SIZE } = (parsed.args ?? {}) as { SIZE?: string };
    if (SIZE !== undefined && Number(SIZE) > this.#options.maxMessageOctets) {
      const { code, text } = replies.tooLarge(this.#options.maxMessageOctets);
      return { code, message: String(text), enhancedCode: null };
    }
    return super._validateMailParams(
      parsed as Parameters<SMTPConnection["_validateMailParams"]>[0],
    );
  }

  override handler_VRFY(command: Buffer, callback: () => void): void {
    this.#host.verify(command.toString(), this.#client).then((reply) => {
      this.#say(reply);
      callback();
    }, (error) => this.#host.failed(error));
  }

  handler_EXPN(command: Buffer, callback: () => void): void {
    this.handler_VRFY(command, callback);
  }

  override handler_HELP(_command: Buffer, callback: () => void): void {
    this.#say(replies.help);
    callback();
  }

  override handler_QUIT(_command: Buffer, callback: () => void): void {
    this.#say(replies.quit({ ...this.#client, options: this.#options }));
    this.close();
    callback();
  }

  handler_ETRN(command: Buffer, callback: () => void): void {
    this.#host.etrn(command.toString(), this.#client).then((reply) => {
      this.#say(reply);
      callback();
    }, (error) => this.#host.failed(error));
  }

  /** Called by the library, through its server, when the syntax of a MAIL is right. */
  askSender(callback: (error?: Error | null) => void): void {
    const { address = "", args: parameters = {} } = this.#path ?? {};
    this.#host.sender({ address, parameters }, this.#client).then((reply) => {
      this.#accepted = () => reply;
      callback(reply.code < 400 ? null : asError(reply));
    }, (error) => this.#host.failed(error));
  }

  /** Called by the library, through its server, when the syntax of a RCPT is right. */
  askRecipient(address: string, callback: (error?: Error | null) => void): void {
    const { mailFrom, rcptTo } = this.session.envelope;
    this.#host.recipient({
      address,
      sender: mailFrom ? mailFrom.address : "",
      declaredOctets: this.#declaredOctets,
      index: rcptTo.length,
    }, this.#client).then((reply) => {
      this.#accepted = () => reply;
      callback(reply.code < 400 ? null : asError(reply));
    }, (error) => this.#host.failed(error));
  }

  /** Called by the library, through its server, when DATA begins. */
  takeMessage(
    stream: SMTPServerDataStream,
    callback: (error: Error | null, text?: string) => void,
  ): void {
    const chunks = stream.iterator({ destroyOnReturn: false });
    this.limits.messageBegun();
    this.#take(chunks).then((reply) => {
      this.limits.messageEnded(reply.code < 400);
      callback(reply.code < 400 ? null : asError(reply), String(reply.text));
      if (this.#host.draining) this.dismiss(replies.shuttingDown);
    }, (error) => this.#host.failed(error));
  }

  async #take(chunks: AsyncIterator<Uint8Array>): Promise<Reply> {
    const reply = await this.#host.message({
      envelope: envelopeOf(this.session.envelope),
      client: this.#client,
      extended: this.openingCommand === "EHLO",
      // Without return(): whoever stops early must leave the stream alive, its rest is read below.
      body: { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) },
    }, this.#options);
    if (!await readPast(chunks, MAX_DISCARDED_OCTETS)) {
      this.#say(reply);
      this.close(); // The end of this message will not be found any more.
    }
    return reply;
  }

  #readPath(verb: "MAIL" | "RCPT", command: Uint8Array): boolean {
    const read = readPathCommand(verb, command);
    if (read.kind === "refused") {
      this.#say(read.reply);
      return false;
    }
    const { address, parameters } = read;
    const utf8 = parameters["SMTPUTF8"] !== undefined || this.session.envelope.smtpUtf8;
    if (!utf8 && /[^\0-\x7f]/.test(address)) {
      this.#say(replies.needsSmtpUtf8);
      return false;
    }
    this.#path = { address, args: { ...parameters } };
    if (verb === "MAIL") this.#declaredOctets = Number(parameters["SIZE"]) || undefined;
    return true;
  }

  get #client(): Client {
    const address = this.remoteAddress;
    return {
      name: this.hostNameAppearsAs || address,
      address,
      localAddress: this._socket.localAddress ?? "",
      door: "smtp",
      secure: false,
      user: undefined,
    };
  }

  #noteInput(octets: number): void {
    this.#host.activity(this.remoteAddress);
    this.limits.received(octets);
  }

  /** Sends an abuser away, and remembers who it was. */
  #throwOff(reply: Dismissal): void {
    if (this.isClosing) return;
    this.#host.misbehaved(this.#client);
    this.dismiss(reply);
  }

  #say(reply: Reply): void {
    const { code, text } = reply;
    super.send(code, typeof text === "string" ? text : [...text], false);
    const enough = this.limits.replied(code); // From now on the client owes us something.
    if (enough !== undefined) this.#throwOff(enough);
  }
}

/** Commands by the library; the body of a message by the code that POP3 uses too. */
class CommandStream extends SMTPStream {
  #body = new DotUnstuffer();

  /** A command without its line end is cut off: the library would carry it out all the same. */
  override _flushData(): void {}

  override startDataMode(maxOctets?: number | string | null): SMTPServerDataStream {
    this.#body = new DotUnstuffer();
    return super.startDataMode(maxOctets);
  }

  /** The library's own takes a turn of the event loop, and makes a chunk, for each doubled dot. */
  override _feedDataStream(chunk: Buffer, done: () => void): void {
    const { body, rest } = this.#body.push(chunk);
    this._countDataBytes(body.length);
    if (rest !== undefined) return this._endDataMode(Buffer.from(body), Buffer.from(rest), done);
    const stream = this._dataStream;
    if (!stream?.writable || body.length === 0 || stream.write(body)) return done();
    const go = () => {
      stream.off("drain", go);
      stream.off("close", go); // Whoever gave the message up destroys the stream: it never drains.
      done();
    };
    stream.once("drain", go);
    stream.once("close", go);
  }
}

/** The library's form of a refusal. */
function asError({ code, text }: Reply): Error {
  return Object.assign(new Error(String(text)), { responseCode: code });
}
