import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { guardWith } from "../../support/guards.ts";
import { LineConn } from "../../support/line_conn.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { connectFrom } from "../../support/neighbour.ts";
import { octetsOf } from "../../support/octet_text.ts";
import { SmtpSession } from "../../support/smtp_session.ts";
import { OPEN_POLICY, startTestSmtpd, type TestSmtpd } from "../../support/smtpd.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const RULE = { failures: 20, withinMs: 10 * MINUTE, banMs: 60 * MINUTE };

/** A server that tells when an octet of a client has come. */
async function listeningServer(clock: ManualClock) {
  let heard = Promise.withResolvers<void>();
  const server = await startTestSmtpd({
    clock,
    dependencies: { onActivity: () => heard.resolve() },
  });
  return {
    server,
    /** Writes, and lets a second pass once the server has got it; false if it has hung up. */
    async trickle(session: SmtpSession, octet: string): Promise<boolean> {
      heard = Promise.withResolvers();
      const sent = await session.write(octet).then(() => true, () => false);
      if (!sent || server.smtpd.sessions === 0) return false;
      await heard.promise;
      await clock.advance(SECOND);
      return true;
    },
  };
}

/** All lines until the server closes. */
async function rest(conn: LineConn): Promise<string[]> {
  const lines: string[] = [];
  const next = () => conn.text().catch(() => undefined); // Hung up with octets of ours unread.
  for (let line = await next(); line !== undefined; line = await next()) lines.push(line);
  return lines;
}

async function stillServes(server: TestSmtpd): Promise<void> {
  using session = await SmtpSession.open(server.port);
  strictEqual((await session.send(["bob@office.test"], octetsOf("S: x\r\n"))).kind, "accepted");
}

Deno.test("a command that comes at an octet a second ends after smtp_timeout", async () => {
  const clock = new ManualClock();
  const { server, trickle } = await listeningServer(clock);
  await using _server = server;
  using session = await SmtpSession.open(server.port);
  let seconds = 0;
  while (seconds < 1000 && await trickle(session, "x")) seconds++;
  ok(seconds >= 300 && seconds <= 306, `ended after ${seconds} s`);
  match(await session.reply(), /^421 4\.4\.2 office\.test Nothing came for too long/);
});

Deno.test("a message that comes at an octet a second ends soon after smtp_timeout", async () => {
  const clock = new ManualClock();
  const { server, trickle } = await listeningServer(clock);
  await using _server = server;
  using session = await SmtpSession.open(server.port);
  await session.command("MAIL FROM:<>");
  await session.command("RCPT TO:<bob@office.test>");
  await session.command("DATA");
  let seconds = 0;
  while (seconds < 1000 && await trickle(session, "x")) seconds++;
  ok(seconds >= 300 && seconds <= 312, `ended after ${seconds} s`);
  match(await session.reply(), /^421 4\.4\.2 office\.test The message comes too slowly/);
  strictEqual(server.queue.messages.length, 0);
});

Deno.test("a session that only keeps itself alive ends after an hour", async () => {
  const clock = new ManualClock();
  await using server = await startTestSmtpd({ clock });
  using session = await SmtpSession.open(server.port);
  let minutes = 0;
  let reply = "";
  while (minutes < 200 && !reply.startsWith("421")) {
    reply = await session.command("NOOP");
    await clock.advance(MINUTE);
    minutes++;
  }
  match(reply, /^421 4\.4\.2 office\.test The session takes too long/);
  ok(minutes >= 60 && minutes <= 63, `ended after ${minutes} minutes`);
});

Deno.test("floods of commands and garbage from many sessions leave the server up", async (t) => {
  const floods = [
    { name: "NOOP", octets: "NOOP\r\n".repeat(20_000), last: /^421 4\.7\.0/ },
    { name: "RSET", octets: "RSET\r\n".repeat(20_000), last: /^421 4\.7\.0/ },
    { name: "HELO", octets: "HELO x\r\n".repeat(20_000), last: /^421 4\.7\.0/ },
    { name: "VRFY", octets: "VRFY bob\r\n".repeat(20_000), last: /^421 4\.7\.0/ },
    { name: "MAIL", octets: "HELO x\r\n" + "MAIL FROM:<>\r\nRSET\r\n".repeat(9000), last: /^421/ },
    { name: "garbage", octets: "\0\x80\xff\x1b[2J\r\n".repeat(20_000), last: /^421 4\.7\.0/ },
    { name: "one line", octets: "x".repeat(200_000), last: /^421 4\.5\.2/ },
    { name: "bare LF", octets: "NOOP\n".repeat(20_000), last: /^421/ },
  ];
  for (const { name, octets, last } of floods) {
    await t.step(name, async () => {
      await using server = await startTestSmtpd();
      const clients = Array.from({ length: 20 }, async () => {
        using conn = await LineConn.open(server.port);
        const writing = conn.write(octets).catch(() => {}); // The server does not read it all.
        const lines = await rest(conn);
        await writing;
        return lines;
      });
      for (const lines of await Promise.all(clients)) {
        ok(lines.length <= 1100, `${lines.length} replies`);
        if (lines.length > 1) match(lines.at(-1)!, last); // Else the end was lost with the connection.
      }
      await stillServes(server);
    });
  }
});

Deno.test("whoever floods is banned, and others are served meanwhile", async () => {
  const clock = new ManualClock();
  const guard = guardWith({ banRule: RULE }, { clock });
  await using server = await startTestSmtpd({ clock, dependencies: { guard } });
  const first: string[] = [];
  for (let i = 0; i < 6; i++) {
    using conn = await connectFrom("127.0.0.2", server.port);
    first.push((await conn.text() ?? "").slice(0, 9));
    await conn.write("FROB\r\n".repeat(100)).catch(() => {}); // It may be closed already.
    await rest(conn);
    await stillServes(server);
  }
  deepStrictEqual(first.map((line) => line.slice(0, 3)), [
    "220",
    "220",
    "220",
    "220",
    "421",
    "421",
  ]);
  await clock.advance(60 * MINUTE);
  using later = await connectFrom("127.0.0.2", server.port);
  match(await later.text() ?? "", /^220/);
});

Deno.test("refused clients that do not leave take no room from others", async () => {
  await using server = await startTestSmtpd({
    options: { maxSessions: 10, policy: { ...OPEN_POLICY, maxSessionsPerAddress: 2 } },
  });
  const greedy: LineConn[] = [];
  const first: string[] = [];
  for (let i = 0; i < 60; i++) {
    const conn = await connectFrom("127.0.0.2", server.port);
    greedy.push(conn);
    first.push((await conn.text() ?? "closed").slice(0, 3)); // And stays.
  }
  deepStrictEqual(first, ["220", "220", ...Array(58).fill("421")]);
  strictEqual(server.smtpd.sessions, 2);
  ok(server.smtpd.channels().length <= 8, `${server.smtpd.channels().length} connections`);
  await stillServes(server);
  for (const conn of greedy) conn.close();
});

Deno.test("channels() tells what every session is about", async () => {
  const clock = new ManualClock();
  await using server = await startTestSmtpd({ clock });
  using idle = await SmtpSession.open(server.port);
  await clock.advance(90 * SECOND);
  using busy = await SmtpSession.open(server.port);
  await busy.send(["bob@office.test"], octetsOf("S: x\r\n"));
  for (const line of ["MAIL FROM:<ann@x.test>", "RCPT TO:<bob@office.test>", "DATA"]) {
    await busy.command(line);
  }
  const usual = {
    address: "127.0.0.1",
    name: "client.example",
    door: "smtp",
    secure: false,
    user: undefined,
  };
  deepStrictEqual(server.smtpd.channels(), [
    {
      ...usual,
      id: 1,
      state: "waits for a command",
      seconds: 90,
      accepted: 0,
      sender: undefined,
    },
    {
      ...usual,
      id: 2,
      state: "receives a message",
      seconds: 0,
      accepted: 1,
      sender: "ann@x.test",
    },
  ]);
  await idle.command("QUIT");
  strictEqual(server.smtpd.sessions, 1);
});
