import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type Connection, systemNet } from "../../../src/platform/mod.ts";
import { installed, run } from "../../support/peers.ts";
import { tempDir } from "../../support/temp_dir.ts";

const HOST = "127.0.0.1";
const bytes = (text: string) => new TextEncoder().encode(text);

/** A listener and the two ends of one connection to it. */
async function connected() {
  const listener = systemNet.listen({ host: HOST, port: 0 });
  const accepted = listener[Symbol.asyncIterator]().next();
  const client = await systemNet.connect(listener.local);
  const server = (await accepted).value as Connection;
  return {
    client,
    server,
    [Symbol.dispose]: () => [client, server, listener].forEach((each) => each[Symbol.dispose]()),
  };
}

async function readAll(connection: Connection): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  for (
    let count = await connection.read(buffer);
    count !== null;
    count = await connection.read(buffer)
  ) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}

Deno.test("connect() and listen() name both ends", async () => {
  using pair = await connected();
  deepStrictEqual(pair.client.remote, pair.server.local);
  deepStrictEqual(pair.client.local, pair.server.remote);
  strictEqual(pair.client.remote.host, HOST);
});

Deno.test("write() writes all, closeWrite() ends our side only", async () => {
  using pair = await connected();
  const text = "0123456789".repeat(300_000);
  const written = pair.client.write(bytes(text)).then(() => pair.client.closeWrite());
  strictEqual((await readAll(pair.server)).length, text.length);
  await written;
  await pair.server.write(bytes("still here"));
  pair.server.close();
  strictEqual(await readAll(pair.client), "still here");
});

Deno.test("close() ends a read that is under way, and tells the peer", async () => {
  using pair = await connected();
  const reading = rejects(pair.client.read(new Uint8Array(10)));
  pair.client.close();
  await reading;
  strictEqual(await pair.server.read(new Uint8Array(1)), null);
});

Deno.test("close() ends a write that the peer does not take", async () => {
  using pair = await connected();
  const writing = rejects(pair.client.write(new Uint8Array(64 * 1024 * 1024)));
  pair.client.close();
  await writing;
});

Deno.test("close() twice is harmless", async () => {
  using pair = await connected();
  pair.client.close();
  pair.client.close();
});

Deno.test("connect() says that nobody listens", async () => {
  const listener = systemNet.listen({ host: HOST, port: 0 });
  listener[Symbol.dispose]();
  await rejects(systemNet.connect(listener.local), Deno.errors.ConnectionRefused);
});

Deno.test("connect() does not begin when it is aborted already", async () => {
  const signal = AbortSignal.abort(new Error("Stopped"));
  await rejects(systemNet.connect({ host: HOST, port: 9 }, signal), /Stopped/);
});

Deno.test({
  name: "connect() ends with the reason of its signal while the peer does not answer",
  ignore: Deno.build.os !== "linux",
  async fn() {
    // With its backlog full, Linux leaves further callers without an answer.
    using listener = Deno.listen({ hostname: HOST, port: 0, tcpBacklog: 1 });
    const { port } = listener.addr as Deno.NetAddr;
    const waiting: Connection[] = [];
    for (let n = 0; n < 2; n++) waiting.push(await systemNet.connect({ host: HOST, port }));
    const stop = new AbortController();
    const connecting = rejects(systemNet.connect({ host: HOST, port }, stop.signal), /Enough/);
    stop.abort(new Error("Enough"));
    await connecting;
    for (const connection of waiting) connection.close();
  },
});

Deno.test("connect() leaves a connection alone when its signal aborts later", async () => {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  const stop = new AbortController();
  const { port } = listener.addr as Deno.NetAddr;
  using client = await systemNet.connect({ host: HOST, port }, stop.signal);
  using server = await listener.accept();
  stop.abort();
  await server.write(bytes("hello"));
  strictEqual(await client.read(new Uint8Array(10)), 5);
});

Deno.test("Listener ends its loop when it is disposed, and leaves connections alone", async () => {
  const listener = systemNet.listen({ host: HOST, port: 0 });
  const accepted: Connection[] = [];
  const first = Promise.withResolvers<void>();
  const loop = (async () => {
    for await (const connection of listener) {
      accepted.push(connection);
      first.resolve();
    }
  })();
  using client = await systemNet.connect(listener.local);
  await first.promise;
  listener[Symbol.dispose]();
  await loop;
  await client.write(bytes("hello"));
  strictEqual(await accepted[0]?.read(new Uint8Array(10)), 5);
  accepted[0]?.close();
});

const EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];

/** A certificate authority and a server with its certificate for `localhost`, greeting each client. */
async function tlsServer() {
  await using directory = await tempDir();
  const at = (name: string) => `${directory.path}/${name}`;
  const openssl = async (...args: string[]) => {
    const { code, stderr } = await run("openssl", args, { cwd: directory.path });
    strictEqual(code, 0, stderr);
  };
  await openssl(
    "req",
    "-x509",
    ...EC_KEY,
    "-subj",
    "/CN=CA",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  await openssl(
    ...["req", ...EC_KEY, "-x509", "-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"],
    ...["-keyout", "key.pem", "-out", "cert.pem"],
  );
  const listener = Deno.listenTls({
    hostname: HOST,
    port: 0,
    cert: await Deno.readTextFile(at("cert.pem")),
    key: await Deno.readTextFile(at("key.pem")),
  });
  const serving = (async () => {
    for await (const connection of listener) {
      // A client that does not like the certificate ends the handshake; that is its affair.
      await connection.write(bytes("hello")).catch(() => {});
      connection.close();
    }
  })();
  return {
    port: listener.addr.port,
    ca: await Deno.readTextFile(at("ca.pem")),
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

Deno.test({
  name: "TLS checks the certificate, from the first octet or after STARTTLS",
  ignore: !installed("openssl"),
  async fn(t) {
    await using server = await tlsServer();
    const { port } = server;
    const ways = {
      "connect()": (serverName: string, caCerts: string[]) =>
        systemNet.connect({ host: HOST, port, tls: { serverName, caCerts } }),
      "startTls()": async (serverName: string, caCerts: string[]) =>
        await systemNet.startTls(await systemNet.connect({ host: HOST, port }), {
          serverName,
          caCerts,
        }),
    };
    for (const [way, open] of Object.entries(ways)) {
      await t.step(`${way} trusts an authority it is given`, async () => {
        using connection = await open("localhost", [server.ca]);
        strictEqual(await connection.read(new Uint8Array(10)), 5);
        strictEqual(connection.remote.port, port);
      });
      await t.step(`${way} refuses a certificate for another name`, async () => {
        await rejects(open("pop.example.com", [server.ca]), /certificate/);
      });
      await t.step(`${way} refuses an authority it does not know`, async () => {
        await rejects(open("localhost", []), /UnknownIssuer|certificate/);
      });
    }
  },
});

Deno.test("A TLS handshake that the peer never answers ends with its signal", async (t) => {
  const ways = {
    "connect()": (port: number, signal: AbortSignal) =>
      systemNet.connect({ host: HOST, port, tls: { serverName: "localhost" } }, signal),
    "startTls()": async (port: number, signal: AbortSignal) =>
      await systemNet.startTls(
        await systemNet.connect({ host: HOST, port }),
        { serverName: "localhost" },
        signal,
      ),
  };
  for (const [way, open] of Object.entries(ways)) {
    await t.step(way, async () => {
      using listener = Deno.listen({ hostname: HOST, port: 0 });
      const stop = new AbortController();
      const accepted = listener.accept();
      const opening = rejects(open((listener.addr as Deno.NetAddr).port, stop.signal), /Enough/);
      using server = await accepted;
      ok(await server.read(new Uint8Array(1)), "The client has begun");
      stop.abort(new Error("Enough"));
      await opening;
    });
  }
});

Deno.test("startTls() refuses a connection of another kind", async () => {
  using pair = await connected();
  const foreign: Connection = { ...pair.client, read: () => Promise.resolve(null) } as Connection;
  await rejects(systemNet.startTls(foreign, { serverName: "localhost" }), TypeError);
});
