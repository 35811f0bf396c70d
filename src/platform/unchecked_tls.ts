import { Duplex } from "node:stream";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Connection } from "./net.ts";
import { SocketConnection } from "./socket_connection.ts";

/** How much is read from below at once, in octets. */
const READ_OCTETS = 16 * 1024;

/**
 * Makes TLS on a connection as a client, whatever certificate the server shows. It keeps out who
 * listens, not who stands in between. The connection is closed if this fails.
 *
 * @throws {Error} If the handshake fails.
 * @throws The abort reason.
 */
export async function uncheckedTls(
  connection: Connection,
  serverName: string,
  signal?: AbortSignal,
): Promise<Connection> {
  // Deno.startTls() always asks an authority; only node:tls leaves that to its caller.
  const socket = connect({
    socket: duplexOver(connection),
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}), // An address is no name (RFC 6066).
  });
  const shaken = Promise.withResolvers<void>();
  socket.once("secureConnect", shaken.resolve);
  socket.on("error", shaken.reject); // Also later: none may go unheard.
  socket.once("close", () => shaken.reject(new Error("The connection ended in the handshake")));
  const abort = () => close(socket, connection);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    signal?.throwIfAborted();
    await shaken.promise;
    const { remote, local } = connection;
    return new SocketConnection(socket, { remote, local, close: () => connection.close() });
  } catch (error) {
    close(socket, connection);
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function close(socket: TLSSocket, connection: Connection): void {
  socket.destroy();
  connection.close();
}

/** A connection as `node:tls` wants it. */
function duplexOver(connection: Connection): Duplex {
  const done = (action: Promise<void>, told: (error?: Error | null) => void) =>
    void action.then(() => told(), told);
  return new Duplex({
    read() {
      const into = new Uint8Array(READ_OCTETS);
      connection.read(into).then(
        (count) => this.push(count === null ? null : into.subarray(0, count)),
        (error) => this.destroy(error),
      );
    },
    write: (bytes: Uint8Array, _encoding, told) => done(connection.write(bytes), told),
    final: (told) => done(connection.closeWrite(), told),
    destroy(error, told) {
      connection.close();
      told(error);
    },
  });
}
