import type { Accounts } from "../../domain/accounts/mod.ts";
import type { Guard, Offence } from "../../domain/guard/mod.ts";
import type { Queue } from "../../domain/queue/mod.ts";
import type { Router } from "../../domain/routing/mod.ts";
import type { Clock, Endpoint, Log, TlsServerOptions } from "../../platform/mod.ts";
import { atrnAnswer, type AtrnHandler } from "./atrn.ts";
import { type Channel, channelOf } from "./channel.ts";
import { connectRefusal } from "./connect_policy.ts";
import type { Content } from "./content.ts";
import { mayUseEtrn } from "./etrn_policy.ts";
import { type EtrnHandler, etrnReply } from "./etrn_reply.ts";
import type { Host, Session } from "./host.ts";
import { Logins } from "./logins.ts";
import { makeRoom } from "./make_room.ts";
import type { Smtpd, SmtpdOptions } from "./mod.ts";
import { originOf } from "./origin.ts";
import { isOurs, isWithoutLimit, type PolicyOptions } from "./policy_options.ts";
import { receiveMessage } from "./receive.ts";
import { recipientReply, type RoomCheck } from "./recipient_policy.ts";
import { type Client, type Door, replies } from "./replies.ts";
import { senderReply } from "./sender_policy.ts";
import type { Dismissal } from "./session_limits.ts";
import { Sessions } from "./sessions.ts";
import { Listener } from "./smtp_server_adapter.ts";
import { verifyReply } from "./verify.ts";

/** What the SMTP server works with. */
export interface SmtpdDependencies {
  /** The door into the queue. */
  readonly queue: Pick<Queue, "submit">;
  readonly router: Router;
  /** Without it nobody logs in. */
  readonly accounts?: Pick<Accounts, "check">;
  readonly guard: Guard;
  /** Whether a message of that size, 0 if nobody said, would leave too little space; asked at MAIL. */
  readonly isDiskLow?: (octets: number) => Promise<boolean>;
  /** What looks into messages: that of now, asked for at each; without it nothing does. */
  readonly content?: () => Content;
  /** Asked at each RCPT; without it every maildrop has room. */
  readonly room?: RoomCheck;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of every command and octet from a client: the line is in use. */
  readonly onActivity?: (remoteAddress: string) => void;
  /** Starts the delivery of what waits for a domain; without it ETRN is answered 458. */
  readonly onEtrn?: EtrnHandler;
  /** Turns connections round for those who get their mail so; without it ATRN is answered 502. */
  readonly onAtrn?: AtrnHandler;
  /** The certificate of now; without it there is no TLS, and no smtps. */
  readonly tls?: () => TlsServerOptions;
  /** Stops the server as disposing it does. */
  readonly signal: AbortSignal;
}

/** How long messages under way may take to arrive when the server goes down, in ms. */
const DRAIN_MS = 10_000;

/** How often idle sessions are looked for, in ms: one timer for all of them. */
const IDLE_CHECK_MS = 5_000;

/**
 * Starts the SMTP server: greets, checks each recipient with the router and streams each message
 * into the queue.
 *
 * @param options Asked for at each connection, which keeps what it got.
 * @throws {Error} If an endpoint cannot be listened on; the others are closed again.
 */
export async function startSmtpd(
  { options, listen, door = "smtp" }: {
    readonly options: () => SmtpdOptions;
    readonly listen: readonly Endpoint[];
    /** What the endpoints are for; `smtps` makes TLS before anything else. */
    readonly door?: Door;
  },
  dependencies: SmtpdDependencies,
): Promise<Smtpd> {
  const server = new RunningSmtpd(options, dependencies);
  try {
    for (const endpoint of listen) await server.listen(endpoint, door);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  dependencies.signal.addEventListener("abort", () => server.stop(), { once: true });
  if (dependencies.signal.aborted) server.stop();
  return server;
}

const NO_ACCOUNTS: Pick<Accounts, "check"> = {
  check: () => Promise.resolve({ kind: "unavailable", reason: "Nobody logs in here" }),
};

/** A server and its sessions; what they say and whom they believe. */
export class RunningSmtpd implements Smtpd, Host {
  readonly options: () => SmtpdOptions;
  readonly listening: Endpoint[] = [];
  readonly #dependencies: SmtpdDependencies;
  readonly #listeners: Listener[] = [];
  readonly #sessions = new Sessions();
  readonly #logins: Logins;
  /** Ends what waits for nobody any more when the server stops. */
  readonly #stopped = new AbortController();
  readonly #goingDown = new AbortController();
  readonly #idleChecked: Promise<void>;
  readonly #lastClosed = Promise.withResolvers<void>();
  #stopping: Promise<void> | undefined;
  #takesNoMore = false;

  constructor(options: () => SmtpdOptions, dependencies: SmtpdDependencies) {
    this.options = options;
    this.#dependencies = dependencies;
    this.#logins = new Logins({
      ...dependencies,
      accounts: dependencies.accounts ?? NO_ACCOUNTS,
      onWrongPassword: (credentials, { address }) => {
        const { bans } = dependencies.guard;
        if (bans.noteWrongPassword(credentials, address)) this.#throwOff(address);
      },
    });
    this.#idleChecked = this.#checkForIdle();
  }

  get sessions(): number {
    return this.#sessions.open;
  }

  channels(): readonly Channel[] {
    const nowMs = this.monotonic();
    return [...this.#sessions.all].map(([session, { id }]) => channelOf(session, { id, nowMs }));
  }

  get draining(): boolean {
    return this.#stopping !== undefined || this.#takesNoMore;
  }

  /** Lets what is under way come to its end, and begins no new message. */
  takeNoMore(): void {
    this.#takesNoMore = true;
    for (const session of this.#sessions.all.keys()) {
      if (!session.inTransaction) session.dismiss(replies.shuttingDown);
    }
  }

  get goingDown(): AbortSignal {
    return this.#goingDown.signal;
  }

  async listen({ host, port }: Endpoint, door: Door): Promise<void> {
    const listener = new Listener(this, { door, tls: this.#dependencies.tls });
    this.#listeners.push(listener);
    this.listening.push(await listener.open({ host, port }));
  }

  /** Stops once, whoever asks and how often. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  monotonic(): number {
    return this.#dependencies.clock.monotonic();
  }

  opened(session: Session): void {
    this.#sessions.add(session);
  }

  leaving(session: Session): void {
    this.#sessions.leave(session);
  }

  closed(session: Session): void {
    this.#sessions.delete(session);
    if (this.draining && this.#sessions.all.size === 0) this.#lastClosed.resolve();
  }

  activity(address: string): void {
    this.#dependencies.onActivity?.(address);
  }

  welcome({ address }: Client): Dismissal | undefined {
    const { guard, log } = this.#dependencies;
    const ban = guard.bans.banned(address);
    const sessions = this.#sessions.openFrom(address);
    const refusal = connectRefusal({ address, ban, sessions }, this.#policy);
    if (refusal !== undefined) {
      const { text } = refusal(this.options());
      log.debug("Refused a connection", { client: address, reason: String(text) });
      return refusal;
    }
    return makeRoom(this.#sessions, address, this.options()) ? undefined : replies.tooManySessions;
  }

  greetDelay({ address }: Client, signal: AbortSignal): Promise<void> | undefined {
    const { greetDelayMs } = this.options();
    const atOnce = greetDelayMs === 0 || isOurs(this.#policy, address) ||
      isWithoutLimit(this.#policy, address);
    return atOnce ? undefined : this.#dependencies.clock.sleep(greetDelayMs, signal);
  }

  mayUseAuth({ secure, address }: Client): boolean {
    return this.#dependencies.accounts !== undefined && (secure || isOurs(this.#policy, address));
  }

  mayUseCram(client: Client): boolean {
    return this.cramChallenge !== undefined && client.door === "odmr";
  }

  offersAuth(client: Client): boolean {
    if (client.user !== undefined || !this.mayUseAuth(client)) return false;
    // Who submits must log in: there it is never hidden.
    const hidden = this.#policy.hidesAuthAfterPop && client.door === "smtp" &&
      this.#recentUser(client) !== undefined;
    return !hidden;
  }

  get knowsAtrn(): boolean {
    return this.#dependencies.onAtrn?.isOffered(undefined) === true;
  }

  offersAtrn(client: Client): boolean {
    const mayAsk = client.user !== undefined || this.mayUseAuth(client) || this.mayUseCram(client);
    return mayAsk && this.#dependencies.onAtrn?.isOffered(client.user) === true;
  }

  offersEtrn(client: Client): boolean {
    const mayLogIn = this.mayUseAuth(client);
    return mayUseEtrn(this.#known(client), this.#policy, { mayLogIn });
  }

  misbehaved(client: Client): void {
    this.#noteStranger("broken protocol", client);
  }

  sender: Host["sender"] = async (request, client) => {
    const { guard: { rates }, log, isDiskLow } = this.#dependencies;
    const reply = senderReply(request, { client, policy: this.#policy, rates, log });
    const octets = Number(request.parameters["SIZE"]) || 0;
    return reply.code < 400 && await isDiskLow?.(octets) ? replies.diskFull : reply;
  };

  recipient: Host["recipient"] = (request, client) => {
    const { router, log, room } = this.#dependencies;
    return recipientReply(request, {
      ...{ client, router, log, room, policy: this.#policy },
      recentUser: this.#recentUser(client),
      onUnknownUser: () => this.#noteStranger("unknown user", client),
    });
  };

  login: Host["login"] = (credentials, client) =>
    this.#logins.check(credentials, client, this.#stopped.signal);

  get cramChallenge(): (() => string) | undefined {
    const cram = this.#dependencies.onAtrn?.cram;
    return cram && (() => cram.challenge());
  }

  loginByDigest: Host["loginByDigest"] = (response, client) => {
    const secret = this.#dependencies.onAtrn?.cram?.secretOf(response.user);
    return this.#logins.checkDigest(response, { secret, client }, this.#stopped.signal);
  };

  verify: Host["verify"] = (line, client) => {
    const { router, log } = this.#dependencies;
    return verifyReply(line, {
      ...{ router, log },
      hostname: this.options().hostname,
      origin: originOf(client, this.#recentUser(client)),
      isTrusted: this.#isTrusted(client),
      fakeVrfy: this.#policy.fakeVrfy,
      onUnknownUser: () => this.#noteStranger("unknown user", client),
    });
  };

  etrn: Host["etrn"] = (line, client) => {
    const { onEtrn, guard, log } = this.#dependencies;
    return etrnReply(line, {
      ...{ onEtrn, log, policy: this.#policy },
      client: this.#known(client),
      isTrusted: this.#isTrusted(client),
      rates: guard.askRates,
    });
  };

  atrn: Host["atrn"] = (line, client) => {
    const { onAtrn, log } = this.#dependencies;
    return atrnAnswer(line, client, { onAtrn, log });
  };

  message: Host["message"] = (message, options) => {
    const { queue, content, clock, log } = this.#dependencies;
    return receiveMessage(message, { options, queue, content: content?.(), clock, log });
  };

  failed(error: Error): void {
    this.#dependencies.log.debug("A connection failed", { reason: error.message });
  }

  listenerFailed(error: Error): void {
    this.#dependencies.log.error("Cannot accept connections", { reason: error.message });
  }

  get #policy(): PolicyOptions {
    return this.options().policy;
  }

  /** A client, and who has read mail from its address lately. */
  #known(client: Client): Client {
    return { ...client, user: client.user ?? this.#recentUser(client) };
  }

  #recentUser({ address }: Client): string | undefined {
    return this.#dependencies.guard.recentLogins.userAt(address);
  }

  /** Whether a client is one of our own people. */
  #isTrusted(client: Client): boolean {
    return client.user !== undefined || this.#recentUser(client) !== undefined ||
      isOurs(this.#policy, client.address);
  }

  /** Our own people mistype, and have old programs; strangers who do the same try things out. */
  #noteStranger(offence: Offence, client: Client): void {
    if (this.#isTrusted(client)) return;
    const { bans } = this.#dependencies.guard;
    if (bans.note(offence, client.address)) this.#throwOff(client.address);
  }

  /**
   * Whoever is banned from now on loses all sessions: the rest of a guess is never answered. Those
   * who have logged in guess no more; they share the address, and keep what they are at.
   */
  #throwOff(address: string): void {
    for (const session of [...this.#sessions.from(address)]) {
      if (session.client.user === undefined) session.dismiss(replies.tooManyFailures);
    }
  }

  async #stop(): Promise<void> {
    this.#goingDown.abort(new Error("The server is going down"));
    const closed = Promise.all(this.#listeners.map((listener) => listener.stopListening()));
    for (const session of this.#sessions.all.keys()) {
      if (!session.inTransaction) session.dismiss(replies.shuttingDown);
    }
    await this.#drained();
    this.#stopped.abort();
    for (const session of this.#sessions.all.keys()) session.destroy();
    await closed;
    await this.#idleChecked;
  }

  /** Until the last session is over, or for as long as that may take. */
  async #drained(): Promise<void> {
    if (this.#sessions.all.size === 0) return;
    const enough = new AbortController();
    const timeout = this.#dependencies.clock.sleep(DRAIN_MS, enough.signal).catch(() => {});
    await Promise.race([this.#lastClosed.promise, timeout]);
    enough.abort();
    await timeout;
  }

  async #checkForIdle(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#dependencies.clock.sleep(IDLE_CHECK_MS, signal).catch(() => {}); // Stopped.
      for (const session of this.#sessions.all.keys()) {
        const { overdue } = session;
        if (overdue !== undefined) session.dismiss(overdue);
      }
    }
  }
}
