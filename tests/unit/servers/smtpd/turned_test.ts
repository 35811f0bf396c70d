import { deepStrictEqual as equal, match, rejects, strictEqual } from "node:assert/strict";
import { createRouter } from "../../../../src/domain/routing/mod.ts";
import { type Clock, systemClock } from "../../../../src/platform/mod.ts";
import { serveTurned, type TurnedReport } from "../../../../src/servers/smtpd/mod.ts";
import { LineConn } from "../../../support/line_conn.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { MemoryNet } from "../../../support/memory_net.ts";
import { silentLog } from "../../../support/silent_log.ts";
import { fakeAccounts, OFFICE, RememberingQueue, SMALL } from "../../../support/smtpd.ts";
import { SmtpSession } from "../../../support/smtp_session.ts";
import { octetsOf } from "../../../support/octet_text.ts";

/** A branch that has asked a hub; what the hub does with the connection is up to the test. */
async function turned(
  hub: (session: SmtpSession) => Promise<void>,
  { clock = systemClock, maxMs = 3_600_000, signal = new AbortController().signal }: {
    readonly clock?: Clock;
    readonly maxMs?: number;
    readonly signal?: AbortSignal;
  } = {},
) {
  const queue = new RememberingQueue();
  const net = new MemoryNet({
    "hub:25": (connection) => {
      const read = (into: Uint8Array) => connection.read(into);
      const write = async (bytes: Uint8Array) => {
        await connection.write(bytes);
        return bytes.length;
      };
      const line = new LineConn({ read, write, close: () => connection.close() });
      return hub(new SmtpSession(line));
    },
  });
  const connection = await net.connect({ host: "hub", port: 25 });
  const router = createRouter({
    tables: () => ({ ...OFFICE, relayTo: ["*"], forwardFromIp: () => true }),
    accounts: fakeAccounts([{ user: "bob" }]),
  });
  const report: Promise<TurnedReport> = serveTurned(
    { connection, isEncrypted: false, maxMs },
    { ...SMALL, maxRecipients: 100 },
    { queue, router, clock, log: silentLog, signal },
  );
  report.catch(() => {}); // Awaited later.
  return { report, queue };
}

const MESSAGE = octetsOf("Subject: one\r\n\r\nHello\r\n");

async function greeted(session: SmtpSession): Promise<void> {
  match(await session.reply(), /^220 office\.test /);
  match(await session.command("EHLO hub.example"), /^250 /);
}

Deno.test("serveTurned() takes mail until the other side leaves, and counts it", async () => {
  const { report, queue } = await turned(async (session) => {
    await greeted(session);
    for (let count = 0; count < 3; count++) {
      strictEqual((await session.send(["bob@office.test"], MESSAGE)).kind, "accepted");
    }
    match(await session.command("QUIT"), /^221 /);
  });
  equal(await report, { messages: 3, octets: 3 * MESSAGE.length, complete: true });
  equal(queue.messages.map(({ envelope }) => envelope.recipients[0]?.address), [
    "bob@office.test",
    "bob@office.test",
    "bob@office.test",
  ]);
});

Deno.test("serveTurned() relays nothing, and counts no refusal against whom it has called", async () => {
  const { report } = await turned(async (session) => {
    await greeted(session);
    await session.command("MAIL FROM:<ann@world.example>");
    for (let count = 0; count < 60; count++) {
      match(await session.command("RCPT TO:<x@world.example>"), /^550 5\.7\.1 /);
      match(await session.command("RCPT TO:<nobody@office.test>"), /^550 5\.1\.1 /);
      match(await session.command("VRFY bob"), /^252 /);
    }
    match(await session.command("RCPT TO:<bob@office.test>"), /^250 /);
    match(await session.command("QUIT"), /^221 /);
  });
  equal(await report, { messages: 0, octets: 0, complete: true });
});

Deno.test("serveTurned() ends with a hub that says nothing", async () => {
  const clock = new ManualClock();
  const last = Promise.withResolvers<string>();
  const { report } = await turned(async (session) => {
    await greeted(session);
    last.resolve(await session.reply());
  }, { clock });
  await clock.advance(SMALL.idleTimeoutMs + 10_000);
  match(await last.promise, /^421 4\.4\.2 /);
  equal(await report, { messages: 0, octets: 0, complete: false });
});

Deno.test("serveTurned() begins no message after its time, and ends the one under way", async () => {
  const clock = new ManualClock();
  const last = Promise.withResolvers<string>();
  const { report, queue } = await turned(async (session) => {
    await greeted(session);
    await session.command("MAIL FROM:<ann@world.example>");
    await session.command("RCPT TO:<bob@office.test>");
    match(await session.command("DATA"), /^354 /);
    await clock.advance(60_000);
    match(await session.command("Hello\r\n."), /^250 /);
    last.resolve(await session.reply());
  }, { clock, maxMs: 50_000 });
  match(await last.promise, /^421 4\.3\.2 /);
  equal([(await report).messages, (await report).complete, queue.messages.length], [1, false, 1]);
});

Deno.test("serveTurned() keeps nothing of a message that does not come to its end", async () => {
  const { report, queue } = await turned(async (session) => {
    await greeted(session);
    await session.command("MAIL FROM:<ann@world.example>");
    await session.command("RCPT TO:<bob@office.test>");
    await session.write("BDAT 100 LAST\r\nSubject: half");
  });
  equal(await report, { messages: 0, octets: 0, complete: false });
  strictEqual(queue.messages.length, 0);
});

Deno.test("serveTurned() throws the abort reason, and the connection is closed", async () => {
  const abort = new AbortController();
  const ended = Promise.withResolvers<void>();
  const { report } = await turned(async (session) => {
    await greeted(session);
    abort.abort(new Error("The call is broken off"));
    match(await session.reply(), /^421 /);
    await rejects(session.reply(), /connection ended/);
    ended.resolve();
  }, { signal: abort.signal });
  await rejects(report, /The call is broken off/);
  await ended.promise;
});

Deno.test("serveTurned() can be broken off after its time, in the middle of a message", async () => {
  const clock = new ManualClock();
  const abort = new AbortController();
  const { report, queue } = await turned(async (session) => {
    await greeted(session);
    await session.command("MAIL FROM:<ann@world.example>");
    await session.command("RCPT TO:<bob@office.test>");
    match(await session.command("DATA"), /^354 /);
    await clock.advance(60_000);
    abort.abort(new Error("The call is broken off"));
    await clock.advance(10_000);
    await rejects(session.reply(), /connection ended/);
  }, { clock, maxMs: 50_000, signal: abort.signal });
  await rejects(report, /The call is broken off/);
  strictEqual(queue.messages.length, 0);
});
