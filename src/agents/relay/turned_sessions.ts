import { splitAddress } from "../../formats/address.ts";
import { asciiDomain } from "../../formats/domain.ts";
import { type Clock, type Connection, type Net, orAborted } from "../../platform/mod.ts";
import { SmtpClient } from "./smtp_client.ts";
import { type MailSession, paceOf } from "./transaction.ts";
import { Window } from "./window.ts";

/** What sessions that were turned round are made of. */
export interface TurnedDeps {
  readonly net: Net;
  readonly clock: Clock;
}

/**
 * Connections that were turned round for those whose mail waits (RFC 2645). While one is open, mail
 * for its domains goes down it and takes no other route; a domain has one at a time.
 */
export class TurnedSessions {
  readonly #deps: TurnedDeps;
  readonly #byDomain = new Map<string, TurnedSession>();
  readonly #byLane = new Map<string, TurnedSession>();
  #count = 0;

  constructor(deps: TurnedDeps) {
    this.#deps = deps;
  }

  /**
   * Claims domains, in ASCII, for a session to come: its mail waits for it until
   * {@linkcode TurnedSession.close}. `undefined` if one of them has a session.
   */
  claim(domains: readonly string[], user: string): TurnedSession | undefined {
    if (domains.some((domain) => this.#byDomain.has(domain))) return undefined;
    const lane = `ATRN ${++this.#count} of ${user}`;
    const session = new TurnedSession(lane, this.#deps, () => {
      for (const domain of domains) this.#byDomain.delete(domain);
      this.#byLane.delete(lane);
    });
    for (const domain of domains) this.#byDomain.set(domain, session);
    this.#byLane.set(lane, session);
    return session;
  }

  /** Whether there is any session. */
  get isOpen(): boolean {
    return this.#byLane.size > 0;
  }

  /** The lane of mail to an address, if there is a session for it. */
  laneOf(address: string): string | undefined {
    if (this.#byDomain.size === 0) return undefined;
    return this.#byDomain.get(asciiDomain(splitAddress(address).domain))?.lane;
  }

  /** The session of a lane; `undefined` if it is over. */
  of(lane: string): TurnedSession | undefined {
    return this.#byLane.get(lane);
  }
}

/** One connection that was turned round. */
export class TurnedSession {
  readonly lane: string;
  readonly #deps: TurnedDeps;
  readonly #closed: () => void;
  readonly #over = Promise.withResolvers<void>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #ending = Promise.withResolvers<void>();
  readonly #done = new AbortController();
  #mail: MailSession | undefined;
  #isEnding = false;
  /** How many send, or wait for their turn to send. */
  #senders = 0;
  /** Resolves when the last of them is done. */
  #turn = Promise.resolve();
  #messages = 0;
  #octets = 0;

  constructor(lane: string, deps: TurnedDeps, closed: () => void) {
    this.lane = lane;
    this.#deps = deps;
    this.#closed = closed;
  }

  /** What was delivered so far. */
  get sent(): { readonly messages: number; readonly octets: number } {
    return { messages: this.#messages, octets: this.#octets };
  }

  /** Resolves when the other side has greeted, or never will. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Aborted when nothing more is sent. */
  get done(): AbortSignal {
    return this.#done.signal;
  }

  /** Resolves when no new message is begun any more. */
  get ending(): Promise<void> {
    return this.#ending.promise;
  }

  /** Resolves when the session is over and the usual routes hold again. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Whether a new message may be begun. */
  get takesMail(): boolean {
    return !this.#isEnding && this.#mail?.client.isOpen === true;
  }

  /**
   * Waits for the greeting of whoever is the server now, and introduces us.
   *
   * @param host How it is called in what we say to people.
   * @throws {SmtpError} If it will not have us.
   */
  async open(
    connection: Connection,
    { host, hostname }: { readonly host: string; readonly hostname: string },
  ): Promise<void> {
    const { net, clock } = this.#deps;
    const { remote: { port } } = connection;
    const target = { host, port, hostname, connectTimeoutMs: 0 };
    // It ends with its connection, and with nothing else: what was said of a message is to be heard.
    const { signal } = new AbortController();
    const client = await SmtpClient.over(connection, target, { net, clock }, signal);
    const pace = paceOf(client);
    this.#mail = { client, host, pace, window: new Window(clock), resetFirst: false };
    this.#ready.resolve();
  }

  /**
   * Lets somebody send mail, one at a time; not at all if the session takes none. When the connection
   * is lost, or a new message may not be begun any more, the session is done.
   *
   * @param signal Breaks it off: the connection is closed.
   */
  async send(action: (over: MailSession) => Promise<void>, signal: AbortSignal): Promise<void> {
    const before = this.#turn;
    const mine = Promise.withResolvers<void>();
    this.#turn = mine.promise;
    this.#senders++;
    try {
      await orAborted(before, signal);
      if (this.#mail !== undefined && this.takesMail) await sendOver(this.#mail, action, signal);
    } finally {
      this.#senders--;
      before.then(mine.resolve);
      if (!this.takesMail) this.end();
    }
  }

  /** Counts a message that was taken. */
  note(octets: number): void {
    this.#messages++;
    this.#octets += octets;
  }

  /** Begins no new message any more; what is under way comes to its end. */
  end(): void {
    this.#isEnding = true;
    this.#ending.resolve();
    if (this.#senders === 0) this.#done.abort(new Error(this.#whyDone()));
  }

  /**
   * Takes leave behind what is under way, if the other side still listens; the usual routes hold
   * again.
   */
  async close(): Promise<void> {
    this.end();
    await this.#turn; // Between DATA and the message QUIT would be its first line.
    await this.#mail?.client.quit();
    this.#closed();
    this.#ready.resolve();
    this.#over.resolve();
  }

  #whyDone(): string {
    return this.#mail?.client.exchange.failure?.message ?? "No new message is begun any more";
  }
}

/** Runs an action that the signal breaks off by closing the connection. */
async function sendOver(
  over: MailSession,
  action: (over: MailSession) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const close = () => over.client.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    await action(over);
  } finally {
    signal.removeEventListener("abort", close);
  }
}
