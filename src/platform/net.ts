import { uncheckedTls } from "./unchecked_tls.ts";

/** A TCP or TLS connection. Disposing it closes it; closing twice is harmless. */
export interface Connection extends Disposable {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Reads some octets into `into`; resolves to how many, or `null` when the peer has ended. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes all of `bytes`. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends our side only; the peer may go on sending. */
  closeWrite(): Promise<void>;
  /** Ends both sides at once; a read or write in progress throws. */
  close(): void;
}

/** An address and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** How TLS is made on a connection as a client. */
export interface TlsClientOptions {
  /** Name the certificate must carry. */
  readonly serverName: string;
  /** Whatever certificate is shown will do: better than no TLS, and no proof of who is there. */
  readonly unchecked?: boolean;
  /** Extra certificate authorities, PEM. */
  readonly caCerts?: readonly string[];
}

/** How TLS is made as a server. */
export interface TlsServerOptions {
  /** Certificate, and those that sign it behind it, PEM. */
  readonly cert: string;
  /** Private key of the first certificate, PEM. */
  readonly key: string;
}

/** Waits for connections. Disposing it stops listening; accepted connections live on. */
export interface Listener extends Disposable, AsyncIterable<Connection> {
  readonly local: Endpoint;
}

/** Opens and awaits connections. */
export interface Net {
  /**
   * Connects to `host`, a name or an address, with TLS from the first octet if `tls` is given.
   *
   * @throws {Deno.errors.ConnectionRefused | Deno.errors.TimedOut | Error} If it cannot.
   * @throws The abort reason.
   */
  connect(
    target: Endpoint & { readonly tls?: TlsClientOptions },
    signal?: AbortSignal,
  ): Promise<Connection>;

  /**
   * Makes TLS on a plain connection as a client (STLS, STARTTLS). The plain one must not be used
   * any more; it is closed if this fails. Without `unchecked` it must be a connection of this net.
   *
   * @throws {Error} If the certificate or the handshake is no good.
   * @throws The abort reason.
   */
  startTls(
    connection: Connection,
    tls: TlsClientOptions,
    signal?: AbortSignal,
  ): Promise<Connection>;

  /** Listens on `host`, with TLS from the first octet if `tls` is given; port 0 takes a free one. */
  listen(at: Endpoint, tls?: TlsServerOptions): Listener;
}

/** The network of this machine. */
export const systemNet: Net = {
  async connect({ host, port, tls }, signal) {
    signal?.throwIfAborted();
    const conn = await Deno.connect({ hostname: host, port, ...(signal ? { signal } : {}) });
    try {
      conn.setNoDelay(true);
      const plain = new SystemConnection(conn);
      return tls === undefined ? plain : await systemNet.startTls(plain, tls, signal);
    } catch (error) {
      closeQuietly(conn);
      throw error;
    }
  },

  async startTls(connection, tls, signal) {
    if (tls.unchecked) return await uncheckedTls(connection, tls.serverName, signal);
    if (!(connection instanceof SystemConnection)) {
      throw new TypeError("Cannot start TLS on a connection of another kind");
    }
    return new SystemConnection(await clientTls(connection.inner as Deno.TcpConn, tls, signal));
  },

  listen({ host, port }, tls) {
    const at = { hostname: host, port };
    const listener = tls === undefined ? Deno.listen(at) : Deno.listenTls({ ...at, ...tls });
    return {
      local: endpoint(listener.addr),
      async *[Symbol.asyncIterator]() {
        for await (const conn of listener) {
          if ("setNoDelay" in conn) conn.setNoDelay(true);
          yield new SystemConnection(conn);
        }
      },
      [Symbol.dispose]: () => closeQuietly(listener),
    };
  },
};

class SystemConnection implements Connection {
  readonly inner: Deno.Conn;
  readonly remote: Endpoint;
  readonly local: Endpoint;

  constructor(inner: Deno.Conn) {
    this.inner = inner;
    this.remote = endpoint(inner.remoteAddr);
    this.local = endpoint(inner.localAddr);
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.inner.read(into);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += await this.inner.write(done === 0 ? bytes : bytes.subarray(done));
    }
  }

  closeWrite(): Promise<void> {
    return this.inner.closeWrite();
  }

  close(): void {
    closeQuietly(this.inner);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * The handshake must end too: a peer that never answers it would hold a session for ever. From
 * Deno.startTls() on, only closing the new connection ends it; the plain one is an empty shell.
 * Deno (2.9.6) keeps the socket of a handshake cut short until the peer closes it.
 */
async function clientTls(
  conn: Deno.TcpConn,
  { serverName, caCerts }: TlsClientOptions,
  signal?: AbortSignal,
): Promise<Deno.TlsConn> {
  let current: Deno.Conn = conn;
  const abort = () => closeQuietly(current);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    signal?.throwIfAborted();
    const tls = await Deno.startTls(conn, {
      hostname: serverName,
      ...(caCerts ? { caCerts: [...caCerts] } : {}),
    });
    current = tls;
    signal?.throwIfAborted();
    await tls.handshake();
    return tls;
  } catch (error) {
    closeQuietly(current);
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function endpoint(address: Deno.Addr): Endpoint {
  const { hostname, port } = address as Deno.NetAddr;
  // A dual-stack listener reports an IPv4 client as IPv6; rules are written for IPv4.
  return { host: hostname.replace(/^::ffff:(?=\d+\.)/i, ""), port };
}

function closeQuietly(thing: { close(): void }): void {
  try {
    thing.close();
  } catch {
    // Closed already, by us or by the peer.
  }
}
