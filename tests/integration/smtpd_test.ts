import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { parseWildcardList } from "../../src/formats/wildcard.ts";
import type { SmtpdOptions } from "../../src/servers/smtpd/mod.ts";
import { LineConn } from "../support/line_conn.ts";
import { octetsOf } from "../support/octet_text.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { OPEN_POLICY, SMALL, startTestSmtpd, type TestSmtpd } from "../support/smtpd.ts";

/** Opens a session and a message in it, up to the 354. */
async function inData(server: TestSmtpd): Promise<SmtpSession> {
  const session = await SmtpSession.open(server.port);
  await session.command("MAIL FROM:<a@b.test>");
  await session.command("RCPT TO:<bob@office.test>");
  match(await session.command("DATA"), /^354/);
  return session;
}

Deno.test("smtpd hands the envelope on as it was given", async () => {
  await using server = await startTestSmtpd();
  using session = await SmtpSession.open(server.port);
  await session.command("MAIL FROM:<Ann@XN--bcher-kva.test> RET=hdrs ENVID=a+2Bb SMTPUTF8");
  await session.command("RCPT TO:<BOB@office.test> NOTIFY=success,Delay ORCPT=rfc822;x+2By@z");
  await session.command("RCPT TO:<bob@old-name.test>");
  await session.command("DATA");
  match(await session.command("Subject: x\r\n\r\nbody\r\n."), /^250 .* Ok Q1$/);
  const [message] = server.queue.messages;
  deepStrictEqual(message?.envelope, {
    sender: "Ann@XN--bcher-kva.test",
    recipients: [
      { address: "BOB@office.test", notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;x+2By@z" },
      { address: "bob@old-name.test" },
    ],
    ret: "HDRS",
    envid: "a+2Bb",
    smtpUtf8: true,
  });
  deepStrictEqual(message.origin, { kind: "network", address: "127.0.0.1" });
  match(
    message.traceText,
    /^Received: from client\.example \(\[127\.0\.0\.1\]\)\r\n\tby office\.test with UTF8SMTP id Q1; /,
  );
});

Deno.test("smtpd starts each message with an empty envelope", async () => {
  await using server = await startTestSmtpd();
  using session = await SmtpSession.open(server.port);
  await session.command("MAIL FROM:<a@b.test> RET=FULL ENVID=1 SMTPUTF8");
  await session.command("RCPT TO:<bob@office.test> NOTIFY=NEVER");
  await session.command("RSET");
  strictEqual((await session.send(["bob@office.test"], octetsOf("x: y\r\n"))).kind, "accepted");
  deepStrictEqual(server.queue.messages[0]?.envelope, {
    sender: "ann@world.example",
    recipients: [{ address: "bob@office.test" }],
  });
});

Deno.test("smtpd keeps no parameter of a MAIL that was refused", async () => {
  const policy = { ...OPEN_POLICY, bannedSenders: parseWildcardList("*@spam.test") };
  await using server = await startTestSmtpd({ options: { policy } });
  using session = await SmtpSession.open(server.port);
  match(await session.command("MAIL FROM:<a@spam.test> RET=HDRS ENVID=1 SMTPUTF8"), /^550 5\.7\.1/);
  strictEqual((await session.send(["bob@office.test"], octetsOf("x: y\r\n"))).kind, "accepted");
  deepStrictEqual(server.queue.messages[0]?.envelope, {
    sender: "ann@world.example",
    recipients: [{ address: "bob@office.test" }],
  });
});

Deno.test("smtpd passes every octet of a body on", async (t) => {
  await using server = await startTestSmtpd({ options: { maxMessageOctets: 20_000_000 } });
  // Every octet but LF, in lines of 80; the multiplication makes no two lines alike for long.
  const many = Uint8Array.from({ length: 10_000_000 }, (_, i) => (i * 7 + (i >> 8)) % 245 + 11);
  for (let i = 78; i + 1 < many.length; i += 80) many.set([13, 10], i);
  many.set(octetsOf("S: x\r\n\r\n"));
  many.set([13, 10], many.length - 2);
  const cases: readonly { name: string; body: Uint8Array }[] = [
    { name: "dots", body: octetsOf(".\r\n..\r\n.x\r\n\r\n.\r\n....\r\nx.\r\n") },
    { name: "NUL and bare CR", body: octetsOf("S: x\r\n\r\n\0\0\r\0\r\r\n\r\n") },
    { name: "a line of 1 MB", body: octetsOf("S: x\r\n\r\n" + "l".repeat(1_000_000) + "\r\n") },
    { name: "nothing", body: octetsOf("") },
    { name: "10 MB", body: many },
  ];
  for (const { name, body } of cases) {
    await t.step(name, async () => {
      using session = await SmtpSession.open(server.port);
      strictEqual((await session.send(["bob@office.test"], body)).kind, "accepted");
      const got = server.queue.messages.at(-1)!.body;
      strictEqual(got.length, body.length);
      ok(got.every((octet, at) => octet === body[at]), "the body has changed");
    });
  }
});

Deno.test("smtpd reads no faster than the queue writes", async () => {
  await using server = await startTestSmtpd({ options: { maxMessageOctets: 1e9 } });
  const disk = Promise.withResolvers<void>();
  server.queue.gate = disk.promise;
  using slow = await inData(server);
  let written = 0;
  const writing = (async () => {
    const line = octetsOf(("x".repeat(998) + "\r\n").repeat(100));
    await slow.write("S: x\r\n\r\n");
    for (; written < 60_000_000; written += line.length) await slow.write(line);
  })();
  await server.queue.begun.promise;
  server.queue.gate = undefined;
  using other = await SmtpSession.open(server.port);
  const large = octetsOf("S: x\r\n\r\n" + ("y".repeat(998) + "\r\n").repeat(10_000));
  strictEqual((await other.send(["bob@office.test"], large)).kind, "accepted");
  ok(written < 40_000_000, `${written} octets went into a server that could not store them`);
  disk.resolve();
  await writing;
  match(await slow.command("\r\n."), /^250/);
});

Deno.test("smtpd ends a message at CRLF.CRLF and nowhere else", async (t) => {
  await using server = await startTestSmtpd();
  const smuggled = "MAIL FROM:<evil@x.test>\r\nRCPT TO:<bob@office.test>\r\nDATA\r\nevil";
  const refused = ["\n.\n", "\n.\r\n", "\r\n.\n", "\n.\r", "\r.\n", "\r\n\n.\r\n"]
    .concat(["\n\n.\n\n", "\n..\n", "\n..\r\n", "\r\n..\n"])
    .concat(["\r.\r", "\r.\r\n", "\r\n\r.\r\n"]);
  const kept = ["\r\n.\r", "\r\n.\r\r\n", "\r..\r", "\r. \r"]
    .concat(["\r\n\0.\r\n", "\r\n.\0\r\n", "\r\n. \r\n"]);
  const cases = [
    ...refused.map((end) => ({ end, reply: /^550 5\.6\.0 /, messages: 0 })),
    ...kept.map((end) => ({ end, reply: /^250/, messages: 1 })),
  ];
  for (const { end, reply, messages } of cases) {
    for (const octetByOctet of [false, true]) {
      await t.step(`${JSON.stringify(end)}${octetByOctet ? " octet by octet" : ""}`, async () => {
        const before = server.queue.messages.length;
        using session = await inData(server);
        const body = `x${end}${smuggled}\r\n.\r\n`;
        for (const part of octetByOctet ? body : [body]) await session.write(part);
        match(await session.reply(), reply);
        match(await session.command("NOOP"), /^250 Command NOOP OK$/);
        strictEqual(server.queue.messages.length - before, messages);
        ok(server.queue.messages.every(({ envelope }) => envelope.sender !== "evil@x.test"));
      });
    }
  }
});

Deno.test("smtpd refuses what is too large, keeps nothing of it and goes on", async () => {
  await using server = await startTestSmtpd();
  using session = await SmtpSession.open(server.port);
  const tooLarge = octetsOf("S: x\r\n\r\n" + "y".repeat(150_000) + "\r\n");
  match(
    (await session.send(["bob@office.test"], tooLarge) as { reply: string }).reply,
    /^552 5\.3\.4/,
  );
  strictEqual(server.queue.messages.length, 0);
  ok(server.queue.octets <= 100_000);
  strictEqual((await session.send(["bob@office.test"], octetsOf("S: x\r\n"))).kind, "accepted");
});

Deno.test("smtpd cuts a client off that does not stop sending", async () => {
  await using server = await startTestSmtpd();
  using session = await inData(server);
  const line = octetsOf(("x".repeat(998) + "\r\n").repeat(1000));
  let answered = false;
  const reply = session.reply().finally(() => answered = true);
  while (!answered) await session.write(line);
  match(await reply, /^552 5\.3\.4/);
  await rejects(session.reply(), /The connection ended/);
  strictEqual(server.queue.messages.length, 0);
});

Deno.test("smtpd refuses a header that is too large, and a message that goes in a circle", async (t) => {
  await using server = await startTestSmtpd({ options: { maxMessageOctets: 1_000_000 } });
  const hops = (count: number) => "Received: from a by b\r\n".repeat(count) + "\r\nbody\r\n";
  const cases = [
    { name: "30 hops", message: hops(30), want: /^250/ },
    { name: "31 hops", message: hops(31), want: /^554 5\.4\.6 Too many Received/ },
    { name: "header of 300 kB", message: "X: y\r\n".repeat(50_000), want: /^552 5\.3\.4/ },
    { name: "body of 300 kB", message: "\r\n" + "X: y\r\n".repeat(50_000), want: /^250/ },
  ];
  for (const { name, message, want } of cases) {
    await t.step(name, async () => {
      using session = await SmtpSession.open(server.port);
      const result = await session.send(["bob@office.test"], octetsOf(message));
      match((result as { reply: string }).reply, want);
      match(await session.command("NOOP"), /^250/);
    });
  }
});

Deno.test("smtpd keeps the options a session began with", async () => {
  let hostname = "old.test";
  const options = (): SmtpdOptions => ({ ...SMALL, hostname });
  await using server = await startTestSmtpd({ live: options });
  using session = await SmtpSession.open(server.port);
  hostname = "new.test";
  match(await session.command("HELO x"), /^250 old\.test\./);
  using later = await SmtpSession.open(server.port);
  match(await later.command("HELO x"), /^250 new\.test\./);
});

Deno.test("smtpd tells the line of every octet from a client", async () => {
  const seen: string[] = [];
  await using server = await startTestSmtpd({
    dependencies: { onActivity: (address) => void seen.push(address) },
  });
  using session = await SmtpSession.open(server.port);
  const before = seen.length;
  ok(before > 0);
  await session.command("NOOP");
  ok(seen.length > before);
  deepStrictEqual([...new Set(seen)], ["127.0.0.1"]);
});

Deno.test("smtpd asks for the delivery of a domain (ETRN)", async (t) => {
  const asked: string[] = [];
  await using server = await startTestSmtpd({
    dependencies: {
      onEtrn({ node, below }) {
        asked.push(below ? `below ${node}` : node);
        if (node === "broken.test") throw new Error("disk");
        return { kind: "started" };
      },
    },
  });
  using session = await SmtpSession.open(server.port);
  const cases = [
    { line: "ETRN Branch.test", reply: "250 OK, queuing for node branch.test started" },
    { line: "etrn @branch.test", reply: "250 OK, queuing for node @branch.test started" },
    { line: "ETRN broken.test", reply: "458 4.3.0 Unable to queue messages for node broken.test" },
    { line: "ETRN a b", reply: "500 5.5.2 Expected ETRN and one domain" },
    {
      line: "ETRN <script>",
      reply: "501 5.5.4 Expected a whole domain, as in branch.example or @branch.example",
    },
    { line: "NOOP", reply: "250 Command NOOP OK" },
  ];
  for (const { line, reply } of cases) {
    await t.step(line, async () => strictEqual(await session.command(line), reply));
  }
  deepStrictEqual(asked, ["branch.test", "below branch.test", "broken.test"]);
});

Deno.test("smtpd serves 200 clients at the same time", async () => {
  await using server = await startTestSmtpd();
  const sessions = await Promise.all(
    Array.from({ length: 200 }, () => SmtpSession.open(server.port)),
  );
  strictEqual(server.smtpd.sessions, 200);
  const results = await Promise.all(
    sessions.map((session) => session.send(["bob@office.test"], octetsOf("S: x\r\n\r\ny\r\n"))),
  );
  deepStrictEqual([...new Set(results.map(({ kind }) => kind))], ["accepted"]);
  strictEqual(server.queue.messages.length, 200);
  for (const session of sessions) session[Symbol.dispose]();
});

Deno.test("smtpd turns away one session too many, until another ends", async () => {
  await using server = await startTestSmtpd({ options: { maxSessions: 2 } });
  using first = await SmtpSession.open(server.port);
  using _second = await SmtpSession.open(server.port);
  using third = await LineConn.open(server.port);
  match(await third.text() ?? "", /^421 4\.3\.2 office\.test Too many connections/);
  strictEqual(await third.text(), undefined);
  await first.command("QUIT");
  using fourth = await SmtpSession.open(server.port);
  match(await fourth.command("NOOP"), /^250/);
});

Deno.test("startSmtpd() fails, and leaves nothing open, when a port is taken", async () => {
  await using server = await startTestSmtpd();
  const taken = { host: "127.0.0.1", port: server.port };
  const start = startTestSmtpd({ listen: [{ host: "127.0.0.1", port: 0 }, taken] });
  match(String(await start.catch((error) => error)), /EADDRINUSE|in use/i);
});
