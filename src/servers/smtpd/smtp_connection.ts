import type { Buffer } from "node:buffer";
import type { SMTPServerDataStream } from "smtp-server";
import { AUTH_MECHANISMS, type AuthStep, beginAuth, CRAM_MECHANISM } from "./auth_exchange.ts";
import { readBdat } from "./bdat.ts";
import { readPast } from "./checked_body.ts";
import { ChunkReceiver } from "./chunk_receiver.ts";
import { CommandStream, plain } from "./command_stream.ts";
import { envelopeOf } from "./envelope_of.ts";
import { helpReply } from "./help.ts";
import type { LoginResult } from "./host.ts";
import { readPathCommand } from "./path_command.ts";
import { replies, type Reply } from "./replies.ts";
import { SessionConnection } from "./session_connection.ts";

/** How much of a refused message is read past, so that the client sees why, in octets. */
const MAX_DISCARDED_OCTETS = 64 * 1024 * 1024;

/** Part of the adapter: one session, and what it answers to each command. */
export class Connection extends SessionConnection {
  /** Made when the first chunk comes: most clients send none. */
  #chunks: ChunkReceiver | undefined;
  #declaredOctets: number | undefined;
  #path: { readonly address: string; readonly args: Record<string, string | true> } | undefined;

  override _onClose(): void {
    super._onClose();
    this.#chunks?.abort();
  }

  /** Called at each end of a transaction, RSET and EHLO among them. */
  override _resetSession(): void {
    super._resetSession();
    this.#declaredOctets = undefined;
    this.#chunks?.abort();
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    this.accepted = () => replies.helo({ ...this.client, options: this.options });
    super.handler_HELO(command, callback);
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    this.accepted = () =>
      replies.ehlo({ ...this.client, options: this.options }, {
        startTls: this.listener.hasTls && !this.secure,
        auth: this.#mechanisms(),
        atrn: this.host.offersAtrn(this.client),
        etrn: this.host.offersEtrn(this.client),
      });
    super.handler_EHLO(command, callback);
  }

  override handler_STARTTLS(_command: Buffer, callback: () => void): void {
    const refusal = this.secure
      ? replies.tlsTwice
      : this.listener.hasTls
      ? undefined
      : replies.noTls;
    if (refusal !== undefined) {
      this.say(refusal);
      return callback();
    }
    this.listener.refreshTls();
    this.say(replies.startTls);
    this.upgrade(callback);
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    const line = command.toString("latin1");
    const refusal = this.#authRefusal(line);
    if (refusal !== undefined) {
      this.say(refusal);
      return callback();
    }
    const step = beginAuth(line, this.#cramChallenge);
    this.#goOnWithLogin(step, callback);
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    if (!this.inTransaction) this._resetSession(); // Parameters of a MAIL that was refused.
    if (!this.#readPath("MAIL", command)) return callback();
    super.handler_MAIL(command, callback);
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    if (this.#chunks?.isReceiving) {
      this.say(replies.chunksFirst);
      return callback();
    }
    if (!this.#readPath("RCPT", command)) return callback();
    if (this.session.envelope.rcptTo.length >= this.options.maxRecipients) {
      this.say(replies.tooManyRecipients);
      return callback();
    }
    super.handler_RCPT(command, callback);
  }

  override handler_DATA(command: Buffer, callback: () => void): void {
    if (!this.#chunks?.isReceiving) return super.handler_DATA(command, callback);
    this.say(replies.chunksFirst); // RFC 3030 section 2: not both in one message.
    callback();
  }

  handler_BDAT(command: Buffer, callback: () => void): void {
    const chunk = readBdat(command.toString("latin1"));
    this.#chunks ??= this.#newChunkReceiver();
    const plan = chunk === undefined ? replies.badChunk : this.#chunks.begin(chunk);
    if (chunk === undefined || "code" in plan || !(this._parser instanceof CommandStream)) {
      // Its end will not be found: what follows must not be taken for commands.
      if ("code" in plan) this.say(plan);
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
    if (SIZE !== undefined && Number(SIZE) > this.options.maxMessageOctets) {
      const { code, text } = replies.tooLarge(this.options.maxMessageOctets);
      return { code, message: String(text), enhancedCode: null };
    }
    return null; // The others were checked when they were read.
  }

  override handler_VRFY(command: Buffer, callback: () => void): void {
    this.#answer(this.host.verify(command.toString(), this.client), callback);
  }

  handler_EXPN(command: Buffer, callback: () => void): void {
    this.handler_VRFY(command, callback);
  }

  handler_ETRN(command: Buffer, callback: () => void): void {
    this.say(this.#etrnRefusal() ?? this.host.etrn(command.toString("latin1"), this.client));
    callback();
  }

  handler_ATRN(command: Buffer, callback: () => void): void {
    const refusal = this.#atrnRefusal();
    const answer = refusal === undefined
      ? this.host.atrn(command.toString("latin1"), this.client)
      : { kind: "refused", reply: refusal } as const;
    if (answer.kind === "refused") {
      this.say(answer.reply);
      return callback();
    }
    this.say(replies.turning);
    // Without the callback: the parser goes no further.
    answer.send(this.turnRound(), this.host.goingDown).finally(() => this.destroy());
  }

  override handler_HELP(command: Buffer, callback: () => void): void {
    const isOffered = (verb: string) => verb !== "ETRN" || this.host.offersEtrn(this.client);
    this.say(helpReply(command.toString("latin1"), isOffered));
    callback();
  }

  override handler_QUIT(_command: Buffer, callback: () => void): void {
    this.quit();
    // Who has taken leave is not waited for. TLS has more to say than was given to it.
    if (!this.secure) this._socket.destroySoon();
    callback();
  }

  /** Called by the library, through its server, when the syntax of a MAIL is right. */
  askSender(callback: (error?: Error | null) => void): void {
    const { address = "", args: parameters = {} } = this.#path ?? {};
    this.#ask(this.host.sender({ address, parameters }, this.client), callback);
  }

  /** Called by the library, through its server, when the syntax of a RCPT is right. */
  askRecipient(address: string, callback: (error?: Error | null) => void): void {
    const request = {
      address,
      sender: this.sender ?? "",
      declaredOctets: this.#declaredOctets,
      index: this.session.envelope.rcptTo.length,
    };
    this.#ask(this.host.recipient(request, this.client), callback);
  }

  /** Called by the library, through its server, when DATA begins. */
  takeMessage(
    stream: SMTPServerDataStream,
    callback: (error: Error | null, text?: string) => void,
  ): void {
    this.#take(plainChunks(stream)).then((reply) => {
      callback(reply.code < 400 ? null : asError(reply), String(reply.text));
      if (this.host.draining) this.dismiss(replies.shuttingDown);
    });
  }

  async #take(chunks: AsyncIterator<Uint8Array>): Promise<Reply> {
    const reply = await this.#message({ [Symbol.asyncIterator]: () => chunks });
    if (!await readPast(chunks, MAX_DISCARDED_OCTETS)) {
      this.say(reply);
      this.close(); // The end of this message will not be found any more.
    }
    return reply;
  }

  async #message(body: AsyncIterable<Uint8Array>): Promise<Reply> {
    const envelope = envelopeOf(this.session.envelope);
    const extended = this.openingCommand === "EHLO";
    this.limits.messageBegun();
    const message = { envelope, client: this.client, extended, body };
    const reply = await this.#caught(this.host.message(message, this.options));
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
      maxMessageOctets: this.options.maxMessageOctets,
      message: (body) => this.#message(body),
      over,
    }, { maxDiscarded: MAX_DISCARDED_OCTETS });
  }

  #chunkRefusal(): Reply | undefined {
    if (!this.hostNameAppearsAs) return replies.helloFirst;
    return this.session.envelope.rcptTo.length === 0 ? replies.rcptFirst : undefined;
  }

  #authRefusal(line: string): Reply | undefined {
    if (this.session.user) return replies.authTwice;
    if (this.inTransaction) return replies.notDuringMail; // RFC 4954 section 4.
    const { client, host } = this;
    const isCram = host.mayUseCram(client) && /^\S+\s+CRAM-MD5\b/i.test(line);
    if (isCram || host.mayUseAuth(client)) return undefined;
    return this.secure ? replies.notImplemented : replies.authNeedsTls;
  }

  #atrnRefusal(): Reply | undefined {
    if (!this.host.knowsAtrn) return replies.notImplemented;
    if (this.inTransaction) return replies.notDuringMail;
    if (!this.hostNameAppearsAs) return replies.helloFirst;
    const isAhead = this._parser instanceof CommandStream && this._parser.isAhead;
    return isAhead ? replies.nothingBehindAtrn : undefined;
  }

  /** RFC 1985 section 5: not between MAIL and the end of DATA. */
  #etrnRefusal(): Reply | undefined {
    if (this.inTransaction) return replies.notDuringMail;
    return this.hostNameAppearsAs ? undefined : replies.helloFirst;
  }

  #goOnWithLogin(step: AuthStep, callback: () => void): void {
    switch (step.kind) {
      case "challenge":
        this._nextHandler = (response, next) =>
          this.#goOnWithLogin(step.respond(response.toString("latin1")), next);
        this.say(replies.authChallenge(step.text));
        return callback();
      case "credentials":
        return this.#answer(this.#loggedIn(this.host.login(step, this.client)), callback);
      case "digest":
        return this.#answer(this.#loggedIn(this.host.loginByDigest(step, this.client)), callback);
      case "refused":
        this.say(step.reply);
        return callback();
    }
  }

  get #cramChallenge(): (() => string) | undefined {
    return this.host.mayUseCram(this.client) ? this.host.cramChallenge : undefined;
  }

  #mechanisms(): string {
    const { client, host } = this;
    if (client.user !== undefined) return "";
    const all = host.offersAuth(client);
    if (!all && host.mayUseAuth(client)) return ""; // It is hidden.
    const cram = host.mayUseCram(client) ? CRAM_MECHANISM : "";
    return `${all ? AUTH_MECHANISMS : ""} ${cram}`.trim();
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
      this.say(read.reply);
      return false;
    }
    const { address, parameters } = read;
    const utf8 = parameters["SMTPUTF8"] !== undefined || this.session.envelope.smtpUtf8;
    if (!utf8 && /[^\0-\x7f]/.test(address)) {
      this.say(replies.needsSmtpUtf8);
      return false;
    }
    this.#path = { address, args: { ...parameters } };
    if (verb === "MAIL" && !this.inTransaction) {
      this.#declaredOctets = Number(parameters["SIZE"]) || undefined;
    }
    return true;
  }

  /** A bug on our side must not leave the client without an answer. */
  #caught(promise: Promise<Reply>): Promise<Reply> {
    return promise.catch((error) => {
      this.host.failed(error);
      return replies.internalError;
    });
  }

  /** Says what a promise comes to. */
  #answer(promise: Promise<Reply>, callback: () => void): void {
    this.#caught(promise).then((reply) => {
      if (!this.isClosing) this.say(reply);
      callback();
      if (this.host.draining && !this.inTransaction) this.dismiss(replies.shuttingDown);
    });
  }

  /** Tells the library what a promise comes to; it says it, in our words. */
  #ask(promise: Promise<Reply>, callback: (error?: Error | null) => void): void {
    this.#caught(promise).then((reply) => {
      this.accepted = () => reply;
      callback(reply.code < 400 ? null : asError(reply));
    });
  }
}

/** Without return(): whoever stops early must leave the stream alive, its rest is read behind it. */
function plainChunks(stream: SMTPServerDataStream): AsyncIterator<Uint8Array> {
  const chunks = stream.iterator({ destroyOnReturn: false });
  return {
    async next() {
      const { done, value } = await chunks.next();
      return done ? { done, value: undefined } : { value: plain(value) };
    },
  };
}

/** The library's form of a refusal. */
function asError({ code, text }: Reply): Error {
  return Object.assign(new Error(String(text)), { responseCode: code });
}
