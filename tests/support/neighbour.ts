import { connect, type Socket } from "node:net";
import { LineConn, type OctetConn } from "./line_conn.ts";

/**
 * Connects to a port of this machine from another of its addresses, as if it were somebody else:
 * to the product 127.0.0.1 is this machine itself, and 127.0.0.2 a stranger.
 */
export async function connectFrom(localAddress: string, port: number): Promise<LineConn> {
  const socket = connect({ host: "127.0.0.1", port, localAddress, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return new LineConn(octetConn(socket));
}

function octetConn(socket: Socket): OctetConn {
  socket.on("error", () => {}); // The next read or write tells it.
  const chunks = socket.iterator({ destroyOnReturn: false });
  let rest: Uint8Array = new Uint8Array();
  return {
    async read(into) {
      if (rest.length === 0) {
        const next = await chunks.next().catch(() => ({ done: true, value: undefined }));
        if (next.done) return null;
        rest = next.value as Uint8Array;
      }
      const count = Math.min(rest.length, into.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    write: (octets) =>
      new Promise((resolve, reject) => {
        socket.write(octets, (error) => error ? reject(error) : resolve(octets.length));
      }),
    close: () => void socket.destroy(),
  };
}
