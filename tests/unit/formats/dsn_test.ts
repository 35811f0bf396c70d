import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
// @ts-types="../../support/mailparser.d.ts"
import { simpleParser } from "mailparser";
import { decodeXtext, type Dsn, encodeXtext, formatDsn } from "../../../src/formats/dsn.ts";
import { decodeWords } from "../../../src/formats/encoded_words.ts";
import { installed, run } from "../../support/peers.ts";

const DSN: Dsn = {
  hostname: "mx.example.org",
  to: "ann@example.org",
  date: "Mon, 1 Jan 2024 00:00:00 +0000",
  arrival: "Sun, 31 Dec 2023 12:00:00 +0000",
  queueId: "01HK153X00PGE39Q",
  envid: "QQ+3D314159",
  recipients: [{
    address: "bob@example.net",
    orcpt: "rfc822;Bob+2BX@example.net",
    action: "failed",
    status: "5.1.1",
    reason: "mail.example.net said: 550 5.1.1 No such user",
  }],
  returned: "header",
};

const ORIGINAL = "From: ann@example.org\r\nSubject: hi\r\n";

function whole(dsn: Dsn, original = ORIGINAL): string {
  const { before, after } = formatDsn(dsn);
  return before + original + after;
}

/** The part for people. */
function words(dsn: Dsn): string {
  return /charset=utf-8\r\n.*?\r\n\r\n(.*?)\r\n--=/s.exec(whole(dsn))?.[1] ?? "";
}

function lines(...text: readonly string[]): string {
  return text.join("\r\n") + "\r\n";
}

Deno.test("formatDsn() says in its subject and first, in words, what happened and what to do", () => {
  const dsn = { ...DSN, subject: "Lunch on Friday" };
  match(whole(dsn), /^From: Mail Delivery System <MAILER-DAEMON@mx\.example\.org>\r\n/);
  match(whole(dsn), /\r\nSubject: Not delivered to bob@example\.net: no such address\r\n/);
  strictEqual(
    words(dsn),
    lines(
      'Your message "Lunch on Friday" of Sun, 31 Dec 2023 12:00:00 +0000 was not',
      "delivered to this address:",
      "",
      "  bob@example.net",
      "",
      "What happened: There is no such address there, or it takes no mail any more.",
      "What to do:    Look for a typing error in the address, or ask the person for",
      "               the right one.",
      "",
      "The mail server mail.example.net said:",
      "  550 5.1.1 No such user",
      "",
      "",
      "This notice comes from the mail server mx.example.org, which calls the",
      "message 01HK153X00PGE39Q. The header of the message follows below.",
    ),
  );
});

Deno.test("formatDsn() says of a delay until when it is tried", () => {
  const dsn: Dsn = {
    ...DSN,
    recipients: [{
      address: "bob@example.net",
      action: "delayed",
      status: "4.4.1",
      reason: "Cannot connect to mail.example.net:25: no answer",
      until: "Wed, 3 Jan 2024 00:00:00 +0000",
    }],
  };
  match(whole(dsn), /\r\nSubject: Delayed on its way to bob@example\.net\r\n/);
  match(whole(dsn), /\r\nWill-Retry-Until: Wed, 3 Jan 2024 00:00:00 \+0000\r\n/);
  match(words(dsn), /still on its way to this\r\naddress:\r\n/);
  match(words(dsn), /\r\nTried until: {3}Wed, 3 Jan 2024 00:00:00 \+0000, or later\r\n/);
  match(words(dsn), /In the words of this server:\r\n {2}Cannot connect to mail\.example\.net:25/);
});

Deno.test("formatDsn() tells what is the same for several once, the worst first", () => {
  const of = (address: string, action: "failed" | "delivered", reason: string) => ({
    ...{ address, action, reason },
    status: action === "failed" ? "5.1.1" : "2.0.0",
  });
  const text = words({
    ...DSN,
    recipients: [
      of("a@example.net", "delivered", ""),
      of("b@example.net", "failed", "No such user here"),
      of("c@example.net", "failed", "No such user here"),
      of("b@example.net", "failed", "No such user here"),
    ],
  });
  match(
    text,
    /not delivered to these\r\naddresses:\r\n\r\n {2}b@example\.net\r\n {2}c@example\.net\r\n\r\n/,
  );
  match(text, /No such user here\r\n\r\n\r\nThe same message was delivered to this address:/);
});

Deno.test("formatDsn() names some of a thousand recipients, and reports all", () => {
  const recipients = Array.from({ length: 1000 }, (_, number) => ({
    ...DSN.recipients[0]!,
    address: `user${number}@example.net`,
    reason: number < 500 ? "No such user here" : `mail.example.net said: 550 no user${number}`,
  }));
  const text = words({ ...DSN, recipients });
  ok(text.length < 2000, `${text.length}`);
  match(text, /\r\n {2}user19@example\.net\r\n {2}and 980 more: see the report below\r\n/);
  match(
    text,
    /words of this server:\r\n {2}No such user here\r\n\r\nThe mail server mail\.example\.net said:\r\n {2}550 no user500\r\n/,
  );
  match(text, /\r\n {2}and 496 more: see the report below\r\n/);
  strictEqual(whole({ ...DSN, recipients }).match(/^Final-Recipient: /gm)?.length, 1000);
});

Deno.test("formatDsn() tells not more than fifty stories", () => {
  const recipients = Array.from({ length: 60 }, (_, number) => ({
    ...DSN.recipients[0]!,
    address: `user${number}@example.net`,
    triedFor: `${number} hours`,
  }));
  match(words({ ...DSN, recipients }), /\r\nAnd 10 more addresses: see the report below\.\r\n/);
});

Deno.test("formatDsn() says of an address that stands for several that others may have it", async (t) => {
  const cases = [
    {
      action: "failed",
      subject: /^Not delivered to everybody behind bob@example\.net: no such/,
      want: /was\snot\sdelivered\sto\severybody\sbehind\sthis\saddress:/,
    },
    {
      action: "delayed",
      subject: /^Delayed on its way to bob@example\.net/,
      want: /still\son\sits\sway\sto\ssomebody\sbehind\sthis\saddress:/,
    },
    {
      action: "expanded",
      subject: /^Passed on for bob@example\.net/,
      want: /was\spassed\son\sfor\sthis\saddress:/,
    },
  ] as const;
  for (const { action, subject, want } of cases) {
    await t.step(action, () => {
      const dsn = { ...DSN, recipients: [{ ...DSN.recipients[0]!, action, isPart: true }] };
      match(words(dsn).replaceAll("\r", ""), want);
      match(/^Subject: (.*)/m.exec(whole(dsn))?.[1] ?? "", subject);
    });
  }
});

Deno.test("formatDsn() tells a postmaster that nobody else is told", () => {
  const text = words({ ...DSN, reader: "postmaster", subject: "Not delivered to x@y" });
  match(text, /^A message "Not delivered to x@y" without a sender of Sun, 31 Dec 2023/);
  match(text, /What to do: {4}Look whether somebody here misses it: nobody else is told\./);
});

Deno.test("formatDsn() says whether the message was too long to be returned", () => {
  match(
    words({ ...DSN, wasTooLong: true }),
    /too long to be returned: its header\r\nalone follows/,
  );
  match(words({ ...DSN, returned: "message" }), /The message follows below\.\r\n$/);
});

Deno.test("formatDsn() refers to the original, so that mail programs show both together", async (t) => {
  const cases = [
    { messageId: "<1@example.org>", want: "<1@example.org>" },
    { messageId: "", want: undefined },
    { messageId: "<a b>", want: undefined },
    { messageId: "<1>\r\nBcc: x", want: undefined },
    { messageId: `<${"x".repeat(300)}>`, want: undefined },
  ];
  for (const { messageId, want } of cases) {
    await t.step(JSON.stringify(messageId), () => {
      const text = whole({ ...DSN, messageId });
      strictEqual(/^In-Reply-To: (.*)\r$/m.exec(text)?.[1], want);
      strictEqual(/^References: (.*)\r$/m.exec(text)?.[1], want);
    });
  }
});

Deno.test("formatDsn() writes the fields of RFC 3464 with xtext undone", () => {
  const [, status = ""] = /message\/delivery-status.*?\r\n\r\n(.*?)\r\n--/s.exec(whole(DSN)) ?? [];
  equal(status.split("\r\n"), [
    "Original-Envelope-Id: QQ=314159",
    "Reporting-MTA: dns; mx.example.org",
    "Arrival-Date: Sun, 31 Dec 2023 12:00:00 +0000",
    "X-Dmail-Queue-ID: 01HK153X00PGE39Q",
    "",
    "Original-Recipient: rfc822; Bob+X@example.net",
    "Final-Recipient: rfc822; bob@example.net",
    "Action: failed",
    "Status: 5.1.1",
    "Remote-MTA: dns; mail.example.net",
    "Diagnostic-Code: smtp; 550 5.1.1 No such user",
    "Last-Attempt-Date: Mon, 1 Jan 2024 00:00:00 +0000",
    "",
  ]);
});

Deno.test("formatDsn() writes addresses beyond ASCII as RFC 6533 says", async (t) => {
  const recipients = [{ ...DSN.recipients[0]!, address: "jörg@exämple.net", orcpt: "utf-8;j" }];
  await t.step("for who may not understand them", () => {
    const text = whole({ ...DSN, recipients, isGlobal: true });
    match(text, /\r\nContent-Type: message\/delivery-status\r\n.*7bit/);
    match(text, /\r\nContent-Type: message\/global-headers\r\n/);
    match(text, /\r\nFinal-Recipient: utf-8; j\\x\{F6\}rg@ex\\x\{E4\}mple\.net\r\n/);
    const [, subject = ""] = /\r\nSubject: (.*?)\r\n(?! )/s.exec(text) ?? [];
    match(subject, /^[ -~\r\n]*$/);
    strictEqual(
      decodeWords(subject.replaceAll("\r\n", "")),
      "Not delivered to jörg@exämple.net: no such address",
    );
  });
  await t.step("for who has such an address", () => {
    const text = whole({ ...DSN, recipients, isGlobal: true, utf8: true });
    match(text, /\r\nContent-Type: message\/global-delivery-status\r\n/);
    match(text, /\r\nContent-Type: message\/global-headers\r\n/);
    match(text, /\r\nFinal-Recipient: utf-8; jörg@exämple\.net\r\n/);
    match(text, /\r\nSubject: Not delivered to jörg@exämple\.net: no such address\r\n/);
  });
});

Deno.test("formatDsn() names in the subject the worst that happened", async (t) => {
  const cases = [
    { actions: ["delivered"], want: "Delivered to bob@example\\.net" },
    { actions: ["relayed", "delivered"], want: "Passed on for bob@example\\.net" },
    { actions: ["delivered", "delayed"], want: "Delayed on its way to eve@example\\.net" },
    { actions: ["delayed", "failed"], want: "Not delivered to eve@example\\.net: no such address" },
    { actions: ["failed", "failed"], want: "Not delivered to 2 addresses: no such address" },
  ] as const;
  for (const { actions, want } of cases) {
    await t.step(actions.join(" and "), () => {
      const recipients = actions.map((action, index) => {
        const address = index === 0 ? "bob@example.net" : "eve@example.net";
        return { ...DSN.recipients[0]!, action, address };
      });
      match(whole({ ...DSN, recipients }), new RegExp(`\r\nSubject: ${want}\r\n`));
    });
  }
});

Deno.test("formatDsn() lets nothing it quotes add a line or a field", () => {
  const evil = "x\r\nBcc: victim@example.org\r\n\r\n--=_dsn\n\u2028\x00";
  const text = whole({
    ...DSN,
    to: evil,
    envid: "a+0D+0ABcc:b",
    recipients: [{ address: evil, orcpt: evil, action: "failed", status: "5.0.0", reason: evil }],
  });
  ok(!/^\s*Bcc:/mi.test(text) && !/^--=_dsn$/m.test(text));
  ok(!text.includes("\0") && !text.includes("\u2028") && !/[^\r]\n/.test(text));
});

Deno.test("decodeXtext() undoes hexchars and leaves the rest", async (t) => {
  const cases = [
    { text: "a+2Bb", want: "a+b" },
    { text: "a+2b", want: "a+2b" },
    { text: "+", want: "+" },
    { text: "", want: "" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => strictEqual(decodeXtext(text), want));
  }
});

Deno.test("encodeXtext() writes what decodeXtext() reads, in printable ASCII", () => {
  strictEqual(encodeXtext("a+b=c d@x"), "a+2Bb+3Dc+20d@x");
  fc.assert(fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
    const written = encodeXtext(text);
    match(written, /^[!-~]*$/);
    strictEqual(decodeXtext(written), text);
  }));
});

Deno.test("formatDsn() names hosts and addresses of hosts as RFC 3464 says", async (t) => {
  const cases = [
    { host: "mail.example.net", want: "dns; mail.example.net" },
    { host: "192.0.2.1", want: "dns; [192.0.2.1]" },
    { host: "2001:db8::1", want: "dns; [IPv6:2001:db8::1]" },
  ];
  for (const { host, want } of cases) {
    await t.step(host, () => {
      const recipients = [{ ...DSN.recipients[0]!, reason: `${host} said: 550 no` }];
      strictEqual(/^Remote-MTA: (.*)\r$/m.exec(whole({ ...DSN, recipients }))?.[1], want);
    });
  }
});

const READ_WITH_PYTHON = `
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
def fields(part): return [dict(block.items()) for block in part.get_payload()]
text, status, original = m.get_payload()
print(json.dumps({
  "defects": [str(d) for part in m.walk() for d in part.defects],
  "type": m.get_content_type(), "report": m.get_param("report-type"),
  "parts": [part.get_content_type() for part in (text, status, original)],
  "words": text.get_content(), "status": fields(status),
}))`;

Deno.test({
  name: "formatDsn() is read by Python's email package without a defect",
  ignore: !installed("python3"),
  async fn(t) {
    for (const returned of ["header", "message"] as const) {
      await t.step(returned, async () => {
        const original = returned === "header" ? ORIGINAL : ORIGINAL + "\r\nhello\r\n";
        const stdin = whole({ ...DSN, returned }, original);
        const { stdout, stderr } = await run("python3", ["-c", READ_WITH_PYTHON], { stdin });
        strictEqual(stderr, "");
        const read = JSON.parse(stdout);
        equal(read.defects, []);
        strictEqual(read.type, "multipart/report");
        strictEqual(read.report, "delivery-status");
        const last = returned === "header" ? "text/rfc822-headers" : "message/rfc822";
        equal(read.parts, ["text/plain", "message/delivery-status", last]);
        match(read.words, /550 5\.1\.1 No such user/);
        strictEqual(read.status[1]["Final-Recipient"], "rfc822; bob@example.net");
        strictEqual(read.status[1].Action, "failed");
      });
    }
  },
});

Deno.test("formatDsn() is read by mailparser as a report with its parts", async () => {
  const parsed = await simpleParser(
    whole({ ...DSN, returned: "message" }, `${ORIGINAL}\r\nhello\r\n`),
  );
  match(parsed.text ?? "", /There is no such address there/);
  strictEqual(parsed.subject, "Not delivered to bob@example.net: no such address");
  const types = parsed.attachments.map(({ contentType }) => contentType);
  equal(types, ["message/rfc822"]);
  match(parsed.text ?? "", /Final-Recipient: rfc822; bob@example\.net/);
});
