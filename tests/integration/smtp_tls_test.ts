/** STARTTLS (RFC 3207) and TLS from the start (RFC 8314), with real handshakes. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { makeSelfSigned } from "../../src/app/self_signed.ts";
import { LineConn } from "../support/line_conn.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { connectFrom } from "../support/neighbour.ts";
import { octetsOf } from "../support/octet_text.ts";
import { installed, run } from "../support/peers.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { OPEN_POLICY, SMALL, startTestSmtpd, type TestSmtpd } from "../support/smtpd.ts";
import { connectTls, handshake, secureSession, startTls } from "../support/tls_conn.ts";
import { tlsPair } from "../support/tls_pair.ts";

async function startTlsSmtpd(
  options: Parameters<typeof startTestSmtpd>[0] = {},
): Promise<TestSmtpd> {
  const pair = await tlsPair();
  return await startTestSmtpd({
    ...options,
    dependencies: { tls: () => pair, ...options.dependencies },
  });
}

/** All lines of one reply. */
async function reply(conn: LineConn): Promise<string[]> {
  const lines: string[] = [];
  do lines.push(await conn.text() ?? "closed"); while (lines.at(-1)?.[3] === "-");
  return lines;
}

Deno.test("smtpd forgets what was said before STARTTLS, and offers other things behind it", async () => {
  await using server = await startTlsSmtpd();
  const raw = await server.connect();
  const plain = new LineConn(raw);
  await plain.text();
  await plain.write("EHLO before.test\r\n");
  const offered = await reply(plain);
  ok(offered.includes("250-STARTTLS"), offered.join());
  await plain.write("MAIL FROM:<a@b.test>\r\nSTARTTLS\r\n");
  strictEqual(await plain.text(), "250 Command MAIL OK");
  strictEqual(await plain.text(), "220 Command STARTTLS Ready to start TLS");
  using secure = await handshake(raw);
  for (const early of ["MAIL FROM:<a@b.test>", "RCPT TO:<bob@office.test>"]) {
    await secure.write(early + "\r\n");
    strictEqual(await secure.text(), "503 5.5.1 Send HELO or EHLO first");
  }
  await secure.write("EHLO after.test\r\n");
  const again = await reply(secure);
  match(again[0]!, /Hello after\.test/);
  ok(!again.includes("250-STARTTLS"), again.join());
  ok(again.includes("250-AUTH PLAIN LOGIN"), again.join());
  await secure.write("STARTTLS\r\n");
  strictEqual(await secure.text(), "503 5.5.1 TLS is in use already");
  await secure.write("MAIL FROM:<a@b.test>\r\n");
  strictEqual(await secure.text(), "250 Command MAIL OK");
});

Deno.test("smtpd says what is wrong with a STARTTLS", async () => {
  await using server = await startTlsSmtpd();
  using session = await SmtpSession.open(server.port);
  strictEqual(await session.command("STARTTLS now"), "501 5.5.4 STARTTLS takes no argument");
  await using without = await startTestSmtpd();
  using other = await SmtpSession.open(without.port);
  strictEqual(await other.command("STARTTLS"), "454 4.7.0 TLS is not available now");
  match(await other.command("NOOP"), /^250/);
});

Deno.test("smtpd never carries out what came in plain text behind STARTTLS", async (t) => {
  const injected = "EHLO evil.test\r\nMAIL FROM:<evil@x.test>\r\nRCPT TO:<bob@office.test>\r\n" +
    "DATA\r\nevil\r\n.\r\n";
  const cases = [
    { name: "whole commands", injected },
    { name: "many commands", injected: "NOOP\r\n".repeat(500) },
    { name: "the first half of a command", injected: "MAIL FROM:<evil@x.test>\r\nRCPT TO" },
    { name: "half a command", injected: "EHLO evil" },
  ];
  for (const { name, injected } of cases) {
    await t.step(name, async () => {
      await using server = await startTlsSmtpd();
      const raw = await server.connect();
      const plain = new LineConn(raw);
      await plain.text();
      await plain.write(`EHLO x\r\nSTARTTLS\r\n${injected}`);
      await reply(plain);
      strictEqual(await plain.text(), "220 Command STARTTLS Ready to start TLS");
      strictEqual(plain.waiting, 0);
      // Whether the handshake gets through such a mess or not: nothing of it is answered.
      using secure = await handshake(raw).catch(() => undefined);
      if (secure !== undefined) {
        await secure.write("RCPT TO:<bob@office.test>\r\nQUIT\r\n");
        strictEqual(await secure.text(), "503 5.5.1 Send HELO or EHLO first");
        match(await secure.text() ?? "", /^221 /);
        strictEqual(await secure.text(), undefined);
      }
      deepStrictEqual(server.queue.messages, []);
      using next = await secureSession(server.port);
      match(await next.command("NOOP"), /^250/);
    });
  }
});

Deno.test("smtpd makes TLS 200 times in a row, by either door", async () => {
  await using server = await startTlsSmtpd();
  await using implicit = await startTlsSmtpd({ door: "smtps" });
  for (let i = 0; i < 200; i++) {
    using session = await secureSession(server.port);
    match(await session.command("NOOP"), /^250 /);
    using other = await connectTls(implicit.port);
    match(await other.text() ?? "", /^220 /);
  }
});

Deno.test("smtpd takes a message over TLS, octet for octet, and says so", async () => {
  await using server = await startTlsSmtpd({ options: { maxMessageOctets: 10_000_000 } });
  using session = await secureSession(server.port);
  const body = octetsOf("S: x\r\n\r\n" + ("0123456789".repeat(7) + "\r\n").repeat(60_000));
  strictEqual((await session.send(["bob@office.test"], body)).kind, "accepted");
  const got = server.queue.messages[0]!.body;
  strictEqual(got.length, body.length);
  ok(got.every((octet, at) => octet === body[at]), "the body has changed");
});

Deno.test("smtps speaks TLS from the first octet", async () => {
  await using server = await startTlsSmtpd({ door: "smtps" });
  using conn = await connectTls(server.port);
  match(await conn.text() ?? "", /^220 office\.test DSMTP/);
  await conn.write("EHLO x\r\n");
  const offered = await reply(conn);
  strictEqual(offered[0], "250-office.test. Hello x (127.0.0.1)");
  ok(!offered.includes("250-STARTTLS"), offered.join());
  ok(offered.includes("250-AUTH PLAIN LOGIN"), offered.join());
  await conn.write("STARTTLS\r\n");
  strictEqual(await conn.text(), "503 5.5.1 TLS is in use already");
});

Deno.test("startSmtpd() makes no smtps without a certificate", async () => {
  await rejects(startTestSmtpd({ door: "smtps" }), /needs a certificate/);
});

Deno.test("smtpd stays up whatever becomes of a handshake", async (t) => {
  for (const door of ["smtp", "smtps"] as const) {
    await using server = await startTlsSmtpd({ door });
    const begun = async () => {
      const raw = await server.connect();
      const conn = new LineConn(raw);
      if (door === "smtp") {
        await conn.text();
        await conn.write("STARTTLS\r\n");
        await conn.text();
      }
      return { raw, conn };
    };
    await t.step(`${door}: garbage`, async () => {
      const { conn } = await begun();
      await conn.write("GET / HTTP/1.0\r\n\r\n".repeat(100));
      while (await conn.line().catch(() => undefined) !== undefined);
      conn.close();
    });
    await t.step(`${door}: the client leaves`, async () => (await begun()).conn.close());
    await t.step(`${door}: the client does not believe the certificate`, async () => {
      const { raw } = await begun();
      const tls = await Deno.startTls(raw, { hostname: "localhost" });
      await rejects(tls.handshake(), /certificate/i);
      tls.close();
    });
    await t.step(`${door}: the next client is served`, async () => {
      using conn = door === "smtp" ? await startTls(server.port) : await connectTls(server.port);
      if (door === "smtps") await conn.text();
      await conn.write("NOOP\r\n");
      strictEqual(await conn.text(), "250 Command NOOP OK");
    });
  }
});

Deno.test("smtps shakes hands with others while one address holds all it may", async (t) => {
  const cases = [
    { name: "more than it may", maxSessionsPerAddress: 5, max: 20 },
    { name: "all there are", maxSessionsPerAddress: 20, max: 20 },
  ];
  for (const { name, maxSessionsPerAddress, max } of cases) {
    await t.step(name, async () => {
      const policy = { ...OPEN_POLICY, maxSessionsPerAddress };
      await using server = await startTlsSmtpd({
        door: "smtps",
        options: { policy, maxSessions: max },
      });
      const silent: LineConn[] = [];
      for (let i = 0; i < 2 * max; i++) silent.push(await connectFrom("127.0.0.2", server.port));
      for (let i = 0; i < 3; i++) {
        using session = new SmtpSession(await connectTls(server.port));
        match(await session.command("NOOP"), /^220/);
      }
      for (const each of silent) each[Symbol.dispose]();
    });
  }
});

Deno.test("smtpd stops while a handshake is under way", async () => {
  const server = await startTlsSmtpd({ door: "smtps" });
  using conn = await server.connect();
  await conn.write(Uint8Array.of(0x16, 0x03, 0x01));
  await server[Symbol.asyncDispose]();
  strictEqual(server.smtpd.sessions, 0);
});

Deno.test("smtpd shows a new certificate from the next handshake on", async () => {
  const second = await makeSelfSigned({ names: ["new.test"], notBeforeMs: 0, notAfterMs: 4e12 });
  let now = await tlsPair();
  await using server = await startTestSmtpd({ dependencies: { tls: () => now } });
  using before = await secureSession(server.port);
  now = second;
  await rejects(secureSession(server.port), /certificate/i);
  match(await before.command("NOOP"), /^250/);
  now = await tlsPair();
  using _after = await secureSession(server.port);
});

Deno.test("smtpd keeps the options a session began with, behind STARTTLS too", async () => {
  let hostname = "old.test";
  await using server = await startTlsSmtpd({ live: () => ({ ...SMALL, hostname }) });
  const raw = await server.connect();
  const plain = new LineConn(raw);
  await plain.text();
  await plain.write("STARTTLS\r\n");
  await plain.text();
  hostname = "new.test";
  using secure = await handshake(raw);
  await secure.write("HELO x\r\n");
  match(await secure.text() ?? "", /^250 old\.test\./);
});

Deno.test({
  name: "smtpd speaks TLS 1.2 and 1.3 and nothing older",
  ignore: !installed("openssl"),
  async fn(t) {
    await using server = await startTlsSmtpd();
    await using implicit = await startTlsSmtpd({ door: "smtps" });
    const cases = [
      { version: "-tls1", works: false },
      { version: "-tls1_1", works: false },
      { version: "-tls1_2", works: true },
      { version: "-tls1_3", works: true },
    ];
    for (const { version, works } of cases) {
      for (
        const { port, words } of [
          { port: server.port, words: ["-starttls", "smtp"] },
          { port: implicit.port, words: [] },
        ]
      ) {
        await t.step([version, ...words].join(" "), async () => {
          const { stdout } = await run("openssl", [
            ...["s_client", "-connect", `127.0.0.1:${port}`, version, ...words],
            ...["-cipher", "DEFAULT:@SECLEVEL=0"],
          ], { stdin: "Q\n" });
          strictEqual(/^-----BEGIN CERTIFICATE-----$/m.test(stdout), works, stdout);
        });
      }
    }
  },
});

Deno.test("smtpd tells the line of every octet behind STARTTLS too", async () => {
  let told = 0;
  await using server = await startTlsSmtpd({ dependencies: { onActivity: () => void told++ } });
  using session = await secureSession(server.port);
  const before = told;
  await session.command("NOOP");
  ok(told > before);
});

Deno.test("smtpd does not wait for ever for a handshake", async () => {
  const clock = new ManualClock();
  await using server = await startTlsSmtpd({ clock, options: { idleTimeoutMs: 60_000 } });
  using conn = new LineConn(await server.connect());
  await conn.text();
  await conn.write("STARTTLS\r\n");
  match(await conn.text() ?? "", /^220/);
  await clock.advance(65_000);
  strictEqual(await conn.text(), undefined);
  using _next = await secureSession(server.port);
});
