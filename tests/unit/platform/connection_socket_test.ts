import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createServer } from "node:net";
import {
  type Connection,
  connectionOver,
  hmacMd5,
  socketOver,
  systemNet,
} from "../../../src/platform/mod.ts";

/** Two ends of a connection of this machine. */
async function ends(): Promise<readonly [Connection, Connection]> {
  using listener = systemNet.listen({ host: "127.0.0.1", port: 0 });
  const incoming = listener[Symbol.asyncIterator]().next();
  const near = await systemNet.connect(listener.local);
  const { value } = await incoming;
  return [near, value as Connection];
}

async function read(connection: Connection): Promise<string | null> {
  const into = new Uint8Array(100);
  const count = await connection.read(into);
  return count === null ? null : new TextDecoder().decode(into.subarray(0, count));
}

const octets = (text: string) => new TextEncoder().encode(text);

Deno.test("socketOver() carries octets both ways, and the ends", async () => {
  const [near, far] = await ends();
  const socket = socketOver(near);
  equal([socket.remoteAddress, socket.remotePort], [far.local.host, far.local.port]);
  equal([socket.localAddress, socket.localPort], [far.remote.host, far.remote.port]);
  strictEqual(socket.readyState, "open");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write("hello");
  strictEqual(await read(far), "hello");
  await far.write(octets("hi"));
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once("data", (bytes: Buffer) => resolve(bytes.toString()));
  strictEqual(await promise, "hi");
  socket.write("bye");
  socket.destroySoon();
  strictEqual(await read(far), "bye");
  strictEqual(await read(far), null);
  far.close();
  await closed;
  strictEqual(socket.readyState, "closed");
});

Deno.test("socketOver() ends when the other side does, and fails with its connection", async () => {
  const [near, far] = await ends();
  const socket = socketOver(near);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.resume();
  far.close();
  await closed;

  const failing: Connection = {
    ...{ remote: far.remote, local: far.local, closeWrite: () => Promise.resolve() },
    read: () => Promise.reject(new Error("cut")),
    write: () => Promise.reject(new Error("cut")),
    close() {},
    [Symbol.dispose]() {},
  };
  const broken = socketOver(failing);
  const told = new Promise<Error>((resolve) => broken.once("error", resolve));
  broken.resume();
  strictEqual((await told).message, "cut");
});

Deno.test("connectionOver() goes on where a library has let go of a socket", async () => {
  const server = createServer();
  const accepted = new Promise<Connection>((resolve) => {
    server.once("connection", (socket) => {
      socket.once("data", (bytes) => {
        strictEqual(bytes.toString(), "first");
        socket.pause();
        socket.write("turned", () => resolve(connectionOver(socket)));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const client = await systemNet.connect({ host: "127.0.0.1", port });
  await client.write(octets("first"));
  const connection = await accepted;
  strictEqual(await read(client), "turned");
  await client.write(octets("second"));
  strictEqual(await read(connection), "second");
  await connection.write(octets("third"));
  strictEqual(await read(client), "third");
  equal(connection.remote, client.local);
  connection.close();
  await rejects(connection.write(octets("late")));
  client.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

Deno.test("hmacMd5() is that of RFC 2195", () => {
  strictEqual(
    hmacMd5("tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>"),
    "b913a602c7eda7a495b4e6e7334d3890",
  );
});
