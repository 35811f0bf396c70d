import { createServer, isIP, type Socket } from "node:net";
import { connect, TLSSocket } from "node:tls";
import type { Connection, Endpoint, TlsServerOptions } from "./net.ts";
import { SocketConnection } from "./socket_connection.ts";

/** A connection over which the server has shown a certificate that nobody vouches for. */
export interface PinnedConnection {
  readonly connection: Connection;
  /** SHA-256 of the certificate, as openssl prints it: `AB:CD:…`, 32 pairs. */
  readonly fingerprintSha256: string;
}

/** Waits for connections. Disposing it stops listening; accepted connections live on. */
export interface PinnedListener extends Disposable, AsyncIterable<PinnedConnection> {
  readonly local: Endpoint;
}

/** The certificate a server shows, and its key. */
export type ShownCertificate =
  & TlsServerOptions
  & Pick<PinnedConnection, "fingerprintSha256">;

/** TLS whose certificate is checked by other means than an authority. */
export interface PinnedTls {
  /**
   * Connects to `target` with TLS and tells which certificate it showed, without asking who signed
   * it, for whom, and when.
   *
   * The connection alone proves nothing: anybody may stand in the middle with a certificate of his
   * own. It is safe only for a protocol in which both sides prove that they know a secret, over the
   * fingerprint that each of them sees (`tls-server-end-point`, RFC 5929 section 4). What does hold
   * is that the peer has the key of the certificate it has shown: the handshake is checked for that.
   *
   * @throws {Error} If it cannot connect, or the handshake fails.
   * @throws The abort reason; an abort later than that has no effect.
   */
  connectUnverified(target: Endpoint, signal: AbortSignal): Promise<PinnedConnection>;

  /**
   * Listens with TLS. Connections come before their handshake, which the first read or write waits
   * for: whoever is not wanted can be sent away without that work. Closing one ends its socket at
   * once, in the handshake too (one of `Deno.listenTls()`, 2.9.6, lives on until the peer closes
   * it). A peer that ends its side ends both.
   *
   * @param certificate Asked for at each connection.
   * @throws {Error} If it cannot listen.
   */
  listen(at: Endpoint, certificate: () => ShownCertificate): Promise<PinnedListener>;
}

/** {@linkcode PinnedTls} on this machine's network. */
export const systemPinnedTls: PinnedTls = {
  async connectUnverified({ host, port }, signal) {
    signal.throwIfAborted();
    // Deno.connectTls() always asks an authority; only node:tls leaves that to its caller.
    const socket = connect({
      ...{ host, port, rejectUnauthorized: false, minVersion: "TLSv1.2" },
      ...(isIP(host) === 0 ? { servername: host } : {}), // An address is no name (RFC 6066).
    });
    const shaken = Promise.withResolvers<void>();
    const abort = () => socket.destroy();
    socket.once("secureConnect", () => shaken.resolve());
    socket.on("error", (error) => shaken.reject(error)); // Also later: none may go unheard.
    socket.once("close", () => shaken.reject(new Error("The connection ended in the handshake")));
    signal.addEventListener("abort", abort, { once: true });
    try {
      await shaken.promise;
      const fingerprintSha256 = socket.getPeerCertificate().fingerprint256;
      if (!fingerprintSha256) throw new Error("The server showed no certificate");
      return { connection: new SocketConnection(socket, endsOf(socket)), fingerprintSha256 };
    } catch (error) {
      socket.destroy();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  },

  async listen({ host, port }, certificate) {
    const server = createServer();
    let awaited = true;
    const connections = new ReadableStream<PinnedConnection>({
      start(controller) {
        server.on("connection", (raw) => {
          if (!awaited) return raw.destroy();
          controller.enqueue(accepted(raw, certificate()));
        });
        server.once("close", () => awaited && controller.close());
      },
      cancel() {
        awaited = false;
      },
    });
    const listening = Promise.withResolvers<void>();
    // Also later: one connection that cannot be accepted must not end the program.
    server.on("error", listening.reject);
    server.listen({ host, port }, listening.resolve);
    await listening.promise;
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("Listens nowhere");
    return {
      local: { host: plain(address.address), port: address.port },
      [Symbol.asyncIterator]: () => connections[Symbol.asyncIterator](),
      [Symbol.dispose]: () => void server.close(),
    };
  },
};

function accepted(
  raw: Socket,
  { cert, key, fingerprintSha256 }: ShownCertificate,
): PinnedConnection {
  raw.setNoDelay(true);
  const socket = new TLSSocket(raw, { isServer: true, cert, key, minVersion: "TLSv1.2" });
  const giveUp = () => raw.destroy(); // Whoever reads or writes hears of it.
  for (const each of [raw, socket]) each.on("error", giveUp);
  // A write that waits for the handshake does not notice by itself that the peer has gone.
  socket.once("end", giveUp);
  socket.once("secure", () => socket.off("end", giveUp));
  const ends = { ...endsOf(raw), close: giveUp };
  return { connection: new SocketConnection(socket, ends), fingerprintSha256 };
}

function endsOf(socket: Socket): { readonly remote: Endpoint; readonly local: Endpoint } {
  const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 } = socket;
  return {
    remote: { host: plain(remoteAddress), port: remotePort },
    local: { host: plain(localAddress), port: localPort },
  };
}

/** A dual-stack listener reports an IPv4 client as IPv6; rules are written for IPv4. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
