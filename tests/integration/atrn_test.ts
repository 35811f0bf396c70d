import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import { applianceHere } from "../support/appliance_here.ts";
import {
  atrnBranch,
  atrnHub,
  call,
  dropOf,
  nothingQueued,
  sendTo,
  takeMail,
} from "../support/atrn.ts";
import { differences } from "../support/collected_mail.ts";
import { cutLine } from "../support/cut_line.ts";
import { eventually } from "../support/eventually.ts";
import { mailCorpus, messageId, wireForm } from "../support/mail_corpus.ts";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { installed, run } from "../support/peers.ts";
import { SmtpSession } from "../support/smtp_session.ts";

const HELLO = "Subject: one\r\n\r\nHello\r\n";

Deno.test("a branch gets its mail down the connection it has made", async (t) => {
  await using hub = await atrnHub();
  for (const door of ["smtp", "odmr"] as const) {
    await t.step(door, async () => {
      await using branch = await atrnBranch(hub.port(door));
      const none = await call(branch);
      equal([none.ok, none.etrn[0]?.ok], [true, true], none.summary);
      match(none.etrn[0]?.result ?? "", /^No mail is waiting \(453 /);

      await sendTo(hub, ["eve@branch.example"], HELLO);
      const report = await call(branch);
      equal([report.ok, report.etrn[0]?.messages], [true, 1], JSON.stringify(report));
      match(report.summary, /^Collected 1 message, sent nothing, in /);
      match(report.etrn[0]?.result ?? "", /^1 message came, \d+ bytes in 1 s$/);
      await nothingQueued(branch);
      const drop = await dropOf(branch, "eve");
      match(
        drop,
        /^Received: from hub\.example \(\[127\.0\.0\.1\]\)\n\tby branch\.example with ESMTPS /m,
      );
      await nothingQueued(hub);
    });
  }
});

Deno.test("200 messages of all shapes come down once and unchanged, with their envelopes", async () => {
  await using hub = await atrnHub();
  await using branch = await atrnBranch(hub.port("odmr"));
  const sent = mailCorpus({
    seed: 2645,
    count: 200,
    maxOctets: 200_000,
    // Nobody is named in the header: it is as if all were Bcc.
    recipients: (_shape, index) =>
      [["eve@branch.example"], ["bob@branch.example", "eve@branch.example"]][index % 2]!,
  });
  using session = await SmtpSession.open(hub.port("smtp"));
  for (const { recipients, bytes, shape } of sent) {
    const result = await session.send(recipients, wireForm(bytes));
    strictEqual(result.kind, "accepted", `${shape}: ${JSON.stringify(result)}`);
  }
  const report = await call(branch);
  equal([report.ok, report.etrn[0]?.messages], [true, 200], report.summary);
  await nothingQueued(hub);
  await nothingQueued(branch);
  equal(differences(sent, await takeMail(branch, "eve"), asSent), []);
  const forBob = sent.filter(({ recipients }) => recipients.length === 2);
  equal(differences(forBob, await takeMail(branch, "bob"), asSent), []);
});

/** SMTP ends lines with CRLF and nothing else: what is sent on has no bare CR any more. */
function asSent(wire: Uint8Array): Uint8Array {
  return octetsOf(octetText(wire).replace(/\r(?!\n)/g, "\r\n"));
}

Deno.test("a line that is cut loses nothing, and doubles only what was not confirmed", async (t) => {
  await using hub = await atrnHub();
  await using line = cutLine(hub.port("odmr"));
  await using branch = await atrnBranch(line.port, "gateway_tls * none");
  const messages = 12;
  const send = async () => {
    for (let number = 1; number <= messages; number++) {
      const text = `Message-ID: <${number}@x>\r\n\r\n${"Hello\r\n".repeat(50 * number)}`;
      await sendTo(hub, ["eve@branch.example"], text);
    }
  };
  await send();
  strictEqual((await call(branch)).etrn[0]?.messages, messages);
  const { ...whole } = line.carried;
  await nothingQueued(branch);
  strictEqual((await takeMail(branch, "eve")).length, messages);

  for (const way of ["toServer", "toClient"] as const) {
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99]) {
      await t.step(`${way} at ${share}`, async () => {
        await send();
        const infinite = { toServer: Infinity, toClient: Infinity };
        line.limits = { ...infinite, [way]: Math.floor(whole[way] * share) };
        const broken = await call(branch);
        const taken = broken.etrn[0]?.messages ?? 0;
        const confirmed = line.said().split(/ Processed mail data Ok \w+\r\n/).length - 1;
        ok(taken >= confirmed, `${taken} taken, ${confirmed} confirmed`);
        line.limits = infinite;
        await eventually("the hub has noticed", () => !hub.appliance.core.turned.isOpen);
        const { queue } = hub.appliance.core;
        const left = queue.counts().messages;
        ok(left <= messages - confirmed, `${left} left, ${confirmed} confirmed`);
        const again = left === 0 ? undefined : await call(branch);
        strictEqual(again?.ok ?? true, true, again?.summary);
        strictEqual(queue.counts().messages, 0);
        await nothingQueued(branch);
        const ids = (await takeMail(branch, "eve")).map(messageId);
        strictEqual(new Set(ids).size, messages, "Some are lost");
        ok(ids.length - messages <= taken - confirmed, `${ids.length} of ${messages} came`);
      });
    }
  }
});

Deno.test("mail that the branch cannot take now stays at the hub, what it refuses bounces", async (t) => {
  await using hub = await atrnHub();
  await hub.addUsers("ann");
  const { queue } = hub.appliance.core;
  await t.step("no space", async () => {
    await using branch = await atrnBranch(hub.port("odmr"), "min_space 900000000MB");
    await sendTo(hub, ["eve@branch.example"], HELLO);
    const report = await call(branch);
    equal([report.etrn[0]?.ok, report.etrn[0]?.messages], [true, 0]);
    const [entry] = await Array.fromAsync(queue.list());
    equal(entry?.pending[0]?.waitsForEtrn, true);
    match(entry?.pending[0]?.lastReason ?? "", /^branch said: 452 4\.3\.1 /);
  });
  await using branch = await atrnBranch(hub.port("odmr"), "relay_to partner.example");
  await t.step("later", async () => {
    strictEqual((await call(branch)).etrn[0]?.messages, 1);
    await nothingQueued(hub);
  });
  await t.step("unknown user", async () => {
    using session = await SmtpSession.open(hub.port("smtp"));
    const recipients = ["nobody@branch.example", "bob@branch.example"];
    const text = new TextEncoder().encode(HELLO);
    strictEqual((await session.send(recipients, text, "ann@hub.example")).kind, "accepted");
    strictEqual((await call(branch)).etrn[0]?.messages, 1);
    await nothingQueued(hub);
    match(await dropOf(hub, "ann"), /nobody@branch\.example[^]*550 5\.1\.1/);
    await nothingQueued(branch);
    match(await dropOf(branch, "bob"), /Subject: one/);
  });
});

Deno.test("who may not get mail is told so, and gets none", async (t) => {
  await using hub = await atrnHub(
    "relay_to other.example",
    "suspend_domain other.example",
    "atrn_domain other.example other",
  );
  await hub.addUsers("other", "nobody");
  await sendTo(hub, ["eve@branch.example"], HELLO);
  const cases = [
    {
      auth: "branch wrong",
      want: /^127\.0\.0\.1 refuses the user and password of atrn_auth: 535 /,
    },
    {
      auth: "nobody nobody",
      want: /^The server does not give us this mail \(450 4\.7\.1 .*branch\.ex/,
    },
    {
      auth: "other other",
      want: /^The server does not give us this mail \(450 4\.7\.1 .*branch\.ex/,
    },
  ];
  for (const { auth, want } of cases) {
    await t.step(auth, async () => {
      await using branch = await atrnBranch(hub.port("odmr"));
      await branch.reload(
        "host_domain branch.example",
        `atrn_auth ${auth} 127.0.0.1:${hub.port("odmr")}`,
        "gateway_tls * may",
      );
      const report = await call(branch);
      equal([report.ok, report.etrn[0]?.ok], [false, false]);
      match(report.etrn[0]?.result ?? "", want);
      match(report.summary, /; ATRN branch\.example: /);
    });
  }
  strictEqual(hub.appliance.core.queue.counts().messages, 1);
});

Deno.test("two branches get their own mail at the same time", async () => {
  await using hub = await atrnHub(
    "relay_to other.example",
    "suspend_domain other.example",
    "atrn_domain other.example other",
  );
  await hub.addUsers("other");
  const port = hub.port("odmr");
  await using one = await atrnBranch(port);
  await using other = await applianceHere(
    "host_domain other.example",
    `atrn_auth other other 127.0.0.1:${port}`,
    "gateway_tls * may",
  );
  await other.addUsers("eve");
  for (let number = 1; number <= 20; number++) {
    const text = `Subject: ${number}\r\n\r\nHello\r\n`;
    await sendTo(hub, ["eve@branch.example", "eve@other.example"], text);
  }
  const reports = await Promise.all([one, other].map(call));
  equal(reports.map(({ etrn }) => etrn[0]?.messages), [20, 20]);
  await nothingQueued(hub);
  for (const branch of [one, other]) {
    await nothingQueued(branch);
    strictEqual((await takeMail(branch, "eve")).length, 20);
  }
});

Deno.test("a server without ATRN is sent ETRN", async () => {
  await using branch = await atrnBranch(1);
  await using hub = await applianceHere(
    "host_domain hub.example",
    "relay_to branch.example",
    `gateway branch.example 127.0.0.1:${branch.port("smtp")}`,
    "suspend_domain branch.example",
  );
  await hub.addUsers("branch");
  await branch.reload(
    "host_domain branch.example",
    "atrn_auth branch branch",
    `ras_smtpip 127.0.0.1:${hub.port("smtp")}`,
    "gateway_tls * may",
    "link_linger 0",
  );
  await sendTo(hub, ["eve@branch.example"], HELLO);
  const report = await call(branch);
  equal(report.etrn.map(({ ok, messages }) => ({ ok, messages })), [
    { ok: true, messages: undefined },
  ]);
  await eventually("it has come", async () => /Subject: one/.test(await dropOf(branch, "eve")));
});

Deno.test("fetchmail gets the mail of its domain by ODMR, and hands it to a server of its own", {
  ignore: !installed("fetchmail"),
}, async () => {
  await using hub = await applianceHere(
    "host_domain hub.example",
    "odmr_port 0",
    "relay_to branch.example",
    "suspend_domain branch.example",
    'atrn_domain branch.example branch "a secret"',
  );
  await using office = await applianceHere("host_domain branch.example");
  await office.addUsers("eve", "bob");
  const rc = `${office.directory}/fetchmailrc`;
  // Not over TLS: its ODMR waits for the socket while what it has read from it lies in its buffers.
  const lines = [
    `poll 127.0.0.1 protocol ODMR service ${hub.port("odmr")}`,
    '  user "branch" password "a secret" fetchdomains branch.example',
    `  smtphost 127.0.0.1/${office.port("smtp")}`,
  ];
  await Deno.writeTextFile(rc, `${lines.join("\n")}\n`, { mode: 0o600 });
  const poll = () =>
    run("fetchmail", ["--nodetach", "--nosyslog", "-v", "-f", rc], {
      env: { HOME: office.directory, FETCHMAILHOME: office.directory },
    });

  const none = await poll();
  match(none.stdout + none.stderr, /You have no mail/);
  for (let number = 1; number <= 5; number++) {
    const text = `Subject: ${number}\r\n\r\n.Hello\r\n..\r\n`;
    await sendTo(hub, ["eve@branch.example", "bob@branch.example"], text);
  }
  // It hands on line by line: what is no whole line yet stays with it.
  const long = `Subject: 6\r\n\r\n${"x".repeat(70)}\r\n`.padEnd(200_000, `${"y".repeat(61)}\r\n`);
  await sendTo(hub, ["eve@branch.example", "bob@branch.example"], `${long}\r\n.Hello\r\n..\r\n`);
  const some = await poll();
  match(some.stdout, /Turnaround now/, some.stdout + some.stderr);
  await nothingQueued(hub);
  await nothingQueued(office);
  for (const user of ["eve", "bob"]) {
    const mail = (await takeMail(office, user)).map((one) => octetText(one));
    const whole = mail.filter((one) => one.endsWith("\r\n.Hello\r\n..\r\n"));
    strictEqual(whole.length, 6);
  }
});

Deno.test("a session lives on while other mail has its turn", async () => {
  await using branch = await atrnBranch(1);
  await using other = await applianceHere("host_domain other.example");
  await other.addUsers("eve");
  await using hub = await atrnHub(
    "relay_connections 1",
    "relay_to other.example",
    "suspend_domain other.example",
    `gateway other.example 127.0.0.1:${other.port("smtp")}`,
  );
  await branch.reload(
    "host_domain branch.example",
    `atrn_auth branch branch 127.0.0.1:${hub.port("odmr")}`,
    "gateway_tls * may",
  );
  using session = await SmtpSession.open(hub.port("smtp"));
  for (let number = 0; number < 250; number++) {
    const text = octetsOf(`Message-ID: <${number}@x>\r\n\r\nHello\r\n`);
    await session.send(["eve@branch.example", "eve@other.example"], text);
  }
  const signal = new AbortController().signal;
  const [report, flushed] = await Promise.all([
    call(branch),
    hub.appliance.core.queue.flush({ domain: "other.example" }, signal),
  ]);
  equal([report.etrn[0]?.ok, report.etrn[0]?.messages, flushed.delivered], [true, 250, 250]);
});

Deno.test("a domain with letters of its own is asked for as DNS calls it", async () => {
  await using hub = await applianceHere(
    "host_domain hub.example",
    "odmr_port 0",
    "relay_to bücher.example",
    "suspend_domain bücher.example",
    "atrn_domain bücher.example branch",
  );
  await hub.addUsers("branch");
  await using branch = await applianceHere(
    "host_domain bücher.example",
    `atrn_auth branch branch 127.0.0.1:${hub.port("odmr")}`,
    "gateway_tls * may",
  );
  await branch.addUsers("eve");
  await sendTo(hub, ["eve@xn--bcher-kva.example"], HELLO);
  const report = await call(branch);
  equal([report.ok, report.etrn[0]?.messages], [true, 1], report.summary);
  await nothingQueued(branch);
  strictEqual((await takeMail(branch, "eve")).length, 1);
});
