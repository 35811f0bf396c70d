import type { Queue } from "../../domain/queue/mod.ts";
import type { Router } from "../../domain/routing/mod.ts";
import type { Clock, Endpoint, Log } from "../../platform/mod.ts";
import { Listener } from "./smtp_server_adapter.ts";
import type { Host, Session } from "./host.ts";
import type { Channel, Smtpd, SmtpdOptions } from "./mod.ts";
import { type EtrnHandler, etrnReply, recipientReply } from "./policy.ts";
import { receiveMessage } from "./receive.ts";
import { type Client, replies } from "./replies.ts";
import type { Dismissal } from "./session_limits.ts";

export type { EtrnHandler } from "./policy.ts";

/** What the SMTP server works with. */
export interface SmtpdDependencies {
  /** The door into the queue. */
  readonly queue: Pick<Queue, "submit">;
  readonly router: Router;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of every command and octet from a client: the line is in use. */
  readonly onActivity?: (remoteAddress: string) => void;
  /** Starts the delivery of what waits for a domain; without it ETRN is answered 458. */
  readonly onEtrn?: EtrnHandler;
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
  { options, listen }: {
    readonly options: () => SmtpdOptions;
    readonly listen: readonly Endpoint[];
  },
  dependencies: SmtpdDependencies,
): Promise<Smtpd> {
  const server = new RunningSmtpd(options, dependencies);
  try {
    for (const endpoint of listen) await server.listen(endpoint);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  dependencies.signal.addEventListener("abort", () => server.stop(), { once: true });
  if (dependencies.signal.aborted) server.stop();
  return server;
}

class RunningSmtpd implements Smtpd, Host {
  readonly options: () => SmtpdOptions;
  readonly listening: Endpoint[] = [];
  readonly #dependencies: SmtpdDependencies;
  readonly #listeners: Listener[] = [];
  /** Each with its number, the oldest first. */
  readonly #sessions = new Map<Session, number>();
  readonly #idleCheck = new AbortController();
  readonly #idleChecked: Promise<void>;
  readonly #lastClosed = Promise.withResolvers<void>();
  #stopping: Promise<void> | undefined;
  #opened = 0;

  constructor(options: () => SmtpdOptions, dependencies: SmtpdDependencies) {
    this.options = options;
    this.#dependencies = dependencies;
    this.#idleChecked = this.#checkForIdle();
  }

  get sessions(): number {
    let count = 0;
    for (const session of this.#sessions.keys()) if (!session.isClosing) count++;
    return count;
  }

  channels(): readonly Channel[] {
    const nowMs = this.monotonic();
    return [...this.#sessions].map(([{ client, state, sender, limits }, id]) => ({
      id,
      address: client.address,
      name: client.name,
      door: client.door,
      secure: client.secure,
      user: client.user,
      state,
      seconds: Math.floor((nowMs - limits.openedMs) / 1000),
      accepted: limits.accepted,
      sender,
    }));
  }

  get draining(): boolean {
    return this.#stopping !== undefined;
  }

  async listen({ host, port }: Endpoint): Promise<void> {
    const listener = new Listener(this);
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
    this.#sessions.set(session, ++this.#opened);
  }

  closed(session: Session): void {
    this.#sessions.delete(session);
    if (this.draining && this.#sessions.size === 0) this.#lastClosed.resolve();
  }

  activity(address: string): void {
    this.#dependencies.onActivity?.(address);
  }

  welcome(_client: Client): Dismissal | undefined {
    return this.sessions < this.options().maxSessions ? undefined : replies.tooManySessions;
  }

  mayUseAuth({ secure }: Client): boolean {
    return secure;
  }

  offersAuth(client: Client): boolean {
    return client.user === undefined && this.mayUseAuth(client);
  }

  misbehaved({ address }: Client): void {
    this.#dependencies.log.info("A client broke the protocol", { from: address });
  }

  sender: Host["sender"] = () => Promise.resolve(replies.mailOk);

  recipient: Host["recipient"] = (request, client) => {
    const { router, log } = this.#dependencies;
    return recipientReply(request, { router, log, client });
  };

  login: Host["login"] = () => Promise.resolve({ kind: "refused", reply: replies.notImplemented });

  verify: Host["verify"] = () => Promise.resolve(replies.vrfy);

  etrn: Host["etrn"] = (line) => {
    const { onEtrn, log } = this.#dependencies;
    return etrnReply(line, { onEtrn, log });
  };

  message: Host["message"] = (message, options) => {
    const { queue, clock, log } = this.#dependencies;
    return receiveMessage(message, { options, queue, clock, log });
  };

  failed(error: Error): void {
    this.#dependencies.log.debug("A connection failed", { reason: error.message });
  }

  listenerFailed(error: Error): void {
    this.#dependencies.log.error("Cannot accept connections", { reason: error.message });
  }

  async #stop(): Promise<void> {
    const closed = Promise.all(this.#listeners.map((listener) => listener.stopListening()));
    for (const session of this.#sessions.keys()) {
      if (!session.inTransaction) session.dismiss(replies.shuttingDown);
    }
    await this.#drained();
    for (const session of this.#sessions.keys()) session.destroy();
    await closed;
    this.#idleCheck.abort();
    await this.#idleChecked;
  }

  /** Until the last session is over, or for as long as that may take. */
  async #drained(): Promise<void> {
    if (this.#sessions.size === 0) return;
    const enough = new AbortController();
    const timeout = this.#dependencies.clock.sleep(DRAIN_MS, enough.signal).catch(() => {});
    await Promise.race([this.#lastClosed.promise, timeout]);
    enough.abort();
    await timeout;
  }

  async #checkForIdle(): Promise<void> {
    const { signal } = this.#idleCheck;
    while (!signal.aborted) {
      await this.#dependencies.clock.sleep(IDLE_CHECK_MS, signal).catch(() => {}); // Stopped.
      for (const session of this.#sessions.keys()) {
        const { overdue } = session;
        if (overdue !== undefined) session.dismiss(overdue);
      }
    }
  }
}
