/**
 * What senders are told, through appliances that run: every setting, and what is asked for on the way
 * to other servers.
 *
 * @module
 */
import { deepStrictEqual as equal, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { startPostfix } from "../../tools/bench/postfix.ts";
import { type ApplianceHere, applianceHere } from "../support/appliance_here.ts";
import { eventually } from "../support/eventually.ts";
import { octetText } from "../support/octet_text.ts";
import { installed, run } from "../support/peers.ts";
import { SmtpSession } from "../support/smtp_session.ts";

const BODY =
  "From: ann@office.example\r\nSubject: Lunch\r\nMessage-ID: <1@office.example>\r\n\r\nHello\r\n";

/** Sends one message with parameters of MAIL and RCPT as they are written. */
async function send(
  office: ApplianceHere,
  { from = "FROM:<ann@office.example>", to, body = BODY }: {
    readonly from?: string;
    readonly to: readonly string[];
    readonly body?: string;
  },
): Promise<void> {
  using session = await SmtpSession.open(office.port("smtp"));
  const command = (line: string) => session.command(octetText(new TextEncoder().encode(line)));
  match(await command(`MAIL ${from}`), /^250 /);
  for (const one of to) match(await command(`RCPT TO:${one}`), /^25[01] /);
  match(await command("DATA"), /^354 /);
  match(await command(`${body}.`), /^250 /);
}

/** The messages in a drop file. */
async function mailOf(office: ApplianceHere, user: string): Promise<readonly string[]> {
  const drop = await Deno.readTextFile(`${office.directory}/drop/${user}`).catch(() => "");
  return drop.split(/^From .*\n/m).slice(1);
}

/** Waits until a user has so many messages, and that nothing is left to be done. */
async function arrived(office: ApplianceHere, user: string, count: number) {
  await eventually(`${user} has ${count} messages`, async () => {
    return (await mailOf(office, user)).length >= count &&
      office.appliance.core.queue.counts().messages === 0;
  });
  const mail = await mailOf(office, user);
  strictEqual(mail.length, count, mail.join("\n----\n"));
  return mail;
}

const reported = (notice = "") =>
  [...notice.matchAll(/^Final-Recipient: rfc822; (.*)\nAction: (.*)$/gm)]
    .map(([, address, action]) => `${action} ${address}`).sort();

/** A server for world.example behind the office, where only eve lives. */
async function startWorld(...settings: readonly string[]): Promise<ApplianceHere> {
  const world = await applianceHere("host_domain world.example", ...settings);
  await world.addUsers("eve");
  return world;
}

async function startOfficeBefore(
  port: number,
  ...settings: readonly string[]
): Promise<ApplianceHere> {
  const gateway = `gateway * 127.0.0.1:${port}`;
  const office = await applianceHere(gateway, "forward_from_ip 127.0.0.1", ...settings);
  await office.addUsers("ann", "bob");
  return office;
}

Deno.test("bounce_body, bounce_maxlen and RET decide what of a message comes back", async (t) => {
  await using world = await startWorld();
  await using office = await startOfficeBefore(world.port("smtp"));
  const cases = [
    { settings: [], ret: "", whole: false },
    { settings: ["bounce_body true"], ret: "", whole: true },
    { settings: ["bounce_body true"], ret: " RET=HDRS", whole: false },
    { settings: [], ret: " RET=FULL", whole: true },
    { settings: ["bounce_maxlen 100"], ret: " RET=FULL", whole: false },
    { settings: ["bounce_body true", "bounce_maxlen 100"], ret: "", whole: false },
  ];
  for (const [index, { settings, ret, whole }] of cases.entries()) {
    await t.step(`${settings.join(", ") || "default"}${ret}`, async () => {
      const gateway = `gateway * 127.0.0.1:${world.port("smtp")}`;
      await office.reload(gateway, "forward_from_ip 127.0.0.1", ...settings);
      await send(office, {
        from: `FROM:<ann@office.example>${ret}`,
        to: ["<nobody@world.example>"],
      });
      const notice = (await arrived(office, "ann", index + 1)).at(-1) ?? "";
      match(notice, /^Subject: Not delivered to nobody@world\.example: no such address$/m);
      match(notice, /^In-Reply-To: <1@office\.example>$/m);
      match(notice, /^Remote-MTA: dns; \[127\.0\.0\.1\]$/m);
      match(notice, /^Diagnostic-Code: smtp; 550 5\.1\.1 /m);
      strictEqual(notice.includes("\nHello\n"), whole);
      strictEqual(
        notice.includes("too long to be returned"),
        settings.includes("bounce_maxlen 100"),
      );
      ok(notice.includes(`Content-Type: ${whole ? "message/rfc822" : "text/rfc822-headers"}\n`));
    });
  }
});

Deno.test("one notice tells of all that ends together, here and elsewhere", async () => {
  await using world = await startWorld();
  await using office = await startOfficeBefore(
    world.port("smtp"),
    "forward lost@office.example nobody@world.example",
  );
  await send(office, {
    from: "FROM:<ann@office.example> ENVID=order+2B17",
    to: [
      "<bob@office.example> NOTIFY=SUCCESS",
      "<lost@office.example> NOTIFY=FAILURE ORCPT=rfc822;Lost+2B@office.example",
      "<nobody@world.example>",
    ],
  });
  const [notice = ""] = await arrived(office, "ann", 1);
  equal(reported(notice), [
    "delivered bob@office.example",
    "failed lost@office.example",
    "failed nobody@world.example",
  ]);
  match(notice, /^Original-Envelope-Id: order\+17$/m);
  match(notice, /^Original-Recipient: rfc822; Lost\+@office\.example$/m);
  match(notice, /^Auto-Submitted: auto-replied$/m);
  match(notice, /^Return-Path: <>$/m);
});

Deno.test("a success is told where the message ends, once, over two servers and a forward", async () => {
  await using world = await startWorld("forward eva@world.example eve@world.example");
  await using office = await startOfficeBefore(world.port("smtp"));
  const gateway = `gateway * 127.0.0.1:${office.port("smtp")}`;
  await world.reload(
    "host_domain world.example",
    "forward eva@world.example eve@world.example",
    gateway,
  );
  await send(office, { to: ["<eva@world.example> NOTIFY=SUCCESS"] });
  const [notice = ""] = await arrived(office, "ann", 1);
  equal(reported(notice), ["delivered eva@world.example"]);
  match(notice, /^Reporting-MTA: dns; world\.example$/m);
  await eventually(
    "nothing is left there",
    () => world.appliance.core.queue.counts().messages === 0,
  );
  strictEqual((await mailOf(world, "eve")).length, 1);
  strictEqual((await mailOf(office, "ann")).length, 1);
});

Deno.test("the first attempt that fails is told to who asked, and to nobody else (002:133-136)", async () => {
  await using office = await startOfficeBefore(9);
  await send(office, {
    to: ["<eve@world.example> NOTIFY=DELAY,FAILURE", "<dan@world.example> NOTIFY=FAILURE"],
  });
  const mail = await eventually("a notice comes", async () => {
    const mail = await mailOf(office, "ann");
    return mail.length > 0 && mail;
  });
  strictEqual(mail.length, 1);
  equal(reported(mail[0]), ["delayed eve@world.example"]);
  match(mail[0] ?? "", /^Will-Retry-Until: /m);
  match(mail[0] ?? "", /^What happened: It has not been delivered so far\. The next mail server/m);
});

Deno.test("double_bounce gives the postmaster what cannot be given back", async () => {
  await using world = await startWorld();
  const settings = ["sysadmin bob@office.example"];
  await using office = await startOfficeBefore(world.port("smtp"), ...settings);
  await send(office, { from: "FROM:<gone@world.example>", to: ["<nobody@world.example>"] });
  const [notice = ""] = await arrived(office, "bob", 1);
  equal(reported(notice).at(-1), "failed nobody@world.example");
  match(notice, /^Subject: Not delivered to gone@world\.example: no such address$/m);
  match(notice, /^A message "Not delivered to nobody@world\.example: no such address"/m);

  const gateway = `gateway * 127.0.0.1:${world.port("smtp")}`;
  await office.reload(gateway, "forward_from_ip 127.0.0.1", ...settings, "double_bounce false");
  await send(office, { from: "FROM:<gone@world.example>", to: ["<nobody@world.example>"] });
  await eventually("all is done", () => office.appliance.core.queue.counts().messages === 0);
  strictEqual((await mailOf(office, "bob")).length, 1);
});

Deno.test("fetched mail that cannot be delivered goes to the caretaker, never outward", async () => {
  await using world = await startWorld();
  const settings = ["pf_dflt_address bob@office.example", "pf_domain office.example"];
  await using office = await startOfficeBefore(world.port("smtp"), ...settings);
  await office.appliance.core.queue.submit({
    envelope: {
      sender: "eve@world.example",
      recipients: [{ address: "nobody@world.example", notify: ["SUCCESS", "FAILURE", "DELAY"] }],
    },
    origin: { kind: "fetched", account: "office@isp", uidl: "1" },
  }, [new TextEncoder().encode(BODY)]);
  const [message = ""] = await arrived(office, "bob", 1);
  match(message, /^Subject: Lunch$/m);
  match(message, /nobody@world\.example.*said: 550 5\.1\.1/s);
  equal(await mailOf(world, "eve"), []);
});

/** What Python's email package and the standard say of a message. */
const READ_WITH_PYTHON = `
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
print(json.dumps({
  "defects": [str(d) for part in m.walk() for d in part.defects],
  "subject": m["Subject"], "from": m["From"],
  "parts": [part.get_content_type() for part in m.iter_parts()],
  "text": m.get_payload()[0].get_content(),
}))`;

Deno.test({
  name: "a notice is in letters of the world for who sent with SMTPUTF8, and in ASCII for others",
  ignore: !installed("python3"),
  async fn(t) {
    await using office = await startOfficeBefore(
      9,
      "host_domain bücher.example",
      "forward jörg@bücher.example |/bin/false",
      "forward jo@bücher.example |/bin/false",
      "forward anna@bücher.example ann@office.example",
      "forward änna@bücher.example ann@office.example",
      "host_domain office.example",
    );
    const cases = [
      {
        name: "SMTPUTF8",
        mail: {
          from: "FROM:<änna@bücher.example> SMTPUTF8 BODY=8BITMIME",
          to: ["<jörg@bücher.example>"],
        },
        subject: "Not delivered to jörg@bücher.example: not taken",
        parts: ["text/plain", "message/global-delivery-status", "message/global-headers"],
      },
      {
        name: "SMTPUTF8 from an address in ASCII",
        mail: {
          from: "FROM:<anna@bücher.example> SMTPUTF8 BODY=8BITMIME",
          to: ["<jörg@bücher.example>"],
        },
        subject: "Not delivered to jörg@bücher.example: not taken",
        parts: ["text/plain", "message/delivery-status", "message/global-headers"],
      },
      {
        name: "ASCII",
        mail: { from: "FROM:<anna@xn--bcher-kva.example>", to: ["<jo@xn--bcher-kva.example>"] },
        subject: "Not delivered to jo@xn--bcher-kva.example: not taken",
        parts: ["text/plain", "message/delivery-status", "text/rfc822-headers"],
      },
    ];
    for (const [index, { name, mail, subject, parts }] of cases.entries()) {
      await t.step(name, async () => {
        const body = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= 中\r\n\r\nÄ\r\n";
        await send(office, { ...mail, body });
        const stdin = (await arrived(office, "ann", index + 1)).at(-1) ?? "";
        const { stdout, stderr } = await run("python3", ["-c", READ_WITH_PYTHON], { stdin });
        strictEqual(stderr, "");
        const read = JSON.parse(stdout);
        equal(read.defects, []);
        equal(read.parts, parts);
        strictEqual(read.subject, subject);
        strictEqual(read.from, "Mail Delivery System <MAILER-DAEMON@xn--bcher-kva.example>");
        match(read.text, /^Your message "Grüße 中" of /);
      });
    }
  },
});

Deno.test("an answer to a notice reaches the postmaster", async () => {
  await using office = await startOfficeBefore(9, "sysadmin bob@office.example");
  await send(office, { to: ["<MAILER-DAEMON@office.example>"] });
  match((await arrived(office, "bob", 1))[0] ?? "", /^Subject: Lunch$/m);
});

Deno.test("a notice names nobody's files, whatever broke here", async () => {
  await using office = await startOfficeBefore(9);
  await office.reload("gateway * 127.0.0.1:9", "forward bob@office.example |/no/such/program");
  await send(office, { to: ["<bob@office.example>"] });
  const [notice = ""] = await arrived(office, "ann", 1);
  match(notice, /^Status: 5\.3\.5$/m);
  doesNotMatch(notice, /no\/such|\/tmp|ENOENT|os error/);
});

Deno.test({
  name: "Postfix is passed what the sender asked for, and tells him itself",
  ignore: !installed("postfix") || Deno.uid() !== 0,
  async fn(t) {
    for (const offered of [true, false]) {
      await t.step(offered ? "with DSN" : "without", async () => {
        await using office = await startOfficeBefore(9);
        await using postfix = await startPostfix({
          users: ["eve"],
          domain: "world.example",
          extra: [
            `relayhost = [127.0.0.1]:${office.port("smtp")}`,
            ...(offered ? [] : ["smtpd_discard_ehlo_keywords = dsn"]),
          ],
        });
        await office.reload(
          `gateway * 127.0.0.1:${postfix.port}`,
          "forward_from_ip 127.0.0.1",
          "forward eva@office.example eve@world.example",
        );
        await send(office, {
          from: "FROM:<ann@office.example> RET=HDRS ENVID=A1",
          to: [
            "<eve@world.example> NOTIFY=SUCCESS ORCPT=rfc822;e@x",
            "<eva@office.example> NOTIFY=NEVER",
          ],
        });
        await send(office, { to: ["<eva@office.example> NOTIFY=SUCCESS,FAILURE"] });
        const notices = await arrived(office, "ann", 2);
        for (const notice of notices) {
          const reporter = offered
            ? /^Reporting-MTA: dns; peer\.example$/m
            : /dns; office\.example$/m;
          match(notice, reporter);
          match(notice, offered ? /^Action: delivered$/m : /^Action: relayed$/m);
        }
        const all = notices.join();
        match(all, /^Original-Envelope-Id: A1$/m);
        match(all, /^Original-Recipient: rfc822; ?e@x$/m);
        if (offered) match(all, /^Original-Recipient: rfc822; ?eva@office\.example$/m);
      });
    }
  },
});

Deno.test({
  name: "Postfix, as the sender, hears from us what it has asked for",
  ignore: !installed("postfix", "sendmail") || Deno.uid() !== 0,
  async fn() {
    await using office = await applianceHere();
    await office.addUsers("bob");
    await using postfix = await startPostfix({
      users: ["eve"],
      domain: "world.example",
      extra: [`relayhost = [127.0.0.1]:${office.port("smtp")}`],
    });
    await office.reload(
      `gateway * 127.0.0.1:${postfix.port}`,
      "forward_from_ip 127.0.0.1",
      "forward all@office.example bob@office.example,|/bin/cat,bob@office.example",
    );
    const { code, stderr } = await run(
      "sendmail",
      [
        ...["-C", postfix.configuration, "-N", "success,delay,failure", "-V", "envelope1"],
        ...["-f", "eve@world.example", "bob@office.example", "all@office.example"],
      ],
      { stdin: "Subject: hi\n\nHello\n" },
    );
    strictEqual(code, 0, stderr);
    const box = await eventually("a notice comes to eve", async () => {
      const text = await Deno.readTextFile(postfix.mailbox("eve")).catch(() => "");
      return text.includes("Auto-Submitted") && text;
    });
    match(box, /^Original-Envelope-Id: envelope1$/m);
    match(box, /^Subject: Delivered to 2 addresses$/m);
    equal(reported(box), ["delivered all@office.example", "delivered bob@office.example"]);
    match(box, /^Original-Recipient: rfc822; bob@office\.example$/m);
    match(box, /^Return-Path: <>$/m);
  },
});

Deno.test({
  name: "a long list with many dead addresses is done with at once, though Postfix hangs up",
  ignore: !installed("postfix") || Deno.uid() !== 0,
  async fn() {
    await using office = await applianceHere();
    await office.addUsers("ann");
    await using postfix = await startPostfix({
      users: ["eve", "zoe"],
      domain: "world.example",
      extra: ["smtpd_error_sleep_time = 0", "smtpd_hard_error_limit = 20"],
    });
    await office.reload(`gateway * 127.0.0.1:${postfix.port}`, "forward_from_ip 127.0.0.1");
    const dead = Array.from({ length: 70 }, (_, number) => `<gone${number}@world.example>`);
    const to = ["<eve@world.example>", ...dead, "<zoe@world.example>"];
    await send(office, { to });
    const { queue } = office.appliance.core;
    await eventually(
      "the queue is empty",
      async () => (await Array.fromAsync(queue.list())).length === 0,
    );
    const notices = await Deno.readTextFile(`${office.directory}/drop/ann`);
    strictEqual(notices.match(/^Action: failed\r?$/gm)?.length, dead.length);
    for (const user of ["eve", "zoe"]) {
      const mail = await eventually(
        "Postfix delivers",
        () => Deno.readTextFile(postfix.mailbox(user)).catch(() => undefined),
      );
      strictEqual(mail.match(/^Subject: Lunch\r?$/gm)?.length, 1);
    }
  },
});
