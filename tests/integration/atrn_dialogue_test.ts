import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { VERSION } from "../../src/app/version.ts";
import { hmacMd5 } from "../../src/platform/mod.ts";
import { type ApplianceHere, applianceHere } from "../support/appliance_here.ts";
import { atrnBranch, atrnHub, call, nothingQueued, sendTo, takeMail } from "../support/atrn.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { connectFrom } from "../support/neighbour.ts";
import { serveScript } from "../support/scripted_server.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";
import { connectTls, secureSession } from "../support/tls_conn.ts";
import { tlsPair } from "../support/tls_pair.ts";
import { play } from "../support/transcript.ts";

const HELLO = "Subject: hello\r\n\r\nHello\r\n";

/** AUTH PLAIN for a user whose password is its name. */
function plain(user: string): string {
  return `AUTH PLAIN ${btoa(`\0${user}\0${user}`)}`;
}

Deno.test("the hub answers as recorded, before and after it has turned round", async () => {
  await using hub = await applianceHere(
    "host_domain hub.example",
    "odmr_port 0",
    "relay_to example.org",
    "suspend_domain *.org",
    "suspend_domain example.com",
    "atrn_domain example.org example,other",
    "atrn_domain Example.COM example secret",
  );
  await hub.addUsers("example");
  using sending = await SmtpSession.open(hub.port("smtp"));
  const from = "Lester.Tester@dot.foo.bar";
  const message = octetsOf("Subject: hello\r\n\r\n.Hello\r\n");
  strictEqual((await sending.send(["l.eva.msg@example.org"], message, from)).kind, "accepted");

  const script = await Deno.readTextFile(new URL("../golden/atrn/hub.smtp", import.meta.url));
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: hub.port("odmr") });
  await play(script, conn, { version: VERSION });
  await nothingQueued(hub);
});

Deno.test("a branch is a server on the connection that it has made", async () => {
  await using provider = serveScript(`
S: 220 EXAMPLE.NET on-demand mail relay server ready
C: EHLO branch.example
S: 250-EXAMPLE.NET
S: 250-AUTH PLAIN
S: 250 ATRN
C: ${plain("branch")}
S: 235 now authenticated as branch
C: ATRN branch.example
S: 250 OK now reversing the connection
C: 220 branch ready
S: EHLO EXAMPLE.NET
C: 250-branch.example. Hello example.net (127.0.0.1)
C: 250-PIPELINING
C: 250-SIZE 20971520
C: 250-8BITMIME
C: 250-ENHANCEDSTATUSCODES
C: 250-SMTPUTF8
C: 250-CHUNKING
C: 250-ETRN
C: 250-DSN
C: 250 HELP
S: AUTH PLAIN AGV2ZQBldmU=
C: 538 5.7.11 Passwords are taken over TLS only, send STARTTLS first
S: STARTTLS
C: 454 4.7.0 TLS is not available now
S: ATRN
C: 502 5.5.1 Command not implemented
S: MAIL FROM:<Lester.Tester@dot.foo.bar>
C: 250 Command MAIL OK
S: RCPT TO:<eve@branch.example>
C: 250 Command RCPT User found OK
S: RCPT TO:<x@partner.example>
C: 550 5.7.1 Relaying is not permitted
S: RCPT TO:<x%partner.example@branch.example>
C: 550 5.1.1 No such user here
S: RCPT TO:<nobody@branch.example>
C: 550 5.1.1 No such user here
S: DATA
C: 354 Command DATA Start mail input; end with <CRLF>.<CRLF>
S: Subject: hello
S: .
C~ 250 Command DATA Processed mail data Ok
S: QUIT
C: 221 Command QUIT branch.example Service closing transmission channel to example.net
S!
`);
  await using branch = await atrnBranch(
    provider.port,
    "gateway_tls * none",
    "smtp_welcome branch ready",
    "max_message_size 20MB",
    "relay_to partner.example",
    "forward_from_ip *",
    "forward_from *",
    "ban_ip *",
    "fromip_max 1",
    "smtp_greet_delay 60",
  );
  const report = await call(branch);
  equal([await provider.problems(), report.ok, report.etrn[0]?.messages], [[], true, 1]);
});

Deno.test("ATRN is known only where somebody may use it", async (t) => {
  const dialogue = async (
    office: ApplianceHere,
    ...steps: readonly (readonly [string, RegExp])[]
  ) => {
    using session = await SmtpSession.open(office.port("smtp"));
    for (const [command, want] of steps) match(await session.command(command), want, command);
  };
  await t.step("no line names anybody", async () => {
    await using office = await applianceHere();
    await dialogue(office, ["ATRN", /^502 5\.5\.1 /]);
  });
  await using hub = await atrnHub();
  await hub.addUsers("nobody");
  await t.step(
    "who is named nowhere",
    () =>
      dialogue(hub, [plain("nobody"), /^235 /], [
        "ATRN",
        /^450 .*nobody does not get .* any domain$/,
      ]),
  );
  await t.step("in a transaction", () =>
    dialogue(
      hub,
      [plain("branch"), /^235 /],
      ["MAIL FROM:<ann@hub.example>", /^250 /],
      ["ATRN", /^503 5\.5\.1 Not while/],
      ["RSET", /^250 /],
      ["ATRN", /^453 /],
    ));
  await sendTo(hub, ["eve@branch.example"], HELLO);
  await t.step("outgoing mail is suspended", async () => {
    const { queue, outgoing } = hub.appliance.core;
    await outgoing.suspend(queue);
    await dialogue(hub, [plain("branch"), /^235 /], [
      "ATRN",
      /^451 4\.3\.0 Unable to process ATRN/,
    ]);
    await outgoing.resume(queue);
  });
  await t.step("another session has it; it shows as what it is", async () => {
    using first = await SmtpSession.open(hub.port("smtp"));
    match(await first.command(plain("branch")), /^235 /);
    match(await first.command("ATRN"), /^250 OK now reversing/);
    await dialogue(hub, [plain("branch"), /^235 /], ["ATRN", /^450 .*over another connection$/]);
    const [channel] = hub.appliance.channels();
    equal([channel?.user, channel?.state], ["branch", "gets its mail by ATRN"]);
  });
  await t.step("one that goes away leaves the mail where it was", async () => {
    await eventually("the hub has noticed", () => !hub.appliance.core.turned.isOpen);
    const [entry] = await Array.fromAsync(hub.appliance.core.queue.list());
    equal(entry?.pending[0]?.attempts, 0);
    equal([entry?.pending[0]?.waitsForEtrn, entry?.pending[0]?.goesByAtrn], [true, true]);
  });
});

Deno.test("mail that comes in meanwhile goes down too, and what is sent elsewhere does not", async () => {
  await using hub = await atrnHub("relay_to *.branch.example", "suspend_domain *.branch.example");
  await sendTo(hub, ["eve@branch.example", "eve@north.branch.example"], HELLO);
  using session = await SmtpSession.open(hub.port("odmr"));
  match(await session.command(plain("branch")), /^235 /);
  match(await session.command("ATRN"), /^250 /);
  match(await session.command("220 branch.example ready"), /^EHLO hub\.example$/);
  match(await session.command("250 branch.example"), /^MAIL FROM:<ann@world\.example>$/);
  await sendTo(hub, ["bob@branch.example"], "Subject: late\r\n\r\nHello\r\n");
  match(await session.command("250 ok"), /^RCPT TO:<eve@branch\.example>$/);
  match(await session.command("250 ok"), /^DATA$/);
  await session.write("354 go on\r\n");
  await until(session, ".");
  match(await session.command("250 ok"), /^MAIL FROM:/);
  match(await session.command("250 ok"), /^RCPT TO:<bob@branch\.example>$/);
  match(await session.command("250 ok"), /^DATA$/);
  await session.write("354 go on\r\n");
  await until(session, ".");
  match(await session.command("250 ok"), /^QUIT$/);
  await session.write("221 bye\r\n");
  const { queue } = hub.appliance.core;
  const left = await eventually("one is left", async () => {
    const entries = await Array.fromAsync(queue.list());
    return entries.length === 1 && entries;
  });
  equal(left[0]?.pending.map(({ address }) => address), ["eve@north.branch.example"]);
});

/** Reads lines until one is `last`. */
async function until(session: SmtpSession, last: string): Promise<void> {
  while (await session.reply() !== last);
}

Deno.test("a hub that goes down ends a session between two messages", async () => {
  const hub = await atrnHub();
  await sendTo(hub, ["eve@branch.example"], HELLO);
  await sendTo(hub, ["eve@branch.example"], HELLO);
  using session = await SmtpSession.open(hub.port("odmr"));
  await session.command(plain("branch"));
  await session.command("ATRN branch.example");
  await session.command("220 branch.example ready");
  match(await session.command("250 branch.example"), /^MAIL /);
  await session.command("250 ok");
  await session.command("250 ok");
  const down = hub[Symbol.asyncDispose]();
  await session.write("354 go on\r\n");
  await until(session, ".");
  match(await session.command("250 ok"), /^QUIT$/);
  await session.write("221 bye\r\n");
  await down;
});

Deno.test("a branch of today gets its mail from a hub with CRAM-MD5 and a hub without TLS", async () => {
  await using hub = await atrnHub("atrn_domain other.example branch secret");
  await using branch = await atrnBranch(hub.port("odmr"), "gateway_tls * none");
  await sendTo(hub, ["eve@branch.example"], HELLO);
  strictEqual((await call(branch)).etrn[0]?.messages, 1);
  await nothingQueued(branch);
  const [mail] = await takeMail(branch, "eve");
  match(octetText(mail!), /\tby branch\.example with ESMTP id /);
});

Deno.test("CRAM-MD5 is offered at the port for ATRN alone, and needs no TLS there", async () => {
  await using hub = await applianceHere(
    "host_domain hub.example",
    "odmr_port 0",
    "ban_auto 2 10 10",
    "relay_to branch.example",
    "suspend_domain branch.example",
    'atrn_domain branch.example branch "a secret"',
  );
  const stranger = (door: "odmr" | "smtp") => client("127.0.0.2", door);
  const client = async (address: string, door: "odmr" | "smtp") => {
    const conn = await connectFrom(address, hub.port(door));
    match(await conn.text() ?? "", /^220 /);
    await conn.write("EHLO branch.example\r\n");
    const offers: string[] = [];
    do offers.push(await conn.text() ?? ""); while (offers.at(-1)?.startsWith("250-"));
    return { session: new SmtpSession(conn), offers: offers.slice(1).map((line) => line.slice(4)) };
  };
  const login = async (session: SmtpSession, secret: string) => {
    const asked = (await session.command("AUTH CRAM-MD5")).replace(/^334 /, "");
    return await session.command(btoa(`branch ${hmacMd5(secret, atob(asked))}`));
  };
  {
    const { session, offers } = await stranger("odmr");
    using _open = session;
    equal(offers, ["ENHANCEDSTATUSCODES", "STARTTLS", "AUTH CRAM-MD5", "ATRN"]);
    match(await session.command(plain("branch")), /^538 5\.7\.11 /);
    match(await login(session, "a secret"), /^235 /);
    match(await session.command("ATRN"), /^453 /);
  }
  {
    const { session, offers } = await stranger("smtp");
    using _open = session;
    strictEqual(offers.some((one) => /^(AUTH|ATRN)/.test(one)), false);
    match(await session.command("AUTH CRAM-MD5"), /^538 5\.7\.11 /);
  }
  {
    // Mail programs would choose it before all others, with the password of any user.
    const { session, offers } = await client("127.0.0.1", "smtp");
    using _open = session;
    strictEqual(offers.includes("AUTH PLAIN LOGIN"), true);
    match(await session.command("AUTH CRAM-MD5"), /^504 5\.5\.4 /);
  }
  const { session } = await stranger("odmr");
  using _open = session;
  match(await login(session, "wrong"), /^535 /);
  match(await login(session, "wrong"), /^421 /);
  const banned = await connectFrom("127.0.0.2", hub.port("odmr"));
  match(await banned.text() ?? "", /^(421|554) /);
  banned.close();
});

/** Takes the connection of a hub as a branch that answers as it likes. */
async function turnedBranch(hub: ApplianceHere): Promise<SmtpSession> {
  const session = await SmtpSession.open(hub.port("odmr"));
  await session.command(plain("branch"));
  match(await session.command("ATRN"), /^250 /);
  match(await session.command("220 branch.example ready"), /^EHLO /);
  return session;
}

Deno.test("a branch that has enough gets the rest later, and it waits as it did", async () => {
  await using hub = await atrnHub();
  for (let count = 0; count < 3; count++) await sendTo(hub, ["eve@branch.example"], HELLO);
  {
    using session = await turnedBranch(hub);
    match(await session.command("250 branch.example"), /^MAIL /);
    await session.command("250 ok");
    await session.command("250 ok");
    await session.write("354 go on\r\n");
    await until(session, ".");
    match(await session.command("250 ok"), /^MAIL /);
    await session.write("421 enough for today\r\n");
  }
  const { queue, turned } = hub.appliance.core;
  await eventually("it is over", () => !turned.isOpen);
  const left = await Array.fromAsync(queue.list());
  // The message of which it said so has had an attempt; but for that nothing has aged.
  const waiting = left.map(({ pending: [one] }) => [one?.attempts, one?.waitsForEtrn]);
  equal(waiting, [[1, true], [0, true]]);
  await using branch = await atrnBranch(hub.port("odmr"));
  strictEqual((await call(branch)).etrn[0]?.messages, 2);
});

Deno.test("mail that a lost connection leaves goes to its gateway, if it has one", async () => {
  await using branch = await atrnBranch(1);
  await using hub = await applianceHere(
    "host_domain hub.example",
    "odmr_port 0",
    "relay_to branch.example",
    "gateway branch.example 127.0.0.1:9",
    "atrn_domain branch.example branch",
  );
  await hub.addUsers("branch");
  for (let count = 0; count < 3; count++) await sendTo(hub, ["eve@branch.example"], HELLO);
  const { queue } = hub.appliance.core;
  await eventually("the gateway was tried", async () => {
    const entries = await Array.fromAsync(queue.list());
    return entries.length === 3 && entries.every(({ pending }) => pending[0]?.attempts === 1);
  });
  {
    using session = await turnedBranch(hub);
    match(await session.command("250 branch.example"), /^MAIL /);
    await hub.reload(
      "host_domain hub.example",
      `odmr_port ${hub.port("odmr")}`,
      "relay_to branch.example",
      `gateway branch.example 127.0.0.1:${branch.port("smtp")}`,
      "atrn_domain branch.example branch",
    );
  }
  // The message at which it broke has had its attempt.
  await eventually("two have come", async () => (await takeCount(branch)) === 2);
  equal((await Array.fromAsync(queue.list())).length, 1);
});

/** How many messages eve has got so far. */
async function takeCount(branch: ApplianceHere): Promise<number> {
  const drop = await Deno.readTextFile(`${branch.directory}/drop/eve`).catch(() => "");
  return drop.split("\nSubject: hello\n").length - 1;
}

Deno.test("TLS stays when a connection turns round", async () => {
  await using files = await tempDir();
  const { cert, key } = await tlsPair();
  await Deno.writeTextFile(`${files.path}/cert`, cert);
  await Deno.writeTextFile(`${files.path}/key`, key);
  await using hub = await atrnHub(
    "smtps_port 0",
    `tls_cert ${files.path}/cert`,
    `tls_key ${files.path}/key`,
  );
  await sendTo(hub, ["eve@branch.example"], HELLO);
  const implicit = async () => {
    const session = new SmtpSession(await connectTls(hub.port("smtps")));
    await session.reply();
    match(await session.command("EHLO branch.example"), /^250 /);
    return session;
  };
  for (const open of [implicit, () => secureSession(hub.port("odmr"))]) {
    using session = await open();
    match(await session.command(plain("branch")), /^235 /);
    match(await session.command("ATRN"), /^250 /);
    match(await session.command("220 branch.example ready"), /^EHLO hub\.example$/);
    match(await session.command("250 branch.example"), /^MAIL /);
    match(await session.command("450 not now"), /^QUIT$/);
    await session.write("221 bye\r\n");
    await eventually("it is over", () => !hub.appliance.core.turned.isOpen);
  }
});

Deno.test("a message for several domains of a branch goes down once", async () => {
  await using hub = await atrnHub(
    "relay_to other.example",
    "suspend_domain other.example",
    "atrn_domain other.example branch",
  );
  await sendTo(hub, ["eve@branch.example", "eve@other.example"], HELLO);
  using session = await turnedBranch(hub);
  match(await session.command("250 branch.example"), /^MAIL /);
  match(await session.command("250 ok"), /^RCPT TO:<eve@branch\.example>$/);
  match(await session.command("250 ok"), /^RCPT TO:<eve@other\.example>$/);
  match(await session.command("250 ok"), /^DATA$/);
  await session.write("354 go on\r\n");
  await until(session, ".");
  match(await session.command("250 ok"), /^QUIT$/);
  await session.write("221 bye\r\n");
  await nothingQueued(hub);
});

Deno.test("a session does not end in the middle of a message that came in last", async () => {
  await using hub = await atrnHub(
    "relay_to other.example",
    "gateway other.example 127.0.0.1:9",
    "atrn_domain other.example branch",
  );
  await sendTo(hub, ["eve@branch.example"], HELLO);
  using session = await turnedBranch(hub);
  match(await session.command("250-branch.example\r\n250 PIPELINING"), /^MAIL /);
  match(await session.reply(), /^RCPT TO:<eve@branch\.example>$/);
  match(await session.reply(), /^DATA$/);
  await sendTo(hub, ["eve@other.example"], HELLO); // Nothing waited for it: its flush is over.
  await session.write("250 ok\r\n250 ok\r\n354 go on\r\n");
  await until(session, ".");
  match(await session.reply(), /^MAIL /);
  match(await session.reply(), /^RCPT TO:<eve@other\.example>$/);
  match(await session.reply(), /^DATA$/);
  await session.write("250 ok\r\n");
  await nothingWaitsFor(hub, "branch.example");
  await session.write("250 ok\r\n250 ok\r\n354 go on\r\n");
  match(await session.reply(), /^Received: /);
  await until(session, ".");
  match(await session.command("250 ok"), /^QUIT$/);
  await session.write("221 bye\r\n");
  await nothingQueued(hub);
});

/** Waits until nothing is left for a domain, and whoever waits for that has heard of it. */
async function nothingWaitsFor(hub: ApplianceHere, domain: string): Promise<void> {
  const { queue } = hub.appliance.core;
  await queue.flush({ domain }, AbortSignal.timeout(10_000));
}
