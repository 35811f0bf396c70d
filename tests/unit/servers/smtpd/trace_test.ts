import { match, strictEqual } from "node:assert/strict";
import { readHeader } from "../../../../src/formats/header.ts";
import { hopsOf, traceLines } from "../../../../src/servers/smtpd/trace.ts";
import { clientOf } from "../../../support/smtp_client_facts.ts";

const INPUTS = {
  id: "Q1",
  hostname: "office.test",
  client: clientOf({ address: "161.29.2.46" }),
  extended: true,
  envelope: { sender: "a@b.test", recipients: [{ address: "bob@office.test" }] },
  nowMs: Date.UTC(2024, 0, 1, 12),
  timezone: "-0800 PST",
  recipientHeader: "",
};

const COMPLETE = "Date: x\r\nMessage-ID: <x@y>\r\n\r\n";

function header(text: string) {
  return readHeader([new TextEncoder().encode(text)]);
}

Deno.test("traceLines() names client, server, protocol, id and the only recipient", async () => {
  strictEqual(
    traceLines(await header(COMPLETE), INPUTS),
    "Received: from tosh.com ([161.29.2.46])\r\n\tby office.test with ESMTP id Q1\r\n" +
      "\tfor <bob@office.test>; Mon, 1 Jan 2024 12:00:00 -0800 PST\r\n",
  );
});

Deno.test("traceLines() keeps secret who else gets the message, and bad names out", async (t) => {
  const two = { sender: "", recipients: [{ address: "bob@x" }, { address: "bcc@x" }] };
  const cases = [
    { inputs: { ...INPUTS, envelope: two }, want: /id Q1; Mon/ },
    { inputs: { ...INPUTS, extended: false }, want: /with SMTP id/ },
    {
      inputs: { ...INPUTS, envelope: { ...INPUTS.envelope, smtpUtf8: true } },
      want: /with UTF8SMTP id/,
    },
    {
      inputs: { ...INPUTS, client: clientOf({ address: "2001:db8::1" }) },
      want: /\(\[IPv6:2001:db8::1\]\)/,
    },
    {
      inputs: { ...INPUTS, client: clientOf({ name: "a(b)\r\nX: é" }) },
      want: /^Received: from a\?b\?\?\?X:\?\? \(/,
    },
  ];
  for (const { inputs, want } of cases) {
    await t.step(String(want), async () => match(traceLines(await header(COMPLETE), inputs), want));
  }
});

Deno.test("traceLines() names the protocol as RFC 3848 and RFC 6531 do", async (t) => {
  const [secure, user] = [true, "bob"];
  const cases = [
    { client: {}, want: "ESMTP" },
    { client: { secure }, want: "ESMTPS" },
    { client: { user }, want: "ESMTPA" },
    { client: { secure, user }, want: "ESMTPSA" },
    { client: {}, smtpUtf8: true, want: "UTF8SMTP" },
    { client: { secure }, smtpUtf8: true, want: "UTF8SMTPS" },
    { client: { user }, smtpUtf8: true, want: "UTF8SMTPA" },
    { client: { secure, user }, smtpUtf8: true, want: "UTF8SMTPSA" },
    { client: { secure }, extended: false, want: "SMTP" },
  ];
  for (const { client, smtpUtf8 = false, extended = true, want } of cases) {
    await t.step(`${want} for ${JSON.stringify({ ...client, extended })}`, async () => {
      const envelope = { ...INPUTS.envelope, smtpUtf8 };
      const inputs = { ...INPUTS, extended, envelope, client: clientOf(client) };
      match(traceLines(await header(COMPLETE), inputs), new RegExp(` with ${want} id Q1`));
    });
  }
});

Deno.test("traceLines() stamps the documented zones (000:650-660)", async (t) => {
  for (const timezone of ["+1100", "-0800 PST", "-0600 CST", "+0100 CET", "+1200"]) {
    await t.step(timezone, async () => {
      const lines = traceLines(await header("\r\n"), { ...INPUTS, timezone });
      const stamp = / \d\d:\d\d:\d\d (.*)$/gm;
      const zones = [...lines.matchAll(stamp)].map(([, zone]) => zone);
      strictEqual(zones.join(), `${timezone},${timezone}`); // Received and Date.
    });
  }
});

Deno.test("traceLines() tells the recipient in the header that is asked for, if only one", async (t) => {
  const two = { sender: "", recipients: [{ address: "bob@x" }, { address: "bcc@x" }] };
  const cases = [
    {
      inputs: { ...INPUTS, recipientHeader: "X-Recip-To" },
      want: "X-Recip-To: bob@office.test\r\n",
    },
    { inputs: { ...INPUTS, recipientHeader: "X-Recip-To", envelope: two }, want: "" },
    { inputs: INPUTS, want: "" },
  ];
  for (const { inputs, want } of cases) {
    await t.step(JSON.stringify(want), async () => {
      const lines = traceLines(await header(COMPLETE), inputs);
      strictEqual(lines.slice(lines.indexOf("1 Jan 2024") + 31), want);
    });
  }
});

Deno.test("traceLines() adds Date and Message-ID only where they are missing", async (t) => {
  const added = "Date: Mon, 1 Jan 2024 12:00:00 -0800 PST\r\n";
  const id = "Message-ID: <Q1@office.test>\r\n";
  const cases = [
    { text: "date: x\r\nMESSAGE-ID: y\r\n\r\n", want: "" },
    { text: "Date: x\r\n\r\nMessage-ID: in the body\r\n", want: id },
    { text: "Message-ID: x\r\n\r\n", want: added },
    { text: "Subject: no end", want: added + id },
    { text: "Subject: folded\r\n Date: x\r\n\r\n", want: added + id },
    { text: "From ann Mon Jan  1 12:00:00 2024\r\nDate: x\r\n\r\n", want: id },
    { text: "\r\nbody alone\r\n", want: added + id },
    { text: "", want: added + id },
    // Without a header the first words must not become one.
    { text: "body alone\r\n", want: added + id + "\r\n" },
    { text: "Dear Bob, this: is it\r\n", want: added + id + "\r\n" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), async () => {
      const lines = traceLines(await header(text), INPUTS);
      strictEqual(lines.slice(lines.indexOf("PST\r\n") + 5), want);
    });
  }
});

Deno.test("hopsOf() counts Received fields of the header alone", async () => {
  const text = "Received: a\r\nRECEIVED: b\r\n\tfolded\r\nX-Received: c\r\n\r\nReceived: d\r\n";
  strictEqual(hopsOf(await header(text)), 2);
});
