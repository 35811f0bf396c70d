/** relay_connections and relay_host_connections, through the whole appliance and real sockets. */
import { ok, strictEqual } from "node:assert/strict";
import { LineReader, systemNet } from "../../src/platform/mod.ts";
import { applianceHere } from "../support/appliance_here.ts";
import { eventually } from "../support/eventually.ts";

/** A server that takes one command at a time, or, if it is `mute`, only greets. */
function startServer({ mute = false } = {}) {
  const listener = systemNet.listen({ host: "127.0.0.1", port: 0 });
  const encoder = new TextEncoder();
  const sessions = new Set<Disposable>();
  const counts = { sessions: 0, atOnce: 0, taken: 0 };
  const serve = async () => {
    for await (const connection of listener) {
      sessions.add(connection);
      counts.sessions++;
      counts.atOnce = Math.max(counts.atOnce, sessions.size);
      const say = (text: string) => connection.write(encoder.encode(`${text}\r\n`));
      const reader = new LineReader(connection, { maxLineOctets: 1000 });
      const talk = async () => {
        await say("220 far.example");
        let inData = false;
        for (
          let line = await reader.readLine();
          line !== undefined;
          line = await reader.readLine()
        ) {
          const text = new TextDecoder().decode(line);
          if (mute || (inData && text !== ".")) continue;
          if (inData) counts.taken++;
          inData = text === "DATA";
          await say(inData ? "354 Go on" : text === "QUIT" ? "221 Bye" : "250 OK");
        }
      };
      void talk().catch(() => {}).finally(() => {
        sessions.delete(connection);
        connection.close();
      });
    }
  };
  const serving = serve();
  return {
    port: listener.local.port,
    counts,
    async [Symbol.asyncDispose]() {
      listener[Symbol.dispose]();
      for (const session of sessions) session[Symbol.dispose]();
      await serving;
    },
  };
}

const BODY = new TextEncoder().encode("Subject: hi\r\n\r\nhello\r\n");

function submission(address: string) {
  return {
    envelope: { sender: "ann@office.example", recipients: [{ address }] },
    origin: { kind: "local", by: "test" },
  } as const;
}

Deno.test("relay_connections says to how many hosts mail goes at once", async () => {
  await using servers = new AsyncDisposableStack();
  const mute = Array.from({ length: 4 }, () => servers.use(startServer({ mute: true })));
  const gateways = mute.map(({ port }, at) => `gateway far${at}.example 127.0.0.1:${port}`);
  await using office = await applianceHere(...gateways, "relay_connections 2");
  const { queue } = office.appliance.core;
  for (const at of mute.keys()) await queue.submit(submission(`bob@far${at}.example`), [BODY]);
  const connected = () => mute.filter(({ counts }) => counts.sessions > 0).length;
  await eventually("two hosts are connected to", () => connected() >= 2);
  strictEqual(connected(), 2);
  await office.reload(...gateways, "relay_connections 4");
  await eventually("the others are, too", () => connected() === 4);
  await servers.disposeAsync(); // They hang up: the appliance need not wait for them.
});

Deno.test("relay_host_connections says over how many connections a slow host gets its mail", async () => {
  for (const most of [1, 3]) {
    await using server = startServer();
    await using office = await applianceHere(
      `gateway * 127.0.0.1:${server.port}`,
      `relay_host_connections ${most}`,
    );
    const { queue, outgoing } = office.appliance.core;
    await outgoing.suspend(queue);
    await Promise.all(
      Array.from(
        { length: 150 },
        (_, at) => queue.submit(submission(`bob${at}@far.example`), [BODY]),
      ),
    );
    await outgoing.resume(queue);
    await eventually("all is taken", () => server.counts.taken === 150);
    ok(server.counts.atOnce <= most, `${server.counts.atOnce} at once`);
    strictEqual(server.counts.atOnce > 1, most > 1);
    await eventually("the queue is empty", () => queue.counts().messages === 0);
  }
});
