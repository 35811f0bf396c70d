/**
 * The appliance and the mail servers of others as the host it sends to: what arrives, how often,
 * and what becomes of recipients that they refuse.
 *
 * @module
 */
import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import { startPostfix } from "../../tools/bench/postfix.ts";
import { hasAiosmtpd, startAiosmtpd } from "../support/aiosmtpd.ts";
import { type ApplianceHere, applianceHere } from "../support/appliance_here.ts";
import { makeAuthority } from "../support/authority.ts";
import { startDovecot } from "../support/dovecot.ts";
import { eventually } from "../support/eventually.ts";
import { hasExim } from "../support/exim.ts";
import { startExim } from "../support/exim_server.ts";
import { freePort } from "../support/free_port.ts";
import { maildirMail, type NextHost, type NextHostOptions } from "../support/next_host.ts";
import { octetsOf } from "../support/octet_text.ts";
import { hasOpenSmtpd, startOpenSmtpd } from "../support/opensmtpd.ts";
import { installed } from "../support/peers.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";
import { tempDir } from "../support/temp_dir.ts";

const signal = new AbortController().signal;

/** Postfix, that asks a Dovecot of its own for passwords. */
async function startPostfixHost({ tls, login }: NextHostOptions = {}): Promise<NextHost> {
  await using open = new AsyncDisposableStack();
  const dir = open.use(await tempDir());
  const saslPort = freePort();
  if (login !== undefined) {
    const service =
      `auth_failure_delay = 0 secs\nservice auth {\n  inet_listener sasl {\n    address = 127.0.0.1\n    port = ${saslPort}\n  }\n}`;
    open.use(await startDovecot({ users: { [login.user]: login.password }, extra: service }));
  }
  const refused = [
    "check_recipient_access { inline:{ {world.example = OK} } }",
    "reject_unauth_destination",
  ];
  const postfix = open.use(
    await startPostfix({
      users: [],
      domain: "world.example",
      extra: [
        "maillog_file =",
        "virtual_mailbox_maps = static:all/",
        "message_size_limit = 100000000",
        "smtpd_error_sleep_time = 0",
        ...tls === undefined ? [] : [
          "smtpd_tls_security_level = may",
          `smtpd_tls_cert_file = ${tls.certFile}`,
          `smtpd_tls_key_file = ${tls.keyFile}`,
        ],
        ...login === undefined ? [] : [
          "smtpd_sasl_auth_enable = yes",
          "smtpd_sasl_type = dovecot",
          `smtpd_sasl_path = inet:127.0.0.1:${saslPort}`,
          "smtpd_tls_auth_only = yes",
          "mynetworks = 192.0.2.0/24",
        ],
        `smtpd_recipient_restrictions = check_recipient_access regexp:${dir.path}/access, ${
          login === undefined ? "" : "permit_sasl_authenticated, reject, "
        }${refused[1]}`,
      ],
    }),
  );
  await Deno.chmod(dir.path, 0o755);
  await Deno.writeTextFile(
    `${dir.path}/access`,
    "/^later/ 450 4.2.1 Come again later\n/^never/ 550 5.1.1 No such user\n",
  );
  const owned = open.move();
  return {
    port: postfix.port,
    taken: () => maildirMail(postfix.mailbox("all"), "X-Original-To"),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A server, and what it is known to do. */
interface Kind {
  readonly name: string;
  readonly ignore: boolean;
  readonly start: (options?: NextHostOptions) => Promise<NextHost>;
  /** Its TLS ends in the handshake with any client: "missing private key" (Debian 12). */
  readonly brokenTls?: true;
  /** Longest line it takes, in octets without its end. */
  readonly maxLine?: number;
}

const KINDS: readonly Kind[] = [
  {
    name: "Postfix",
    ignore: !installed("postfix", "dovecot") || Deno.uid() !== 0,
    start: startPostfixHost,
  },
  { name: "Exim", ignore: !hasExim(), start: startExim },
  { name: "OpenSMTPD", ignore: !hasOpenSmtpd(), start: startOpenSmtpd, brokenTls: true },
  { name: "aiosmtpd", ignore: !hasAiosmtpd(), start: startAiosmtpd, maxLine: 999 },
];

/** What is sent; each with a sender and recipients of its own. */
interface Sent {
  readonly name: string;
  readonly sender: string;
  readonly to: readonly string[];
  readonly text: string;
}

const FIFTY = Array.from(
  { length: 50 },
  (_, at) => `${at % 7 === 3 ? "later" : at % 7 === 5 ? "never" : "r"}${at}@world.example`,
);

/** Where a field is missing some servers put one in. */
function header(number: number): string {
  return [
    `X-Number: ${number}`,
    "From: Bob <bob@office.example>",
    "To: Rae <r0@world.example>",
    "Date: Fri, 20 Nov 2026 09:00:00 +0000",
    `Message-ID: <m${number}@office.example>`,
    "",
  ].join("\r\n");
}

/** Everything that breaks mail programs, line ends CRLF but where said. */
function mix(): readonly Sent[] {
  const bodies: Readonly<Record<string, string>> = {
    small: "Hello\r\n",
    "a megabyte": ".A line that begins with a dot, of about seventy octets, to and fro\r\n"
      .repeat(15_000),
    "dots": ".\r\n..\r\n...\r\n.a\r\n\r\n.\r\n",
    "8 bits": "caf\xe9 \xff\xfe\x80\r\nna\xc3\xafve\r\n",
    "empty body": "",
    "no line end at the end": "The end",
    "a bare LF": "one\ntwo\n.\nthree\r\n",
    "lines of 998": `${"x".repeat(998)}\r\n.${"y".repeat(997)}\r\n`,
    "longer lines": `${"x".repeat(5000)}\r\n.${"y".repeat(20_000)}\r\n`,
    "the end of data, nearly": "\r\n.\r\n\r\n..\r\n.\r\nQUIT\r\n",
  };
  const sent = Object.entries(bodies).map(([name, body], at): Sent => ({
    name,
    sender: at % 4 === 3 ? "" : "bob@office.example",
    to: ["r0@world.example"],
    text: `${header(at)}Subject: ${name}\r\n\r\n${body}`,
  }));
  const many = { name: "fifty", sender: "bob@office.example", to: FIFTY };
  return [...sent, { ...many, text: `${header(50)}\r\nHello\r\n` }];
}

async function submit({ appliance }: ApplianceHere, { sender, to, text }: Sent): Promise<void> {
  const recipients = to.map((address) => ({ address }));
  const submission = { envelope: { sender, recipients }, origin: { kind: "local", by: "test" } };
  await appliance.core.queue.submit(submission as never, [octetsOf(text)]);
}

/** What is left in the queue once it has been tried, each address with the reason. */
async function leftIn({ appliance }: ApplianceHere): Promise<readonly [string, string][]> {
  const entries = await Array.fromAsync(appliance.core.queue.list());
  return entries.flatMap(({ pending }) =>
    pending.map(({ address, lastReason }): [string, string] => [address, lastReason])
  );
}

/** Flushes until the queue is empty: what is under way at the moment is not tried again at once. */
async function goes({ appliance }: ApplianceHere): Promise<void> {
  const { queue } = appliance.core;
  await eventually("the queue is empty", async () => {
    await queue.flush({}, signal);
    return queue.counts().messages === 0;
  });
}

/** The form in which a message is compared: SMTP knows one line end (decision 0006). */
function comparable(text: string): string {
  const lines = text.replaceAll("\r\n", "\n");
  return lines.endsWith("\n") ? lines : `${lines}\n`;
}

for (const { name, ignore, start, brokenTls, maxLine = Infinity } of KINDS) {
  Deno.test(`${name} gets every message once, octet for octet, and what it refuses is told`, {
    ignore,
  }, async () => {
    await using host = await start();
    await using office = await applianceHere(`gateway * 127.0.0.1:${host.port}`);
    await office.addUsers("bob");
    const tooLong = (text: string) => text.split(/\r?\n/).some((line) => line.length > maxLine);
    const sent = mix().filter(({ text }) => !tooLong(text));
    for (const one of sent) await submit(office, one);
    await eventually("all was tried", async () => {
      const left = await leftIn(office);
      return left.length === 7 && left.every(([, reason]) => reason !== "");
    });

    const wanted = sent.flatMap(({ to, text }) =>
      to.filter((address) => address.startsWith("r")).map((address) => [address, comparable(text)])
    );
    const taken = await eventually("all has arrived", async () => {
      const mails = await host.taken();
      return mails.length >= wanted.length && mails;
    });
    for (const [address = "", text = ""] of wanted) {
      const same = taken.filter((mail) =>
        mail.recipient === address && comparable(mail.text).endsWith(text)
      );
      strictEqual(same.length, 1, `${address}: ${JSON.stringify(text.slice(0, 80))}`);
    }
    strictEqual(taken.length, wanted.length);

    const later = FIFTY.filter((address) => address.startsWith("later"));
    const left = await leftIn(office);
    equal(left.map(([address]) => address).sort(), later.toSorted());
    for (const [, reason] of left) match(reason, /^127\.0\.0\.1 said: 45[01] /);
    const bounced = await eventually("bob was told", async () => {
      const text = await Deno.readTextFile(`${office.directory}/drop/bob`).catch(() => "");
      return text.includes("Final-Recipient") && text;
    });
    const told = [...bounced.matchAll(/^Final-Recipient: rfc822; ?(.*)$/gim)].map(([, to]) => to);
    const never = FIFTY.filter((address) => address.startsWith("never"));
    equal(told.map((address) => address?.trim()).sort(), never.toSorted());
    match(bounced, /Diagnostic-Code: smtp; ?550/);
  });

  if (brokenTls) continue;

  Deno.test(`${name} is talked to by TLS that is checked, with a password`, {
    ignore: ignore || !installed("openssl"),
  }, async () => {
    await using dir = await tempDir();
    await Deno.chmod(dir.path, 0o755);
    const authority = await makeAuthority(dir.path);
    const login = { user: "branch", password: "to the hub" };
    await using host = await start({ tls: await authority.issue("hub"), login });
    const settings = [
      `gateway * 127.0.0.1:${host.port}`,
      "gateway_tls * must",
      `tls_ca ${authority.certFile}`,
    ];
    await using office = await applianceHere(...settings, 'gateway_auth * branch "not this"');
    await office.addUsers("bob");
    const sent = mix().slice(0, 6);
    for (const one of sent) await submit(office, one);
    const left = await eventually("it was tried", async () => {
      const entries = await leftIn(office);
      return entries.length === sent.length && entries.every(([, reason]) => reason) && entries;
    });
    for (const [, reason] of left) {
      match(reason, /^127\.0\.0\.1 refuses the user and password of gateway_auth: 535/);
    }

    await office.reload(...settings, 'gateway_auth * branch "to the hub"');
    await goes(office);
    const taken = await eventually("all has arrived", async () => {
      const mails = await host.taken();
      return mails.length >= sent.length && mails;
    });
    for (const { text } of sent) {
      strictEqual(
        taken.filter((mail) => comparable(mail.text).endsWith(comparable(text))).length,
        1,
      );
    }
  });
}

Deno.test("a message with lines that aiosmtpd does not take is returned, and the next one goes", {
  ignore: !hasAiosmtpd(),
}, async () => {
  await using host = await startAiosmtpd();
  await using office = await applianceHere(`gateway * 127.0.0.1:${host.port}`);
  await office.addUsers("bob");
  const sender = "bob@office.example";
  for (const sent of mix().filter(({ name }) => /^longer lines|^small/.test(name))) {
    await submit(office, { ...sent, sender });
  }
  await eventually("bob was told", async () => {
    const text = await Deno.readTextFile(`${office.directory}/drop/bob`).catch(() => "");
    return /Diagnostic-Code: smtp; ?500[^]*Subject: longer lines/.test(text);
  });
  await eventually("the queue is empty", () => office.appliance.core.queue.counts().messages === 0);
  equal((await host.taken()).map(({ text }) => /^Subject: (.*)/m.exec(text)?.[1]), ["small"]);
});

Deno.test("OpenSMTPD whose TLS is broken gets mail without where it may, and none where it must", {
  ignore: !hasOpenSmtpd() || !installed("openssl"),
}, async () => {
  await using dir = await tempDir();
  await Deno.chmod(dir.path, 0o755);
  const authority = await makeAuthority(dir.path);
  await using host = await startOpenSmtpd({ tls: await authority.issue("hub") });
  const settings = [`gateway * 127.0.0.1:${host.port}`, `tls_ca ${authority.certFile}`];
  await using office = await applianceHere(...settings, "gateway_tls * must");
  for (const one of mix().slice(0, 1)) await submit(office, one);
  const [, reason] = await eventually("it was tried", async () => {
    const [entry] = await leftIn(office);
    return entry?.[1] ? entry : undefined;
  });
  match(reason, /^Cannot encrypt the session with 127\.0\.0\.1: /);
  equal(await host.taken(), []);
  await office.reload(...settings, "gateway_tls * may");
  await goes(office);
  await eventually("it has arrived", async () => (await host.taken()).length === 1);
});

Deno.test(
  "aiosmtpd that fails at random gets every message, and twice only where its reply was lost",
  {
    ignore: !hasAiosmtpd(),
  },
  async (t) => {
    for (const seed of [1, 2, 3]) {
      await t.step(`seed ${seed}`, async () => {
        await using host = await startAiosmtpd({ faults: { seed, percent: 15 } });
        await using office = await applianceHere(`gateway * 127.0.0.1:${host.port}`);
        const { queue } = office.appliance.core;
        const sent = Array.from({ length: 40 }, (_, at): Sent => ({
          name: String(at),
          sender: "",
          to: [`r${at}@world.example`],
          text: `X-Number: ${at}\r\n\r\n${".x\r\n".repeat(at)}`,
        }));
        for (const one of sent) await submit(office, one);
        for (let round = 0; round < 12 && queue.counts().messages > 0; round++) {
          if (round === 10) await host.heal();
          await queue.flush({}, signal);
        }
        equal(await leftIn(office), []);
        const taken = await host.taken();
        for (const { to, text } of sent) {
          const copies = taken.filter(({ recipient }) => recipient === to[0]);
          ok(copies.length >= 1, `${to[0]} never came`);
          ok(copies.every((mail) => comparable(mail.text).endsWith(comparable(text))));
        }
        strictEqual(taken.length - sent.length, await host.lostReplies());
      });
    }
  },
);

/** How smtp-sink fails, and whether a message that it has written down then is one it refused. */
const SINK_FAULTS: readonly {
  readonly flags: readonly [string, string];
  readonly refuses?: true;
}[] = [
  { flags: ["-q", "EHLO"] },
  { flags: ["-q", "RCPT"] },
  { flags: ["-r", "DATA"] },
  { flags: ["-Q", "MAIL"] },
  { flags: ["-q", "."] },
  { flags: ["-Q", "."], refuses: true },
  { flags: ["-r", "."], refuses: true },
  { flags: ["-q", "QUIT"] },
];

Deno.test(
  "smtp-sink that hangs up and refuses gets every message, and twice only behind a lost reply",
  {
    ignore: !installed("smtp-sink"),
  },
  async () => {
    const port = freePort();
    await using office = await applianceHere(`gateway * 127.0.0.1:${port}`);
    const { queue } = office.appliance.core;
    const numbers = Array.from({ length: 12 }, (_, at) => at);
    for (const at of numbers) {
      const text = `X-Number: ${at}\r\n\r\nHello\r\n`;
      await submit(office, { name: "", sender: "", to: ["r@world.example"], text });
    }
    const copies: number[] = [];
    let unheard = 0;
    for (const { flags, refuses } of SINK_FAULTS) {
      await using sink = await startSmtpSink(port, flags);
      await queue.flush({}, signal);
      const isLast = flags[1] === "QUIT";
      const dumped = await eventually("the sink has written", async () => {
        const dumps = await sink.messages();
        const found = dumps.flatMap((dump) => /^X-Number: (\d+)$/m.exec(dump)?.[1] ?? []).map(
          Number,
        );
        return found.length === dumps.length && (!isLast || found.length === numbers.length) &&
          found;
      });
      strictEqual(queue.counts().messages, isLast ? 0 : numbers.length, flags.join(" "));
      if (refuses) continue;
      copies.push(...dumped);
      if (!isLast) unheard += dumped.length;
    }
    equal([...new Set(copies)].sort((a, b) => a - b), numbers);
    ok(unheard > 0, "No reply was ever lost");
    strictEqual(copies.length, numbers.length + unheard);
  },
);

/** Whether this machine has IPv6 at all. */
function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("a gateway at an IPv6 address is reached over IPv6", { ignore: !hasIpv6() }, async () => {
  await using far = await applianceHere("host_domain world.example", "bind_ip ::1");
  await far.addUsers("r0");
  await using office = await applianceHere(`gateway * [::1]:${far.port("smtp")}`);
  const [one] = mix();
  if (one !== undefined) await submit(office, one);
  await goes(office);
  const drop = await eventually("it has arrived", async () => {
    const text = await Deno.readTextFile(`${far.directory}/drop/r0`).catch(() => "");
    return text.includes("\nHello\n") && text;
  });
  match(drop, /^Received: from office\.example \(\[(?:IPv6:)?::1\]\)/m);
});
