import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { diskFullError } from "../../support/faulty_files.ts";
import { LineConn } from "../../support/line_conn.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";
import { SmtpSession } from "../../support/smtp_session.ts";
import { startTestSmtpd, type TestSmtpd } from "../../support/smtpd.ts";

const MINUTE = 60_000;

/** Opens a session and a message in it, up to the 354. */
async function inData(server: TestSmtpd): Promise<SmtpSession> {
  const session = await SmtpSession.open(server.port);
  await session.command("MAIL FROM:<a@b.test>");
  await session.command("RCPT TO:<bob@office.test>");
  match(await session.command("DATA"), /^354/);
  return session;
}

/** All lines until the server closes. */
async function rest(conn: LineConn): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await conn.text(); line !== undefined; line = await conn.text()) lines.push(line);
  return lines;
}

Deno.test("smtpd says why a message cannot be stored, and goes on", async (t) => {
  const cases = [
    {
      failure: diskFullError(),
      want: "452 4.3.1 Not enough room to store the message, try again later",
    },
    {
      failure: new Error("Input/output error /var/spool/secret"),
      want: "451 4.3.0 Cannot store the message now, try again later",
    },
  ];
  for (const { failure, want } of cases) {
    await t.step(want, async () => {
      await using server = await startTestSmtpd();
      using session = await SmtpSession.open(server.port);
      server.queue.failure = failure;
      const message = octetsOf("S: x\r\n\r\n" + "y".repeat(50_000) + "\r\n");
      deepStrictEqual(await session.send(["bob@office.test"], message), {
        kind: "refused",
        reply: want,
      });
      server.queue.failure = undefined;
      strictEqual((await session.send(["bob@office.test"], message)).kind, "accepted");
      strictEqual(server.queue.messages.length, 1);
    });
  }
});

Deno.test("smtpd takes a message whole or not at all, wherever the client drops", async () => {
  const server = await startTestSmtpd();
  const upToEnd = "EHLO c\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<bob@office.test>\r\nDATA\r\n" +
    "S: x\r\n\r\n..dot\r\nlast\r\n.\r\n";
  const script = octetsOf(upToEnd + "QUIT\r\n");
  const acknowledged = await Promise.all(
    Array.from({ length: script.length + 1 }, async (_, cut) => {
      using conn = await server.connect();
      await conn.write(script.subarray(0, cut));
      await conn.closeWrite();
      const replies = await rest(new LineConn(conn)).catch(() => []);
      const taken = replies.some((line) => line.includes("Processed mail data Ok"));
      ok(!taken || cut >= upToEnd.length, `acknowledged after ${cut} octets`);
      return taken;
    }),
  );
  await server[Symbol.asyncDispose](); // Waits for every session to end.
  ok(acknowledged.filter(Boolean).length <= server.queue.messages.length);
  ok(server.queue.messages.length <= script.length + 1 - upToEnd.length);
  for (const { body } of server.queue.messages) {
    strictEqual(octetText(body), "S: x\r\n\r\n.dot\r\nlast\r\n");
  }
});

Deno.test("smtpd sends a silent client away", async () => {
  const clock = new ManualClock();
  await using server = await startTestSmtpd({ clock });
  using conn = await LineConn.open(server.port);
  await conn.text();
  await clock.advance(4 * MINUTE);
  await conn.write("NOOP\r\n");
  strictEqual(await conn.text(), "250 Command NOOP OK");
  await clock.advance(4 * MINUTE);
  strictEqual(server.smtpd.sessions, 1);
  await clock.advance(MINUTE + 5_000);
  match(
    (await rest(conn)).join(),
    /^421 4\.4\.2 office\.test Nothing came for too long[^,]*,[^,]*$/,
  );
  strictEqual(server.smtpd.sessions, 0);
});

Deno.test("smtpd sends away who trickles a message, and not who is on a slow line", async (t) => {
  const cases = [
    { name: "an octet a minute", octetsAMinute: 1, want: /^421 4\.4\.2/ },
    { name: "a modem's worst minute", octetsAMinute: 600, want: /^250/ },
  ];
  for (const { name, octetsAMinute, want } of cases) {
    await t.step(name, async () => {
      const clock = new ManualClock();
      let heard = Promise.withResolvers<void>();
      await using server = await startTestSmtpd({
        clock,
        dependencies: { onActivity: () => heard.resolve() },
      });
      using session = await inData(server);
      for (let minute = 0; minute < 6; minute++) {
        heard = Promise.withResolvers<void>();
        await session.write("x".repeat(octetsAMinute));
        await heard.promise;
        await clock.advance(MINUTE);
      }
      await session.write("\r\n.\r\n").catch(() => {}); // It may be closed already.
      match(await session.reply(), want);
    });
  }
});

Deno.test("smtpd waits for a slow disk as long as it takes", async () => {
  const clock = new ManualClock();
  await using server = await startTestSmtpd({ clock });
  const disk = Promise.withResolvers<void>();
  server.queue.gate = disk.promise;
  using session = await inData(server);
  await session.write("S: x\r\n\r\ny\r\n.\r\n");
  await server.queue.begun.promise;
  await clock.advance(20 * MINUTE);
  disk.resolve();
  match(await session.reply(), /^250/);
  match(await session.command("NOOP"), /^250/);
});

Deno.test("smtpd ends a line that does not end", async () => {
  await using server = await startTestSmtpd();
  using conn = await LineConn.open(server.port);
  await conn.text();
  await conn.write("x".repeat(100_000));
  match((await rest(conn)).join(), /^421 4\.5\.2 office\.test Command line too long/);
});

Deno.test("smtpd ends a session of garbage", async () => {
  await using server = await startTestSmtpd();
  using conn = await LineConn.open(server.port);
  await conn.text();
  await conn.write("\x00\xff FROB\r\n".repeat(10_000)).catch(() => {}); // It may be closed already.
  const lines = await rest(conn);
  ok(lines.length <= 10, `${lines.length} replies`);
  match(lines.at(-1)!, /^421 4\.7\.0/);
});

Deno.test("smtpd ends a session that guesses users", async () => {
  await using server = await startTestSmtpd();
  using conn = await LineConn.open(server.port);
  const guesses = Array.from({ length: 200 }, (_, i) => `RCPT TO:<u${i}@office.test>\r\n`).join("");
  await conn.write("HELO x\r\nMAIL FROM:<>\r\n" + guesses);
  const lines = await rest(conn);
  strictEqual(lines.filter((line) => line.startsWith("550 5.1.1")).length, 50);
  match(lines.at(-1)!, /^421 4\.7\.0/);
});

Deno.test("smtpd takes as many of 10,000 recipients as allowed, and their message", async () => {
  await using server = await startTestSmtpd();
  using conn = await LineConn.open(server.port);
  const recipients = Array.from({ length: 10_000 }, (_, i) => `RCPT TO:<u${i}@partner.test>\r\n`);
  const message = "DATA\r\nSubject: x\r\n\r\nx\r\n.\r\n";
  const writing = conn.write(`HELO x\r\nMAIL FROM:<>\r\n${recipients.join("")}${message}QUIT\r\n`);
  const lines = await rest(conn);
  await writing;
  strictEqual(lines.filter((line) => line === "250 Command RCPT OK").length, 5);
  strictEqual(lines.filter((line) => line.startsWith("452 4.5.3")).length, 9_995);
  deepStrictEqual(lines.slice(-3).map((line) => line.slice(0, 3)), ["354", "250", "221"]);
  strictEqual(server.queue.messages[0]?.envelope.recipients.length, 5);
});

Deno.test("smtpd does not answer RCPT for ever", async () => {
  await using server = await startTestSmtpd();
  using conn = await LineConn.open(server.port);
  const recipients = "RCPT TO:<u@partner.test>\r\n".repeat(30_000);
  const writing = conn.write(`HELO x\r\nMAIL FROM:<>\r\n${recipients}`);
  const lines = await rest(conn);
  await writing.catch(() => {}); // It may be closed before all is written.
  // 20,000 commands and two for each of 5 recipients; the greeting is one line more.
  strictEqual(lines.length, 20_012);
  match(lines.at(-1)!, /^421 4\.7\.0 office\.test Too many commands/);
});

Deno.test("smtpd does not carry out a command that was cut off", async () => {
  const asked: string[] = [];
  const server = await startTestSmtpd({
    dependencies: {
      onEtrn: ({ node }) => {
        asked.push(node);
        return { kind: "started" };
      },
    },
  });
  using conn = await server.connect();
  await conn.write(octetsOf("EHLO me.test\r\nETRN a.test\r\nETRN b.tes"));
  await conn.closeWrite();
  await rest(new LineConn(conn));
  await server[Symbol.asyncDispose]();
  deepStrictEqual(asked.filter((domain) => domain !== "a.test"), []);
});

Deno.test("a server that goes down lets the message at hand finish", async () => {
  const server = await startTestSmtpd({ clock: new ManualClock() });
  using busy = await inData(server);
  using idle = await SmtpSession.open(server.port);
  const down = server[Symbol.asyncDispose]();
  match(await idle.reply(), /^421 4\.3\.2 office\.test Service closing/);
  match(await busy.command("S: x\r\n\r\ny\r\n."), /^250/);
  match(await busy.reply(), /^421 4\.3\.2/);
  busy[Symbol.dispose]();
  idle[Symbol.dispose]();
  await down;
  strictEqual(server.queue.messages.length, 1);
  match(String(await server.connect().catch((error) => error)), /refused/i);
});

Deno.test("a server that goes down does not wait for ever", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const server = await startTestSmtpd({ clock, dependencies: { signal: stop.signal } });
  using busy = await inData(server);
  stop.abort();
  const down = server[Symbol.asyncDispose]();
  await clock.advance(10_000);
  await down;
  strictEqual(await busy.reply().catch(() => "cut off"), "cut off");
  strictEqual(server.queue.messages.length, 0);
  await server[Symbol.asyncDispose](); // A second time is harmless.
});
