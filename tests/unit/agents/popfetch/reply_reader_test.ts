import { deepStrictEqual as assertEquals, rejects, strictEqual } from "node:assert/strict";
import { Pop3Error } from "../../../../src/agents/popfetch/pop3_error.ts";
import { ReplyReader } from "../../../../src/agents/popfetch/reply_reader.ts";
import type { Connection } from "../../../../src/platform/mod.ts";
import { collected } from "../../../support/chunks.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { MemoryNet } from "../../../support/memory_net.ts";

/** A reader of what `send` sends, in pieces of `pieceOctets`. */
async function setup(
  send: string | ((connection: Connection) => Promise<void>),
  pieceOctets = Infinity,
) {
  const net = new MemoryNet({
    "pop:110": async (connection) => {
      if (typeof send === "string") await connection.write(new TextEncoder().encode(send));
      else await send(connection);
    },
  });
  net.pieceOctets = pieceOctets;
  const clock = new ManualClock();
  const controller = new AbortController();
  const connection = await net.connect({ host: "pop", port: 110 });
  const { signal } = controller;
  const deps = { connection, server: "pop:110", clock, silenceMs: 60_000, signal };
  return { reader: new ReplyReader(deps), clock, controller };
}

const line = async (reader: ReplyReader) => new TextDecoder().decode(await reader.line());

Deno.test("ReplyReader reads lines and bodies in pieces of any size", async (t) => {
  const sent = "+OK\r\n1\r\n.\r\n+OK\r\n..dot\r\na\r\n.\r\n+OK last\r\n";
  for (const pieceOctets of [1, 2, 3, 4, 5, 7, 11, 1000]) {
    await t.step(`pieces of ${pieceOctets}`, async () => {
      const { reader } = await setup(sent, pieceOctets);
      assertEquals([await line(reader), await line(reader), await line(reader)], ["+OK", "1", "."]);
      strictEqual(await line(reader), "+OK");
      strictEqual(await collected(reader.body(1000)), ".dot\r\na\r\n");
      strictEqual(await line(reader), "+OK last");
    });
  }
});

Deno.test("ReplyReader.body() makes a bare LF a CRLF and keeps a bare CR", async () => {
  const { reader } = await setup("+OK\r\na\nb\rc\r\r\n.\r\n", 1);
  await reader.line();
  strictEqual(await collected(reader.body(1000)), "a\r\nb\rc\r\r\n");
});

Deno.test("ReplyReader.body() is not ended by a dot between bare line feeds", async () => {
  const { reader } = await setup("+OK\r\na\n.\nb\r\n.\r\n");
  await reader.line();
  strictEqual(await collected(reader.body(1000)), "a\r\n.\r\nb\r\n");
});

Deno.test("ReplyReader understands a server that ends all its lines with a bare LF", async () => {
  const { reader } = await setup("+OK ready\n+OK\na\n..b\n.\n+OK last\n", 3);
  await reader.line();
  await reader.line();
  strictEqual(await collected(reader.body(1000)), "a\r\n.b\r\n");
  strictEqual(await line(reader), "+OK last");
});

Deno.test("ReplyReader.line() passes over what is left of a body", async () => {
  const { reader } = await setup("+OK\r\none\r\ntwo\r\nthree\r\n.\r\n+OK last\r\n", 5);
  await reader.line();
  for await (const _first of reader.body(1000)) break;
  strictEqual(await line(reader), "+OK last");
});

Deno.test("ReplyReader.line() gives up on a line without end", async () => {
  const { reader } = await setup("+OK " + "x".repeat(5000), 100);
  await rejects(() => reader.line(), new Pop3Error("protocol", "pop:110 sent an endless line"));
  strictEqual(reader.failure?.kind, "protocol");
  await rejects(() => reader.line(), Pop3Error);
});

Deno.test("ReplyReader.body() gives up on a message without end", async () => {
  const { reader } = await setup("+OK\r\n" + "line\r\n".repeat(1000));
  await reader.line();
  await rejects(() => collected(reader.body(500)), /message without end: more than 500 octets/);
  await rejects(() => reader.line(), Pop3Error);
});

Deno.test("ReplyReader.line() gives up on a body without end that was left half read", async () => {
  const { reader } = await setup("+OK\r\n" + "line\r\n".repeat(100_000));
  await reader.line();
  for await (const _first of reader.body(500_000)) break;
  await rejects(() => reader.line(), /message without end: more than 500000 octets/);
});

Deno.test("ReplyReader reports a server that hangs up", async (t) => {
  const want = new Pop3Error("dropped", "pop:110 ended the connection too early");
  for (const sent of ["", "+OK", "+OK\r\nhalf a mess"]) {
    await t.step(JSON.stringify(sent), async () => {
      const { reader } = await setup((connection) =>
        connection.write(new TextEncoder().encode(sent)).then(() => connection.closeWrite())
      );
      await rejects(async () => {
        await reader.line();
        await collected(reader.body(1000));
      }, want);
    });
  }
});

Deno.test("ReplyReader gives up on a server that is silent", async () => {
  const { reader, clock } = await setup(() => new Promise(() => {}));
  const failed = rejects(() => reader.line(), /pop:110 was silent for too long/);
  await clock.advance(60_000);
  await failed;
  strictEqual(clock.sleeping, 0);
});

Deno.test("ReplyReader gives up on a server that drips a line", async () => {
  const drip = Promise.withResolvers<void>();
  const { reader, clock } = await setup(async (connection) => {
    await connection.write(new TextEncoder().encode("+"));
    await drip.promise;
    await connection.write(new TextEncoder().encode("O"));
    await new Promise(() => {});
  });
  const failed = rejects(() => reader.line(), /was silent for too long/);
  await clock.advance(59_000);
  drip.resolve();
  await clock.advance(1_000);
  await failed;
});

Deno.test("ReplyReader ends with the reason of its signal", async () => {
  const { reader, controller } = await setup(() => new Promise(() => {}));
  const failed = rejects(() => reader.line(), /shut down/);
  controller.abort(new Error("shut down"));
  await failed;
});
