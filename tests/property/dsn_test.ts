/** Whatever was sent, to whomever, and whatever another server said of it: a notice stays a notice. */
import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type Dsn, formatDsn } from "../../src/formats/dsn.ts";
import { installed, run } from "../support/peers.ts";

/** What somebody wrote who means no good: line ends, fields, boundaries, text of any length. */
const evil = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 3000, size: "max" }),
  fc.constantFrom(
    "x\r\nBcc: victim@example.org\r\n\r\n",
    "\r\n--=_dsn_01HK153X00PGE39Q--\r\n",
    "a said: 550 \r\n\r\nAction: delivered",
    "\u2028From: x\u0085\0",
    "=?utf-8?q?=0D=0ABcc:_x?=",
    "",
  ).map((text) => text.replaceAll("\\r", "\r").replaceAll("\\n", "\n")),
);

const recipient = fc.record({
  address: evil,
  action: fc.constantFrom("failed", "delayed", "delivered", "relayed", "expanded"),
  status: fc.constantFrom("5.0.0", "5.1.1", "4.4.7", "5.7.1"),
  reason: fc.oneof(evil, evil.map((text) => `mx.example said: 550 ${text}`)),
}, { requiredKeys: ["address", "action", "status", "reason"] }).chain((one) =>
  fc.record({ orcpt: evil, until: evil, triedFor: fc.constant("48 hours"), lastStatus: evil }, {
    requiredKeys: [],
  }).map((more) => ({ ...one, ...more }))
);

const notices: fc.Arbitrary<Dsn> = fc.record({
  recipients: fc.array(recipient, { minLength: 1, maxLength: 5 }),
  to: evil,
  subject: evil,
  messageId: evil,
  envid: evil,
  utf8: fc.boolean(),
  returned: fc.constantFrom("header" as const, "message" as const),
}).map((some) => ({
  hostname: "mx.example.org",
  date: "Mon, 1 Jan 2024 00:00:00 +0000",
  arrival: "Sun, 31 Dec 2023 12:00:00 +0000",
  queueId: "01HK153X00PGE39Q",
  ...some,
} as Dsn));

const ORIGINAL = "From: ann@example.org\r\nSubject: hi\r\n\r\n";

const HEADER =
  /^From: [^\r]*\r\nTo: (?:.*\r\n )*.*\r\nSubject: (?:.*\r\n )*.*\r\nDate: .*\r\nAuto-Submitted: auto-replied\r\n(?:In-Reply-To: .*\r\nReferences: .*\r\n)?MIME-Version: 1\.0\r\nContent-Type: multipart\/report; report-type=delivery-status;\r\n boundary="=_dsn_01HK153X00PGE39Q"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n/;

Deno.test("formatDsn() writes its own header and parts, and lines that RFC 5322 allows, whatever it is given", () => {
  fc.assert(fc.property(notices, (dsn) => {
    const { before, after } = formatDsn(dsn);
    const text = before + ORIGINAL + after;
    match(text, HEADER);
    strictEqual(text.replaceAll("\r\n", "").search(/[\r\n\0\u2028\u2029]/), -1);
    strictEqual(text.split(/^--=_dsn_01HK153X00PGE39Q(?:--)?\r\n/m).length, 5);
    for (const line of text.split("\r\n")) {
      ok(new TextEncoder().encode(line).length <= 998, line);
    }
  }));
});

/** Reads many at once: each start of Python costs more than all that it does. */
const READ_ALL = `
import email, email.policy, json, sys
def read(text):
    m = email.message_from_bytes(text.encode("utf-8", "replace"), policy=email.policy.default)
    text, status, original = m.get_payload()
    blocks = status.get_payload() if status.get_content_type() == "message/delivery-status" else None
    return {
      "names": m.keys(), "type": m.get_content_type(), "report": m.get_param("report-type"),
      "parts": [part.get_content_type() for part in (text, status, original)],
      "actions": blocks and [block["Action"] for block in blocks[1:]],
      "fields": blocks and sorted({name for block in blocks for name in block.keys()}),
    }
print(json.dumps([read(text) for text in json.load(sys.stdin)]))`;

const FIELDS = [
  ...["Original-Envelope-Id", "Reporting-MTA", "Arrival-Date", "X-Dmail-Queue-ID"],
  ...["Original-Recipient", "Final-Recipient", "Action", "Status", "Remote-MTA"],
  ...["Diagnostic-Code", "Last-Attempt-Date", "Will-Retry-Until"],
];

Deno.test({
  name: "formatDsn() is read by Python's email package as it was meant, whatever it is given",
  ignore: !installed("python3"),
  async fn() {
    const dsns = fc.sample(notices, { numRuns: 300, seed: Number(Deno.env.get("SEED") ?? 1) });
    const texts = dsns.map((dsn) => {
      const { before, after } = formatDsn(dsn);
      return (before + ORIGINAL + after).toWellFormed();
    });
    const { stdout, stderr } = await run("python3", ["-c", READ_ALL], {
      stdin: JSON.stringify(texts),
    });
    strictEqual(stderr, "");
    const read = JSON.parse(stdout);
    strictEqual(read.length, dsns.length);
    for (const [index, dsn] of dsns.entries()) {
      const { type, report, parts, names, actions, fields } = read[index];
      strictEqual(type, "multipart/report", texts[index]);
      strictEqual(report, "delivery-status");
      strictEqual(parts[0], "text/plain");
      ok(names.length <= 10 && !names.includes("Bcc"), String(names));
      if (dsn.utf8) continue;
      strictEqual(parts[1], "message/delivery-status");
      equal(actions, dsn.recipients.map(({ action }) => action), texts[index]);
      ok(fields.every((name: string) => FIELDS.includes(name)), String(fields));
    }
  },
});
