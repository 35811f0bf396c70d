import { PasswordAttempts } from "../../domain/guard/mod.ts";
import {
  type Clock,
  deadline,
  type Endpoint,
  LineReader,
  type Log,
  type PinnedConnection,
  type PinnedListener,
  type PinnedTls,
  type Random,
  type ScryptHash,
  type ShownCertificate,
} from "../../platform/mod.ts";
import { closedBy } from "./closed_by.ts";
import { LineSender } from "./line_sender.ts";
import { type ControlRequest, MAX_REQUEST_OCTETS, parseRequest } from "./messages.ts";
import {
  formatChallenge,
  formatProof,
  isProof,
  makeProof,
  NONCE_OCTETS,
  parseProof,
} from "./proof.ts";
import { carryOut, type ControlHandler, MAX_SESSIONS } from "./session.ts";

/** How long a client may take from its connection to its request, in ms. */
const ADMISSION_MS = 30_000;

/** How long a client may take to read a line, in ms. */
const WRITE_MS = 60_000;

/** A client hears so often that its command is still being carried out, in ms. */
const ALIVE_MS = 30_000;

/** How long a wrong password is kept waiting for its answer, in ms. */
const WRONG_MS = 1000;

/** Where the manager's port is and what it shows. */
export interface ManagerOptions {
  readonly listen: readonly Endpoint[];
  /** Asked for at each connection. */
  readonly certificate: () => ShownCertificate;
}

/** What the manager's port works with. */
export interface ManagerParts {
  readonly pinnedTls: Pick<PinnedTls, "listen">;
  readonly handler: ControlHandler;
  /** Whether commands are taken from an address (S27). */
  readonly mayCome: (address: string) => boolean;
  /** Whether an address need not wait after a wrong password (fromip_nolimit). */
  readonly isFree: (address: string) => boolean;
  /** What is stored of the manager password; `undefined` if none is set. */
  readonly secret: () => Promise<ScryptHash | undefined>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The manager's port. Disposing it ends its sessions. */
export interface Manager extends AsyncDisposable {
  readonly listening: readonly Endpoint[];
  readonly sessions: number;
}

/**
 * Takes the commands of the control socket over the network, with TLS, from who knows the manager
 * password. It is proved by challenge and response, over the certificate that each side sees: the
 * password does not cross the network, and nobody in the middle can hand on a proof.
 *
 * @throws {Error} If an endpoint cannot be listened on; the others are closed again.
 */
export async function startManager(options: ManagerOptions, parts: ManagerParts): Promise<Manager> {
  const listeners: PinnedListener[] = [];
  try {
    for (const at of options.listen) {
      listeners.push(await parts.pinnedTls.listen(at, options.certificate));
    }
  } catch (error) {
    for (const listener of listeners) listener[Symbol.dispose]();
    throw error;
  }
  return new RunningManager(listeners, parts);
}

class RunningManager implements Manager {
  readonly #parts: ManagerParts;
  readonly #attempts: PasswordAttempts;
  readonly #listeners: readonly PinnedListener[];
  readonly #sessions = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #accepting: Promise<unknown>;

  constructor(listeners: readonly PinnedListener[], parts: ManagerParts) {
    this.#listeners = listeners;
    this.#parts = parts;
    this.#attempts = new PasswordAttempts(parts);
    this.#accepting = Promise.all(listeners.map((listener) => this.#accept(listener)));
  }

  get listening(): readonly Endpoint[] {
    return this.#listeners.map(({ local }) => local);
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#listeners) listener[Symbol.dispose]();
    this.#stop.abort(new Error("The appliance is stopping"));
    await this.#accepting;
    await Promise.all(this.#sessions);
  }

  async #accept(listener: PinnedListener): Promise<void> {
    for await (const accepted of listener) this.#welcome(accepted);
  }

  /** Who may not come, or finds no room, is sent away before the work of a handshake. */
  #welcome(accepted: PinnedConnection): void {
    const { connection } = accepted;
    const { log, mayCome } = this.#parts;
    const from = connection.remote.host;
    if (this.#stop.signal.aborted || !mayCome(from) || this.#sessions.size >= MAX_SESSIONS) {
      connection.close();
      log.info("Turned a manager away", { from, sessions: this.#sessions.size });
      return;
    }
    const session = this.#serve(accepted)
      .catch((error) => log.debug("Manager session failed", { from, reason: String(error) }))
      .finally(() => this.#sessions.delete(session));
    this.#sessions.add(session);
  }

  async #serve({ connection, fingerprintSha256 }: PinnedConnection): Promise<void> {
    using _closed = connection;
    const { clock, log, handler } = this.#parts;
    using _closing = closedBy(this.#stop.signal, connection);
    const reader = new LineReader(connection, { maxLineOctets: MAX_REQUEST_OCTETS });
    const sender = new LineSender(connection, { clock, ms: WRITE_MS });
    const request = await this.#admit({ connection, fingerprintSha256, reader, sender });
    if (request === undefined) return;
    log.info("Manager command", { from: connection.remote.host, command: request.command });
    const done = new AbortController();
    const alive = this.#sayAlive(sender, done.signal);
    try {
      await carryOut(request, { reader, sender }, { handler, log }, this.#stop.signal);
    } finally {
      done.abort();
      await alive;
    }
  }

  /** The request of a client that has proved that it knows the password, in time. */
  async #admit(client: Client): Promise<ControlRequest | undefined> {
    using limit = deadline(this.#parts.clock, ADMISSION_MS);
    limit.signal.addEventListener("abort", () => client.connection.close(), { once: true });
    if (!await this.#prove(client)) return undefined;
    const line = await client.reader.readLine();
    return line && parseRequest(line);
  }

  async #prove(
    { connection: { remote }, fingerprintSha256, reader, sender }: Client,
  ): Promise<boolean> {
    const { clock, isFree, log, random, secret } = this.#parts;
    const stored = await secret();
    if (stored === undefined) return await refuse(sender, NO_PASSWORD);
    const serverNonce = random.bytes(NONCE_OCTETS);
    await sender.send(formatChallenge(stored, serverNonce));
    const line = await reader.readLine();
    const answer = line && parseProof(line);
    if (answer?.nonce.length !== NONCE_OCTETS) return false;
    if (!isFree(remote.host) && !this.#attempts.begin(remote.host)) {
      const seconds = Math.ceil(this.#attempts.waitMs(remote.host) / 1000);
      return await refuse(sender, `Too many wrong passwords; try again in ${seconds} s`);
    }
    const facts = { serverNonce, clientNonce: answer.nonce, fingerprintSha256 };
    if (!await isProof(answer.proof, "client", stored.key, facts)) {
      log.warn("Wrong manager password", { from: remote.host });
      await clock.sleep(WRONG_MS, this.#stop.signal);
      return await refuse(sender, "That is not the manager password");
    }
    this.#attempts.succeeded(remote.host);
    await sender.send(formatProof(await makeProof("server", stored.key, facts)));
    return true;
  }

  /** A client whose network has gone must not hold a session for ever, nor wait for one. */
  async #sayAlive(sender: LineSender, signal: AbortSignal): Promise<void> {
    try {
      while (true) {
        await this.#parts.clock.sleep(ALIVE_MS, signal);
        await sender.send({ kind: "alive" });
      }
    } catch {
      // Done, or gone: whoever carries out the command notices that too.
    }
  }
}

interface Client extends PinnedConnection {
  readonly reader: LineReader;
  readonly sender: LineSender;
}

const NO_PASSWORD = "No manager password is set there; " +
  "set one on that machine with dmail tellpop password";

async function refuse(sender: LineSender, reason: string): Promise<false> {
  await sender.send({ kind: "refused", reason });
  return false;
}
