import { rejects, strictEqual } from "node:assert/strict";
import { type Connection, systemNet } from "../../../src/platform/mod.ts";
import { tlsPair } from "../../support/tls_pair.ts";

const HOST = "127.0.0.1";
const UNCHECKED = { serverName: "somebody.else.example", unchecked: true };

/** Sends back what comes, until the client ends its side. */
async function echo(connection: Connection): Promise<void> {
  using open = connection;
  const buffer = new Uint8Array(16 * 1024);
  for (let got = await open.read(buffer); got !== null; got = await open.read(buffer)) {
    await open.write(buffer.subarray(0, got));
  }
}

Deno.test("unchecked TLS takes a certificate of nobody for somebody else, and carries all", async (t) => {
  using listener = systemNet.listen({ host: HOST, port: 0 }, await tlsPair());
  const served = (async () => {
    for await (const connection of listener) await echo(connection).catch(() => {});
  })();
  const { port } = listener.local;
  const ways = {
    "connect()": () => systemNet.connect({ host: HOST, port, tls: UNCHECKED }),
    "startTls()": async () =>
      await systemNet.startTls(await systemNet.connect({ host: HOST, port }), UNCHECKED),
  };
  for (const [name, open] of Object.entries(ways)) {
    await t.step(name, async () => {
      using connection = await open();
      strictEqual(connection.remote.port, port);
      const sent = crypto.getRandomValues(new Uint8Array(60_000));
      const writing = connection.write(sent);
      const heard = new Uint8Array(sent.length);
      for (let at = 0; at < heard.length;) {
        at += await connection.read(heard.subarray(at)) ?? Infinity;
      }
      await writing;
      strictEqual(heard.toHex(), sent.toHex());
    });
  }
  listener[Symbol.dispose]();
  await served;
});

Deno.test("unchecked TLS fails where there is none, and closes the connection", async () => {
  using listener = systemNet.listen({ host: HOST, port: 0 });
  const served = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("-ERR no TLS here\r\n"));
      await echo(connection).catch(() => {});
      break;
    }
  })();
  const plain = await systemNet.connect(listener.local);
  await rejects(systemNet.startTls(plain, UNCHECKED));
  await rejects(plain.write(new Uint8Array(1)));
  await served;
});

Deno.test("unchecked TLS that is never answered ends with its signal", async () => {
  using listener = systemNet.listen({ host: HOST, port: 0 });
  const accepted = listener[Symbol.asyncIterator]().next();
  const stop = new AbortController();
  const plain = await systemNet.connect(listener.local);
  const shaking = rejects(systemNet.startTls(plain, UNCHECKED, stop.signal), /Enough/);
  using server: Connection = (await accepted).value;
  await server.read(new Uint8Array(1));
  stop.abort(new Error("Enough"));
  await shaking;
});
