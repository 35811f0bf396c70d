import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Connection, Endpoint } from "./net.ts";

/** A connection whose peer has shown a certificate that nobody vouches for. */
export interface UnverifiedConnection {
  readonly connection: Connection;
  /** SHA-256 of the certificate, as openssl prints it: `AB:CD:…`, 32 pairs. */
  readonly fingerprintSha256: string;
}

/** Connects with TLS where the certificate is checked by other means than an authority. */
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
  connectUnverified(target: Endpoint, signal: AbortSignal): Promise<UnverifiedConnection>;
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
      return { connection: new TlsSocketConnection(socket), fingerprintSha256 };
    } catch (error) {
      socket.destroy();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  },
};

class TlsSocketConnection implements Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly #socket: TLSSocket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(socket: TLSSocket) {
    const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 } = socket;
    this.remote = { host: remoteAddress, port: remotePort };
    this.local = { host: localAddress, port: localPort };
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return null;
      this.#rest = value;
    }
    const count = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
    return promise;
  }

  closeWrite(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.end(() => resolve());
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
