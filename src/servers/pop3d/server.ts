import type { Accounts } from "../../domain/accounts/mod.ts";
import { type Guard, LoginThrottle } from "../../domain/guard/mod.ts";
import { formatReply, type Pop3Reply } from "../../formats/pop3.ts";
import type { Clock, Connection, Endpoint, Listener, Log, Net } from "../../platform/mod.ts";
import type { Maildrops } from "../../store/mod.ts";
import type { Pop3dOptions } from "./options.ts";
import { REPLIES } from "./replies.ts";
import { Session } from "./session.ts";

/** A running server. Disposing it stops listening, then waits for its sessions, then ends them. */
export interface Pop3d extends AsyncDisposable {
  readonly listening: readonly Endpoint[];
  readonly sessions: readonly {
    /** Empty before the login. */
    readonly user: string;
    readonly from: string;
    readonly sinceMs: number;
  }[];
}

/** What the server works with. */
export interface Pop3dTools {
  readonly net: Net;
  /** Where to listen; port 0 takes a free one. */
  readonly listen: readonly Endpoint[];
  readonly maildrops: Maildrops;
  readonly accounts: Accounts;
  readonly guard: Pick<Guard, "bans" | "recentLogins">;
  readonly clock: Clock;
  readonly log: Log;
  /** Stops the server as disposing does, without waiting for it. */
  readonly signal: AbortSignal;
}

/** How long a command at hand may take once the server stops, in ms. */
const GRACE_MS = 5000;

/** Wait after a connection could not be accepted (no file descriptors left), in ms. */
const ACCEPT_RETRY_MS = 1000;

/**
 * Starts the POP3 server. `options` is asked at each connection: a session keeps what it began with.
 *
 * @throws Whatever listening throws; nothing listens then.
 */
export function startPop3d(options: () => Pop3dOptions, tools: Pop3dTools): Pop3d {
  return new RunningPop3d(options, tools);
}

class RunningPop3d implements Pop3d {
  readonly #options: () => Pop3dOptions;
  readonly #tools: Pop3dTools;
  readonly #throttle: LoginThrottle;
  readonly #listeners: readonly Listener[];
  readonly #sessions = new Map<Session, Promise<void>>();
  /** Sessions that were ended to make room and are not gone yet. */
  readonly #leaving = new WeakSet<Session>();
  readonly #stopping = new AbortController();
  readonly #accepting: Promise<unknown>;
  readonly #stop = () => this.#stopAll();

  constructor(options: () => Pop3dOptions, tools: Pop3dTools) {
    this.#options = options;
    this.#tools = tools;
    this.#throttle = new LoginThrottle(tools.clock);
    this.#listeners = listenAll(tools.net, tools.listen);
    this.#accepting = Promise.all(this.#listeners.map((listener) => this.#accept(listener)));
    if (tools.signal.aborted) this.#stop();
    else tools.signal.addEventListener("abort", this.#stop, { once: true });
  }

  get listening(): readonly Endpoint[] {
    return this.#listeners.map(({ local }) => local);
  }

  get sessions() {
    return [...this.#sessions.keys()].map(({ user, from, sinceMs }) => ({ user, from, sinceMs }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tools.signal.removeEventListener("abort", this.#stop);
    this.#stopAll();
    await this.#accepting;
    const ended = Promise.all(this.#sessions.values());
    const done = new AbortController();
    const grace = this.#tools.clock.sleep(GRACE_MS, done.signal).catch(() => {});
    await Promise.race([ended, grace]);
    done.abort();
    for (const session of this.#sessions.keys()) session.end();
    await ended;
  }

  #stopAll(): void {
    this.#stopping.abort();
    for (const listener of this.#listeners) listener[Symbol.dispose]();
    for (const session of this.#sessions.keys()) session.stop();
  }

  async #accept(listener: Listener): Promise<void> {
    const { clock, log } = this.#tools;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        for await (const connection of listener) this.#welcome(connection);
      } catch (error) {
        if (signal.aborted) return;
        log.error("Cannot accept a connection", { reason: String(error) });
      }
      // A listener that ends without being stopped must not be asked again at full speed.
      if (!signal.aborted) await clock.sleep(ACCEPT_RETRY_MS, signal).catch(() => {});
    }
  }

  #welcome(connection: Connection): void {
    const { maildrops, accounts, guard, clock, log } = this.#tools;
    const options = this.#options();
    if (this.#stopping.signal.aborted) return connection.close();
    if (guard.bans.banned(connection.remote.host) !== undefined) {
      sendOff(connection, REPLIES.tooManyFailures).catch(() => {}); // It went by itself.
      return;
    }
    if (this.#sessions.size >= options.maxSessions && !this.#makeRoom()) {
      log.warn("Too many sessions", { from: connection.remote.host, max: options.maxSessions });
      sendOff(connection, REPLIES.tooManySessions).catch(() => {}); // It went by itself.
      return;
    }
    const throttle = this.#throttle;
    const session = new Session(connection, {
      options,
      maildrops,
      accounts,
      throttle,
      guard,
      clock,
      log,
    });
    this.#sessions.set(session, session.run().finally(() => this.#sessions.delete(session)));
  }

  /**
   * Ends the session that has been waiting longest for a password, if there is one: whoever only
   * holds connections open must not keep out those who want their mail.
   */
  #makeRoom(): boolean {
    for (const session of this.#sessions.keys()) {
      if (session.user !== "" || this.#leaving.has(session)) continue;
      this.#tools.log.warn("Too many sessions, ended one without a login", { from: session.from });
      this.#leaving.add(session);
      session.end();
      return true;
    }
    return false;
  }
}

function listenAll(net: Net, endpoints: readonly Endpoint[]): Listener[] {
  const listeners: Listener[] = [];
  try {
    for (const endpoint of endpoints) listeners.push(net.listen(endpoint));
    return listeners;
  } catch (error) {
    for (const listener of listeners) listener[Symbol.dispose]();
    throw error;
  }
}

async function sendOff(connection: Connection, reply: Pop3Reply): Promise<void> {
  using _closed = connection;
  await connection.write(new TextEncoder().encode(formatReply(reply)));
}
