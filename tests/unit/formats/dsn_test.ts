import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
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

Deno.test("formatDsn() says first, in words, what happened", () => {
  const text = whole(DSN);
  match(text, /^From: Mail Delivery System <MAILER-DAEMON@mx\.example\.org>\r\n/);
  match(text, /\r\nSubject: Your message could not be delivered\r\n/);
  const words = text.indexOf("<bob@example.net>: mail.example.net said: 550");
  ok(words > 0 && words < text.indexOf("message/delivery-status"));
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
    "Diagnostic-Code: x-dmail; mail.example.net said: 550 5.1.1 No such user",
    "",
  ]);
});

Deno.test("formatDsn() names in the subject the worst that happened", async (t) => {
  const cases = [
    { actions: ["delivered"], want: "Your message was delivered" },
    { actions: ["relayed", "delivered"], want: "Your message was passed on" },
    { actions: ["delivered", "delayed"], want: "Your message is delayed" },
    { actions: ["delayed", "failed"], want: "Your message could not be delivered" },
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
