import type { Outcome } from "../../domain/queue/mod.ts";
import { splitAddress } from "../../formats/address.ts";
import { asciiDomain } from "../../formats/domain.ts";
import type { Clock, Connection, Net } from "../../platform/mod.ts";
import type { Mail } from "./envelope_lines.ts";
import { SmtpClient } from "./smtp_client.ts";

/** What sessions that were turned round are made of. */
export interface TurnedDeps {
  readonly net: Net;
  readonly clock: Clock;
}

/** Mail on its way to whom a session is for, and who is told what came of it. */
export interface TurnedFlow<M extends Mail> {
  readonly next: () => M | undefined;
  readonly settle: (mail: M, outcomes: readonly (Outcome | undefined)[]) => Promise<void>;
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

  /** The lane of mail to an address, if there is a session for it. */
  laneOf(address: string): string | undefined {
    if (this.#byDomain.size === 0) return undefined;
    return this.#byDomain.get(asciiDomain(splitAddress(address).domain))?.lane;
  }

  /** The session of a lane; `undefined` if it is over. */
  of(lane: string): TurnedSession | undefined {
    return this.#byLane.get(lane);
  }

  /** Whether a lane is, or was, one of a session: nothing of it takes another way unasked. */
  isLane(lane: string): boolean {
    return /^ATRN \d+ of /.test(lane);
  }
}

/** One connection that was turned round. */
export class TurnedSession {
  readonly lane: string;
  readonly #deps: TurnedDeps;
  readonly #closed: () => void;
  readonly #over = Promise.withResolvers<void>();
  readonly #broken = new AbortController();
  #client: SmtpClient | undefined;
  #isEnding = false;
  #messages = 0;
  #octets = 0;

  constructor(lane: string, deps: TurnedDeps, closed: () => void) {
    this.lane = lane;
    this.#deps = deps;
    this.#closed = closed;
  }

  /** The client, once it has greeted, while it can still take mail. */
  get client(): SmtpClient | undefined {
    return this.#isEnding || !this.#client?.isOpen ? undefined : this.#client;
  }

  /** Aborted when nothing more can be sent. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /** Resolves when the session is over and the usual routes hold again. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** What was delivered so far. */
  get sent(): { readonly messages: number; readonly octets: number } {
    return { messages: this.#messages, octets: this.#octets };
  }

  /**
   * Waits for the greeting of whoever is the server now, and introduces us.
   *
   * @param host How it is called in what we say to people.
   * @throws {SmtpError} If it will not have us.
   * @throws The abort reason.
   */
  async open(
    connection: Connection,
    { host, hostname }: { readonly host: string; readonly hostname: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { remote: { port } } = connection;
    const target = { host, port, hostname, connectTimeoutMs: 0 };
    this.#client = await SmtpClient.over(connection, target, this.#deps, signal);
  }

  /** Counts a message that was taken. */
  note(octets: number): void {
    this.#messages++;
    this.#octets += octets;
  }

  /** Begins no new message any more. */
  end(): void {
    this.#isEnding = true;
  }

  /** Gives up: nothing more can be sent. */
  break(): void {
    this.end();
    this.#broken.abort(
      new DOMException("The connection that was turned round is gone", "AbortError"),
    );
  }

  /** Says goodbye, if the other side still listens; the usual routes hold again. */
  async close(): Promise<void> {
    this.end();
    await this.#client?.quit();
    this.#closed();
    this.#over.resolve();
  }
}
