import { systemClock } from "./clock.ts";
import type { Connection, Endpoint, Listener } from "./net.ts";

/** Longest path of a Unix socket, in octets, its final NUL not counted (sockaddr_un). */
const MAX_SOCKET_PATH_OCTETS = 103;

/** How long nothing is accepted after a failure, in ms. */
const ACCEPT_RETRY_MS = 100;

/** A socket that only this machine, and only its owner, can reach. */
export interface LocalSockets {
  /**
   * Listens at `path`, replacing a socket that a crash left behind.
   *
   * @throws {RangeError} If the path is too long for a socket.
   */
  listen(path: string): Promise<Listener>;
  /** @throws {Deno.errors.NotFound | Deno.errors.ConnectionRefused} If nobody listens. */
  connect(path: string): Promise<Connection>;
}

/** {@linkcode LocalSockets} as Unix sockets; Windows has them since version 10. */
export const systemLocalSockets: LocalSockets = {
  async listen(path) {
    checkLength(path);
    await Deno.remove(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    const listener = Deno.listen({ transport: "unix", path });
    if (Deno.build.os !== "windows") await Deno.chmod(path, 0o600);
    return {
      local: { host: path, port: 0 },
      async *[Symbol.asyncIterator]() {
        for await (const conn of accepted(listener)) yield localConnection(conn, path);
      },
      [Symbol.dispose]: () => closeQuietly(listener),
    };
  },

  async connect(path) {
    checkLength(path);
    return localConnection(await Deno.connect({ transport: "unix", path }), path);
  },
};

/**
 * Connections until the listener is closed. One that cannot be accepted, for want of a file
 * descriptor above all, must not end this for those who come after it.
 */
async function* accepted(listener: Deno.Listener): AsyncGenerator<Deno.Conn> {
  while (true) {
    try {
      yield await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource) return;
      await systemClock.sleep(ACCEPT_RETRY_MS);
    }
  }
}

/** A longer path would be cut short by the system: two appliances could meet at one socket. */
function checkLength(path: string): void {
  const octets = new TextEncoder().encode(path).length;
  if (octets > MAX_SOCKET_PATH_OCTETS) {
    throw new RangeError(
      `Cannot use the socket ${path}: ${octets} octets, at most ${MAX_SOCKET_PATH_OCTETS}; choose a shorter work_path`,
    );
  }
}

function localConnection(conn: Deno.Conn, path: string): Connection {
  const here: Endpoint = { host: path, port: 0 };
  return {
    remote: here,
    local: here,
    read: (into) => conn.read(into),
    async write(bytes) {
      for (let done = 0; done < bytes.length;) done += await conn.write(bytes.subarray(done));
    },
    closeWrite: () => conn.closeWrite(),
    close: () => closeQuietly(conn),
    [Symbol.dispose]: () => closeQuietly(conn),
  };
}

function closeQuietly(thing: { close(): void }): void {
  try {
    thing.close();
  } catch {
    // Closed already, by us or by the peer.
  }
}
