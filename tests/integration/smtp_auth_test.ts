/** AUTH (RFC 4954): who gets in, who does not, and what is known of whoever did. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { FakeAccounts } from "../support/fake_accounts.ts";
import { LineConn } from "../support/line_conn.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { connectFrom } from "../support/neighbour.ts";
import { octetsOf } from "../support/octet_text.ts";
import { RememberingLog } from "../support/remembering_log.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { startTestSmtpd } from "../support/smtpd.ts";
import { secureSession } from "../support/tls_conn.ts";
import { tlsPair } from "../support/tls_pair.ts";

/** Not this machine, as far as the server can tell. */
const STRANGER = "127.0.0.2";

const PLAIN = `AUTH PLAIN ${btoa("\0bob\0secret")}`;
const WRONG = `AUTH PLAIN ${btoa("\0bob\0guess")}`;

Deno.test("smtpd knows who logged in, and hands it on with the message", async () => {
  const pair = await tlsPair();
  await using server = await startTestSmtpd({ dependencies: { tls: () => pair } });
  using session = await secureSession(server.port);
  strictEqual(await session.command(PLAIN), "235 2.7.0 Command AUTH OK");
  strictEqual((await session.send(["bob@office.test"], octetsOf("S: x\r\n"))).kind, "accepted");
  const [message] = server.queue.messages;
  deepStrictEqual(message?.origin, { kind: "network", address: "127.0.0.1", user: "bob" });
  deepStrictEqual(server.smtpd.channels().map(({ user, secure }) => ({ user, secure })), [
    { user: "bob", secure: true },
  ]);
});

Deno.test("smtpd forgets a login at STARTTLS, and not at EHLO or RSET", async () => {
  const pair = await tlsPair();
  await using server = await startTestSmtpd({ dependencies: { tls: () => pair } });
  using session = await SmtpSession.open(server.port);
  strictEqual(await session.command(PLAIN), "235 2.7.0 Command AUTH OK");
  await session.command("RSET");
  await session.command("EHLO again.test");
  strictEqual(await session.command(PLAIN), "503 5.5.1 Logged in already");
  using secure = await secureSession(server.port);
  strictEqual(await secure.command(PLAIN), "235 2.7.0 Command AUTH OK");
});

Deno.test("smtpd says no to a wrong password, late, and to a right one while accounts are away", async () => {
  const clock = new ManualClock();
  const accounts = new FakeAccounts({ bob: "secret" });
  const log = new RememberingLog();
  await using server = await startTestSmtpd({ clock, dependencies: { accounts, log } });
  using session = await SmtpSession.open(server.port);
  const wrong = session.command(WRONG);
  while (clock.sleeping < 2) await settle(); // The idle check, and the answer that waits.
  await clock.advance(1000);
  strictEqual(await wrong, "535 5.7.8 User name or password is wrong");
  accounts.unavailable = "Disk asleep";
  strictEqual(
    await session.command(PLAIN),
    "454 4.7.0 Cannot check passwords now, try again later",
  );
  accounts.unavailable = undefined;
  strictEqual(await session.command(PLAIN), "235 2.7.0 Command AUTH OK");
  deepStrictEqual(accounts.checks, [
    "bob guess 127.0.0.1",
    "bob secret 127.0.0.1",
    "bob secret 127.0.0.1",
  ]);
  const logged = JSON.stringify(log.entries);
  ok(!/secret|guess/.test(logged) && !logged.includes(btoa("\0bob\0secret")), logged);
});

Deno.test("smtpd bounds what is said in a login", async () => {
  await using server = await startTestSmtpd();
  using session = await SmtpSession.open(server.port);
  const long = "A".repeat(2052);
  strictEqual(await session.command(`AUTH PLAIN ${long}`), "500 5.5.6 Response too long");
  strictEqual(await session.command("AUTH LOGIN"), "334 VXNlcm5hbWU6");
  strictEqual(await session.command(long), "500 5.5.6 Response too long");
  match(await session.command("A".repeat(5000)), /^421 4\.5\.2 .*Command line too long/);
});

Deno.test("smtpd takes no password of a stranger in plain text", async () => {
  const pair = await tlsPair();
  await using server = await startTestSmtpd({ dependencies: { tls: () => pair } });
  using conn = await connectFrom(STRANGER, server.port);
  await conn.text();
  await conn.write("EHLO x\r\n");
  const offered: string[] = [];
  do offered.push(await conn.text() ?? ""); while (offered.at(-1)?.[3] === "-");
  ok(!offered.some((line) => line.includes("AUTH")), offered.join());
  await conn.write(`${PLAIN}\r\n`);
  strictEqual(
    await conn.text(),
    "538 5.7.11 Passwords are taken over TLS only, send STARTTLS first",
  );
});

Deno.test("smtpd lets strangers wait for the greeting, and sends away who does not", async () => {
  const clock = new ManualClock();
  await using server = await startTestSmtpd({ clock, options: { greetDelayMs: 5000 } });
  using friend = await LineConn.open(server.port);
  match(await friend.text() ?? "", /^220 /);

  const idle = clock.sleeping;
  using hasty = await connectFrom(STRANGER, server.port);
  await hasty.write("EHLO x\r\n");
  match(await hasty.text() ?? "", /^421 4\.5\.1 office\.test Wait for the greeting/);
  strictEqual(await hasty.text(), undefined);

  using patient = await connectFrom(STRANGER, server.port);
  const greeting = patient.text();
  while (clock.sleeping <= idle) await settle();
  await clock.advance(5000);
  match(await greeting ?? "", /^220 office\.test/);
});

Deno.test("smtpd stops while a stranger waits for the greeting", async () => {
  const clock = new ManualClock();
  const server = await startTestSmtpd({ clock, options: { greetDelayMs: 5000 } });
  using conn = await connectFrom(STRANGER, server.port);
  while (server.smtpd.sessions === 0) await settle();
  const stopped = server[Symbol.asyncDispose]();
  match(await conn.text() ?? "", /^421 4\.3\.2/);
  conn.close();
  await stopped;
});
