/** Messages in chunks (RFC 3030), beyond what a dialogue shows: large ones, slow ones, lost ones. */
import { match, ok, strictEqual } from "node:assert/strict";
import { octetsOf } from "../support/octet_text.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { startTestSmtpd, type TestSmtpd } from "../support/smtpd.ts";

/** A session with an envelope. */
async function begun(server: TestSmtpd): Promise<SmtpSession> {
  const session = await SmtpSession.open(server.port);
  await session.command("MAIL FROM:<a@b.test>");
  await session.command("RCPT TO:<bob@office.test>");
  return session;
}

async function chunk(session: SmtpSession, octets: Uint8Array, last = ""): Promise<string> {
  await session.write(`BDAT ${octets.length}${last}\r\n`);
  await session.write(octets);
  return await session.reply();
}

/** Every octet but LF, in lines; no two chunks alike. */
function anyOctets(length: number): Uint8Array {
  const octets = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 245 + 11);
  for (let i = 78; i + 1 < length; i += 80) octets.set([13, 10], i);
  octets.set(octetsOf("S: x\r\n\r\n"));
  octets.set([13, 10], length - 2);
  return octets;
}

Deno.test("smtpd passes every octet of a message in chunks on", async (t) => {
  const body = anyOctets(5_000_000);
  for (const size of [1_000, 65_536, 5_000_000]) {
    await t.step(`${size} octets a chunk`, async () => {
      await using server = await startTestSmtpd({ options: { maxMessageOctets: 10_000_000 } });
      using session = await begun(server);
      let at = 0;
      for (; at + size < body.length; at += size) {
        strictEqual(
          await chunk(session, body.subarray(at, at + size)),
          `250 Command BDAT ${size} octets received`,
        );
      }
      match(await chunk(session, body.subarray(at), " LAST"), /^250 Command DATA .* Q1$/);
      const got = server.queue.messages[0]!.body;
      strictEqual(got.length, body.length);
      ok(got.every((octet, at) => octet === body[at]), "the body has changed");
    });
  }
});

Deno.test("smtpd takes chunks octet by octet", async () => {
  await using server = await startTestSmtpd();
  using session = await begun(server);
  const body = "S: x\r\n\r\nQUIT\r\n.\r\n";
  const written = `BDAT ${body.length - 2}\r\n${body.slice(0, -2)}BDAT 2 LAST\r\n${body.slice(-2)}`;
  for (const octet of written) await session.write(octet);
  match(await session.reply(), /^250 Command BDAT/);
  match(await session.reply(), /^250 Command DATA/);
  strictEqual(new TextDecoder().decode(server.queue.messages[0]!.body), body);
});

Deno.test("smtpd keeps nothing of a message whose client is lost", async (t) => {
  const cases = [
    { name: "in a chunk", sent: "BDAT 1000\r\nS: x\r\n\r\nhalf" },
    { name: "in the last chunk", sent: "BDAT 1000 LAST\r\nS: x\r\n\r\nhalf" },
    { name: "between chunks", sent: "BDAT 8\r\nS: x\r\n\r\n" },
  ];
  for (const { name, sent } of cases) {
    await t.step(name, async () => {
      const server = await startTestSmtpd();
      const session = await begun(server);
      await session.write(sent);
      await server.queue.begun.promise;
      session[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
      strictEqual(server.queue.messages.length, 0);
      strictEqual(server.queue.unfinished, 1);
    });
  }
});

Deno.test("smtpd reads a chunk no faster than the queue writes", async () => {
  await using server = await startTestSmtpd({ options: { maxMessageOctets: 1e9 } });
  const disk = Promise.withResolvers<void>();
  server.queue.gate = disk.promise;
  using session = await begun(server);
  const header = "S: x\r\n\r\n";
  const [line, total] = [octetsOf(("x".repeat(998) + "\r\n").repeat(100)), 60_000_000];
  let written = 0;
  const writing = (async () => {
    await session.write(`BDAT ${header.length + total} LAST\r\n${header}`);
    for (; written < total; written += line.length) await session.write(line);
  })();
  await server.queue.begun.promise;
  using other = await SmtpSession.open(server.port);
  for (let i = 0; i < 90; i++) await other.command("NOOP"); // Time enough to read it all.
  ok(written < 40_000_000, `${written} octets went into a server that could not store them`);
  server.queue.gate = undefined;
  disk.resolve();
  await writing;
  match(await session.reply(), /^250 Command DATA/);
});

Deno.test("smtpd counts all chunks of a message against the limit", async () => {
  await using server = await startTestSmtpd();
  using session = await begun(server);
  const part = octetsOf(("y".repeat(98) + "\r\n").repeat(600));
  match(await chunk(session, part), /^250 Command BDAT 60000/);
  match(await chunk(session, part, " LAST"), /^552 5\.3\.4 Message larger than 100000 octets/);
  strictEqual(server.queue.messages.length, 0);
  ok(server.queue.octets <= 100_000);
  strictEqual((await session.send(["bob@office.test"], octetsOf("S: x\r\n"))).kind, "accepted");
});

Deno.test("smtpd answers 4xx when a message in chunks cannot be stored, and goes on", async () => {
  await using server = await startTestSmtpd();
  server.queue.failure = Object.assign(new Error("No space left"), { code: "ENOSPC" });
  using session = await begun(server);
  match(await chunk(session, octetsOf("S: x\r\n"), " LAST"), /^452 4\.3\.1 Not enough room/);
  server.queue.failure = undefined;
  strictEqual((await session.send(["bob@office.test"], octetsOf("S: x\r\n"))).kind, "accepted");
});

Deno.test("smtpd lets a message in chunks arrive while it stops", async () => {
  const server = await startTestSmtpd();
  using session = await begun(server);
  match(await chunk(session, octetsOf("S: x\r\n")), /^250/);
  const stopped = server[Symbol.asyncDispose]();
  match(await chunk(session, octetsOf("\r\nend\r\n"), " LAST"), /^250 Command DATA/);
  match(await session.reply(), /^421 4\.3\.2/);
  session[Symbol.dispose]();
  await stopped;
  strictEqual(server.queue.messages.length, 1);
});
