import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { SMTPServerDataStream } from "smtp-server";
import { SMTPConnection, type SMTPConnectionOptions } from "smtp-server/lib/smtp-connection.js";
import type { SMTPStream } from "smtp-server/lib/smtp-stream.js";
import { AUTH_MECHANISMS, type AuthStep, beginAuth } from "./auth_exchange.ts";
import { readBdat } from "./bdat.ts";
import { readPast } from "./checked_body.ts";
import { ChunkReceiver } from "./chunk_receiver.ts";
import { CommandStream } from "./command_stream.ts";
import { envelopeOf } from "./envelope_of.ts";
import { helpReply } from "./help.ts";
import type { Host, LoginResult, Session, SessionState } from "./host.ts";
import type { SmtpdOptions } from "./mod.ts";
import { readPathCommand } from "./path_command.ts";
import { type Client, inOurWords, replies, type Reply } from "./replies.ts";
import { type Dismissal, SessionLimits } from "./session_limits.ts";
import type { Listener } from "./smtp_server_adapter.ts";

/** Longest command line, in octets: 512 (RFC 5321 section 4.5.3.1.4) and what extensions add. */
const MAX_COMMAND_OCTETS = 4096;

/** How much of a refused message is read past, so that the client sees why, in octets. */
const MAX_DISCARDED_OCTETS = 64 * 1024 * 1024;

/** A chunk with fewer octets counts as a command: nobody divides a message like that. */
const MIN_CHUNK_OCTETS = 512;

/** Known to RFC 5321 or its extensions, and not offered here. */
const NOT_IMPLEMENTED = new Set(["TURN", "ATRN"]);

/** Commands that take no argument (RFC 5321 section 4.1.1). */
const WITHOUT_ARGUMENT = new Set(["DATA", "RSET", "QUIT", "STARTTLS"]);

/** Part of the adapter: one session. */
export class Connection extends SMTPConnection implements Session {
  readonly limits: SessionLimits;
  readonly #host: Host;
  readonly #options: SmtpdOptions;
  readonly #listener: Listener;
  readonly #closed = new AbortController();
  readonly #chunks: ChunkReceiver;
  #declaredOctets: number | undefined;
  #path: { readonly address: string; readonly args: Record<string, string | true> } | undefined;
  /** What is said instead of the library's 250 to the command at hand. */
  #accepted: (() => Reply) | undefined;
  /** The socket whose octets are noted; TLS brings another one. */
  #heard: Socket | undefined;

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
    this.#chunks = this.#newChunkReceiver();
  }

  /** The client as it is known at the moment. */
  get client(): Client {
    const address = this.remoteAddress;
    return {
      name: this.hostNameAppearsAs || address,
      address,
      localAddress: this.localAddress,
      door: this.#listener.door,
      secure: this.secure,
      user: typeof this.session.user === "string" ? this.session.user : undefined,
    };
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

  dismiss(reply: Dismissal): void {
    if (this.isClosing) return;
    this.#say(reply(this.#options));
    this.close(); // Whatever the code was.
  }

  destroy(): void {
    this._socket.destroy();
  }

  override init(): void {
    const refusal = this.#host.welcome(this.client);
    this.#host.opened(this);
    this._setListeners(() => {
      if (refusal !== undefined) return this.dismiss(refusal);
      this.listenForActivity();
      const delay = this.#host.greetDelay(this.client, this.#closed.signal);
      // Not the library's 100 ms: on a LAN every client would feel them.
      if (delay === undefined) return this.connectionReady();
      delay.then(() => this.isClosing || this.connectionReady(), () => {}); // It has left.
    });
  }

  override _sendGreeting(): void {
    this.#say(replies.greeting(this.#options));
  }

  /** The library's idle timer counts any octet as life; the server looks at `overdue` instead. */
  override _armTimeout(): void {}

  override _createParser(): SMTPStream {
    const parser = new CommandStream({ maxCommandLength: MAX_COMMAND_OCTETS });
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on("error", () => this.#throwOff(replies.lineTooLong));
    return parser;
  }

  override close(): void {
    super.close();
    this.#closed.abort();
  }

  override _onClose(): void {
    super._onClose();
    this.#closed.abort();
    this.#chunks.abort();
    this.#listener.forget(this);
  }

  /** Called at each end of a transaction, RSET and EHLO among them. */
  override _resetSession(): void {
    super._resetSession();
    this.#declaredOctets = undefined;
    this.#chunks?.abort();
  }

  /** Tells the server of every octet that comes from now on. */
  listenForActivity(): void {
    if (this.#heard === this._socket) return;
    this.#heard = this._socket;
    this._socket.on("data", (chunk: Uint8Array) => {
      this.#host.activity(this.remoteAddress);
      this.limits.received(chunk.length);
    });
  }

  override _onCommand(command: Buffer, callback: () => void = () => {}): void {
    if (this._upgrading) return callback(); // It came before TLS: it is never carried out.
    if (this.#host.draining && !this.inTransaction) return this.dismiss(replies.shuttingDown);
    const line = command.toString("latin1");
    // An answer to AUTH is no command, whatever it looks like.
    const verb = this._nextHandler ? "AUTH" : line.split(" ")[0]!.toUpperCase();
    const enough = verb === "BDAT" ? this.#countChunk(line) : this.limits.command(verb);
    if (enough !== undefined) return this.#throwOff(enough);
    const refusal = this._nextHandler ? undefined : refusalOf(verb, line);
    if (refusal === undefined || !this._ready) return super._onCommand(command, callback);
    this.#say(refusal);
    this._whenWritable(callback);
  }

  /** The library's replies come through here, in its words. */
  override send(code: number, data?: string | string[] | null): void {
    const accepted = code === 250 ? this.#accepted?.() : undefined;
    this.#accepted = undefined;
    if (code === 421) this.#host.misbehaved(this.client); // The library ends nothing but abuse.
    this.#say(accepted ?? inOurWords(code, String(data ?? ""), this.#options));
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    this.#accepted = () => replies.helo({ ...this.client, options: this.#options });
    super.handler_HELO(command, callback);
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    this.#accepted = () =>
      replies.ehlo({ ...this.client, options: this.#options }, {
        startTls: this.#listener.hasTls && !this.secure,
        auth: this.#host.offersAuth(this.client) ? AUTH_MECHANISMS : "",
      });
    super.handler_EHLO(command, callback);
  }

  override handler_STARTTLS(_command: Buffer, callback: () => void): void {
    const refusal = this.secure
      ? replies.tlsTwice
      : this.#listener.hasTls
      ? undefined
      : replies.noTls;
    if (refusal !== undefined) {
      this.#say(refusal);
      return callback();
    }
    this.#listener.refreshTls();
    this.#say(replies.startTls);
    this.upgrade(callback);
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    const refusal = this.#authRefusal();
    if (refusal !== undefined) {
      this.#say(refusal);
      return callback();
    }
    this.#goOnWithLogin(beginAuth(command.toString("latin1")), callback);
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    if (!this.#readPath("MAIL", command)) return callback();
    super.handler_MAIL(command, callback);
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    if (this.#chunks.isReceiving) {
      this.#say(replies.chunksFirst);
      return callback();
    }
    if (!this.#readPath("RCPT", command)) return callback();
    if (this.session.envelope.rcptTo.length >= this.#options.maxRecipients) {
      this.#say(replies.tooManyRecipients);
      return callback();
    }
    super.handler_RCPT(command, callback);
  }

  override handler_DATA(command: Buffer, callback: () => void): void {
    if (!this.#chunks.isReceiving) return super.handler_DATA(command, callback);
    this.#say(replies.chunksFirst); // RFC 3030 section 2: not both in one message.
    callback();
  }

  handler_BDAT(command: Buffer, callback: () => void): void {
    const chunk = readBdat(command.toString("latin1"));
    const plan = chunk === undefined ? replies.badChunk : this.#chunks.begin(chunk);
    if (chunk === undefined || "code" in plan || !(this._parser instanceof CommandStream)) {
      // Its end will not be found: what follows must not be taken for commands.
      if ("code" in plan) this.#say(plan);
      this.close();
      return callback();
    }
    const finish = (next: () => void) => {
      this._handlerPending = true;
      this.#answer(plan.finish(), () => {
        this._handlerPending = false;
        next();
      });
    };
    if (chunk.octets === 0) return finish(callback);
    this._parser.startChunk(chunk.octets, {
      take: (octets) => plan.take(octets),
      whenRead: finish,
    });
    callback();
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
    return null; // The others were checked when they were read.
  }

  override handler_VRFY(command: Buffer, callback: () => void): void {
    this.#answer(this.#host.verify(command.toString(), this.client), callback);
  }

  handler_EXPN(command: Buffer, callback: () => void): void {
    this.handler_VRFY(command, callback);
  }

  handler_ETRN(command: Buffer, callback: () => void): void {
    this.#answer(this.#host.etrn(command.toString(), this.client), callback);
  }

  override handler_HELP(command: Buffer, callback: () => void): void {
    this.#say(helpReply(command.toString("latin1")));
    callback();
  }

  override handler_QUIT(_command: Buffer, callback: () => void): void {
    this.#say(replies.quit({ ...this.client, options: this.#options }));
    this.close();
    callback();
  }

  /** Called by the library, through its server, when the syntax of a MAIL is right. */
  askSender(callback: (error?: Error | null) => void): void {
    const { address = "", args: parameters = {} } = this.#path ?? {};
    this.#ask(this.#host.sender({ address, parameters }, this.client), callback);
  }

  /** Called by the library, through its server, when the syntax of a RCPT is right. */
  askRecipient(address: string, callback: (error?: Error | null) => void): void {
    const request = {
      address,
      sender: this.sender ?? "",
      declaredOctets: this.#declaredOctets,
      index: this.session.envelope.rcptTo.length,
    };
    this.#ask(this.#host.recipient(request, this.client), callback);
  }

  /** Called by the library, through its server, when DATA begins. */
  takeMessage(
    stream: SMTPServerDataStream,
    callback: (error: Error | null, text?: string) => void,
  ): void {
    const chunks = stream.iterator({ destroyOnReturn: false });
    this.#take(chunks).then((reply) => {
      callback(reply.code < 400 ? null : asError(reply), String(reply.text));
      if (this.#host.draining) this.dismiss(replies.shuttingDown);
    }, (error) => this.#host.failed(error));
  }

  async #take(chunks: AsyncIterator<Uint8Array>): Promise<Reply> {
    const reply = await this.#message({
      // Without return(): whoever stops early must leave the stream alive, its rest is read below.
      [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }),
    });
    if (!await readPast(chunks, MAX_DISCARDED_OCTETS)) {
      this.#say(reply);
      this.close(); // The end of this message will not be found any more.
    }
    return reply;
  }

  async #message(body: AsyncIterable<Uint8Array>): Promise<Reply> {
    const envelope = envelopeOf(this.session.envelope);
    const extended = this.openingCommand === "EHLO";
    this.limits.messageBegun();
    const message = { envelope, client: this.client, extended, body };
    const reply = await this.#host.message(message, this.#options);
    this.limits.messageEnded(reply.code < 400);
    return reply;
  }

  #newChunkReceiver(): ChunkReceiver {
    const chunkRefusal = () => this.#chunkRefusal();
    const over = () => {
      this._transactionCounter++;
      this._unrecognizedCommands = 0;
      this._resetSession();
    };
    return new ChunkReceiver({
      get refusal() {
        return chunkRefusal();
      },
      maxMessageOctets: this.#options.maxMessageOctets,
      message: (body) => this.#message(body),
      over,
    }, { maxDiscarded: MAX_DISCARDED_OCTETS });
  }

  #chunkRefusal(): Reply | undefined {
    if (!this.hostNameAppearsAs) return replies.helloFirst;
    return this.session.envelope.rcptTo.length === 0 ? replies.rcptFirst : undefined;
  }

  #countChunk(line: string): Dismissal | undefined {
    return (readBdat(line)?.octets ?? 0) < MIN_CHUNK_OCTETS
      ? this.limits.command("BDAT")
      : undefined;
  }

  #authRefusal(): Reply | undefined {
    if (this.session.user) return replies.authTwice;
    if (this.inTransaction) return replies.notDuringMail; // RFC 4954 section 4.
    if (this.#host.mayUseAuth(this.client)) return undefined;
    return this.secure ? replies.notImplemented : replies.authNeedsTls;
  }

  #goOnWithLogin(step: AuthStep, callback: () => void): void {
    switch (step.kind) {
      case "challenge":
        this._nextHandler = (response, next) =>
          this.#goOnWithLogin(step.respond(response.toString("latin1")), next);
        this.#say(replies.authChallenge(step.text));
        return callback();
      case "credentials":
        return this.#answer(this.#loggedIn(this.#host.login(step, this.client)), callback);
      case "refused":
        this.#say(step.reply);
        return callback();
    }
  }

  async #loggedIn(asked: Promise<LoginResult>): Promise<Reply> {
    const result = await asked;
    if (result.kind === "refused") return result.reply;
    this.session.user = result.user;
    return replies.authOk;
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
    if (verb === "MAIL" && !this.inTransaction) {
      this.#declaredOctets = Number(parameters["SIZE"]) || undefined;
    }
    return true;
  }

  /** Says what a promise comes to. A bug on our side must not leave the client without an answer. */
  #answer(promise: Promise<Reply>, callback: () => void): void {
    promise.catch((error): Reply => {
      this.#host.failed(error);
      return replies.internalError;
    }).then((reply) => {
      if (!this.isClosing) this.#say(reply);
      callback();
      if (this.#host.draining && !this.inTransaction) this.dismiss(replies.shuttingDown);
    });
  }

  /** Tells the library what a promise comes to; it says it, in our words. */
  #ask(promise: Promise<Reply>, callback: (error?: Error | null) => void): void {
    promise.catch((error): Reply => {
      this.#host.failed(error);
      return replies.internalError;
    }).then((reply) => {
      this.#accepted = () => reply;
      callback(reply.code < 400 ? null : asError(reply));
    });
  }

  /** Sends an abuser away, and remembers who it was. */
  #throwOff(reply: Dismissal): void {
    if (this.isClosing) return;
    this.#host.misbehaved(this.client);
    this.dismiss(reply);
  }

  #say(reply: Reply): void {
    const { code, text } = reply;
    super.send(code, typeof text === "string" ? text : [...text], false);
    const enough = this.limits.replied(code); // From now on the client owes us something.
    if (enough !== undefined) this.#throwOff(enough);
  }
}

/** What is refused before the library sees it. */
function refusalOf(verb: string, line: string): Reply | undefined {
  if (NOT_IMPLEMENTED.has(verb)) return replies.notImplemented;
  return WITHOUT_ARGUMENT.has(verb) && line.trim().length > verb.length
    ? replies.noArgument(verb)
    : undefined;
}

/** The library's form of a refusal. */
function asError({ code, text }: Reply): Error {
  return Object.assign(new Error(String(text)), { responseCode: code });
}
