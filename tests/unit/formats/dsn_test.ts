import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
// @ts-types="../../support/mailparser.d.ts"
import { simpleParser } from "mailparser";
import { decodeXtext, type Dsn, formatDsn } from "../../../src/formats/dsn.ts";
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
  const text = whole({ ...DSN, subject: "Lunch on Friday" });
  match(text, /^From: Mail Delivery System <MAILER-DAEMON@mx\.example\.org>\r\n/);
  match(text, /\r\nSubject: Not delivered to bob@example\.net: no such address\r\n/);
  strictEqual(
    words({ ...DSN, subject: "Lunch on Friday" }),
    lines(
      "This is the mail server mx.example.org. It could not deliver your message",
      'of Sun, 31 Dec 2023 12:00:00 +0000 "Lunch on Friday".',
      "",
      "To <bob@example.net>:",
      "  There is no such address there, or it takes no mail any more.",
      "  Look for a typing error in the address, or ask for the right one.",
      "  Details: mail.example.net said: 550 5.1.1 No such user",
      "",
      "The header of your message follows below.",
    ),
  );
});

Deno.test("formatDsn() says of a delay until when it is tried", () => {
  const dsn: Dsn = {
    ...DSN,
    returned: "message",
    recipients: [{
      address: "bob@example.net",
      action: "delayed",
      status: "4.4.1",
      reason: "Cannot connect to mail.example.net:25: no answer",
      until: "Wed, 3 Jan 2024 00:00:00 +0000",
    }],
  };
  match(whole(dsn), /\r\nSubject: Delayed to bob@example\.net\r\n/);
  match(whole(dsn), /\r\nWill-Retry-Until: Wed, 3 Jan 2024 00:00:00 \+0000\r\n/);
  strictEqual(
    words(dsn),
    lines(
      "This is the mail server mx.example.org. It has not been able to deliver your message yet",
      "of Sun, 31 Dec 2023 12:00:00 +0000.",
      "",
      "To <bob@example.net>:",
      "  It could not be delivered yet.",
      "  There is nothing to do: this server goes on trying. Do not send it again.",
      "  It is tried until Wed, 3 Jan 2024 00:00:00 +0000.",
      "  Details: Cannot connect to mail.example.net:25: no answer",
      "",
      "Your message follows below.",
    ),
  );
});

Deno.test("formatDsn() writes the fields of RFC 3464 with xtext undone", () => {
  const [, status = ""] = /message\/delivery-status.*?\r\n\r\n(.*?)\r\n--/s.exec(whole(DSN)) ?? [];
  equal(status.split("\r\n"), [
    "Original-Envelope-Id: QQ=314159",
    "Reporting-MTA: dns; mx.example.org",
    "Arrival-Date: Sun, 31 Dec 2023 12:00:00 +0000",
    "",
    "Original-Recipient: rfc822;Bob+X@example.net",
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
    const text = whole({ ...DSN, recipients });
    match(text, /\r\nContent-Type: message\/delivery-status\r\n.*7bit/);
    match(text, /\r\nFinal-Recipient: utf-8; j\\x\{F6\}rg@ex\\x\{E4\}mple\.net\r\n/);
    match(text, /\r\nSubject: Not delivered to one address: no such address\r\n/);
  });
  await t.step("for who sent with SMTPUTF8", () => {
    const text = whole({ ...DSN, recipients, utf8: true });
    match(text, /\r\nContent-Type: message\/global-delivery-status\r\n/);
    match(text, /\r\nContent-Type: message\/global-headers\r\n/);
    match(text, /\r\nFinal-Recipient: utf-8; jörg@exämple\.net\r\n/);
    match(text, /\r\nSubject: Not delivered to jörg@exämple\.net: no such address\r\n/);
  });
});

Deno.test("formatDsn() names in the subject the worst that happened", async (t) => {
  const cases = [
    { actions: ["delivered"], want: "Delivered to bob@example\\.net" },
    { actions: ["relayed", "delivered"], want: "Passed on to bob@example\\.net" },
    { actions: ["delivered", "delayed"], want: "Delayed to bob@example\\.net" },
    { actions: ["delayed", "failed"], want: "Not delivered to bob@example\\.net: no such address" },
    { actions: ["failed", "failed"], want: "Not delivered to 2 addresses: no such address" },
  ] as const;
  for (const { actions, want } of cases) {
    await t.step(actions.join(" and "), () => {
      const recipients = actions.map((action) => ({ ...DSN.recipients[0]!, action }));
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

Deno.test("formatDsn() keeps a reason of any length on lines of at most 998 octets", () => {
  const reason = "Ärger ".repeat(1000);
  const text = whole({ ...DSN, recipients: [{ ...DSN.recipients[0]!, reason }] });
  for (const line of text.split("\r\n")) ok(new TextEncoder().encode(line).length <= 998);
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

Deno.test("formatDsn() writes lines of CRLF alone, whatever it is given", () => {
  const recipient = fc.record({
    address: fc.string({ unit: "binary" }),
    orcpt: fc.string(),
    action: fc.constantFrom("failed" as const, "delayed" as const),
    status: fc.constant("5.0.0"),
    reason: fc.string({ unit: "binary" }),
  });
  fc.assert(fc.property(fc.array(recipient, { minLength: 1 }), fc.string(), (recipients, to) => {
    const { before } = formatDsn({ ...DSN, to, recipients });
    strictEqual(before.split("\n").length, before.split("\r\n").length);
    strictEqual(before.split("\r").length, before.split("\r\n").length);
  }));
});
