/**
 * The adapter for the protocol library. All that is known of its inner life is here and in the three
 * files beside it: session_connection.ts, smtp_connection.ts and command_stream.ts.
 *
 * The library reads commands, keeps their order and the state of a session, makes TLS, and times a
 * half-closed connection out. What the server says, whom it believes and where a message goes is
 * ours.
 *
 * @module
 */
import type { Socket } from "node:net";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import type { SMTPConnectionOptions } from "smtp-server/lib/smtp-connection.js";
import type { Endpoint, TlsServerOptions } from "../../platform/mod.ts";
import { Handshakes } from "./handshakes.ts";
import type { Host } from "./host.ts";
import { isWithoutLimit } from "./policy_options.ts";
import type { Door } from "./replies.ts";
import type { SessionConnection } from "./session_connection.ts";
import { Connection } from "./smtp_connection.ts";

/** What the library would do, and must not: its games, its proxies. */
const DISABLED = ["XCLIENT", "XFORWARD", "WIZ", "SHELL", "KILL", "LHLO"];

/** RFC 8996: the versions before are broken. */
const TLS_VERSIONS = { minVersion: "TLSv1.2" } as const;

/** What a listener is for. */
export interface ListenerOptions {
  readonly door: Door;
  /** The certificate of now; without it there is no TLS. */
  readonly tls: (() => TlsServerOptions) | undefined;
}

/** A listening server of the library; its sessions are {@linkcode Connection}s. */
export class Listener extends SMTPServer {
  readonly door: Door;
  readonly #host: Host;
  readonly #tls: (() => TlsServerOptions) | undefined;
  readonly #connections = new Map<string, Connection>();
  readonly #handshakes = new Handshakes<Socket>();
  #shown: TlsServerOptions | undefined;

  /** @throws {TypeError} If a door that is TLS from the start has no certificate. */
  constructor(host: Host, { door, tls }: ListenerOptions) {
    const shown = tls?.();
    if (door === "smtps" && shown === undefined) throw new TypeError("smtps needs a certificate");
    super({
      ...(shown === undefined ? {} : { cert: shown.cert, key: shown.key, ...TLS_VERSIONS }),
      authOptional: true, // Who must log in is for the server to say.
      disabledCommands: DISABLED,
      disableReverseLookup: true, // The appliance sends nothing over the line, not even a DNS query.
      hideDSN: false,
      logger: false,
      secure: door === "smtps",
    });
    this.door = door;
    this.#host = host;
    this.#tls = tls;
    this.#shown = shown;
    this.on("error", (error: Error) => host.listenerFailed(error));
  }

  /** Whether a client may ask for TLS. */
  get hasTls(): boolean {
    return this.#tls !== undefined;
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
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this._pendingSockets.values()) socket.destroy(); // No session yet.
    return closed;
  }

  /** Takes the certificate of now for the handshakes to come. */
  refreshTls(): void {
    const now = this.#tls?.();
    if (now === undefined || now === this.#shown) return;
    this.#shown = now;
    this.updateSecureContext({ cert: now.cert, key: now.key });
  }

  /**
   * As many as may work, as many who are told to come later, and as many handshakes of smtps. The
   * rest hears nothing: a listener of Deno (2.9.6) that found no file descriptor for a connection
   * never accepts another one.
   */
  #boundConnections(): void {
    this.server.maxConnections = (this.door === "smtps" ? 3 : 2) * this.#host.options().maxSessions;
  }

  /** A false tells the library that nothing is to be done with the socket. */
  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    if (!handshake) return super._acceptSocket(socket, handshake);
    if (!this.#beginsHandshake(socket)) {
      socket.on("error", () => {}); // It is gone anyhow.
      socket.destroy();
      return false;
    }
    socket.once("close", () => this.#handshakes.delete(socket));
    const release = super._acceptSocket(socket, handshake);
    return release && (() => {
      this.#handshakes.delete(socket);
      release();
    });
  }

  #beginsHandshake(socket: Socket): boolean {
    const { maxSessions: max, policy } = this.#host.options();
    const address = socket.remoteAddress ?? "";
    const maxPerAddress = isWithoutLimit(policy, address) ? max : policy.maxSessionsPerAddress;
    const { added, instead } = this.#handshakes.add(socket, address, { max, maxPerAddress });
    // The TLS above it, if there is one: without its socket it does not end well.
    if (instead !== undefined) (this._pendingSockets.get(instead) ?? instead).destroy();
    return added;
  }

  override connect(socket: Socket, socketOptions?: SMTPConnectionOptions | null): void {
    this.#boundConnections(); // It may have changed since.
    this.#begin(new Connection({ host: this.#host, server: this, socket, socketOptions }));
  }

  #begin(connection: Connection): void {
    this.connections.add(connection);
    this.#connections.set(connection.id, connection);
    connection.on("error", (error: Error) => this.#host.failed(error));
    connection.init();
  }

  /** Serves a client over a connection that did not come by listening. */
  serve(socket: Socket, { isEncrypted }: { readonly isEncrypted: boolean }): void {
    const parts = { host: this.#host, server: this, socket, socketOptions: undefined };
    const connection = new Connection(parts);
    connection.secure = isEncrypted;
    this.#begin(connection);
  }

  override _upgrade(socket: Socket, callback: Parameters<SMTPServer["_upgrade"]>[1]): void {
    this.refreshTls();
    super._upgrade(socket, callback);
  }

  /** What went wrong with one client is no failure of the listener; those errors carry `meta`. */
  override _onError(error: Error): void {
    if ("meta" in error) this.#host.failed(error);
    else super._onError(error);
  }

  // The library calls these back with the session; the connection knows what is to be done.
  override onConnect(_session: SMTPServerSession, callback: () => void): void {
    callback(); // At once: a client that pipelines must not be early by one turn of the event loop.
  }

  override onSecure(_socket: Socket, session: SMTPServerSession, callback: () => void): void {
    this.#connections.get(session.id)?.listenForActivity();
    callback();
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

  forget(connection: SessionConnection): void {
    this.#connections.delete(connection.id);
    this.#host.closed(connection);
  }
}
