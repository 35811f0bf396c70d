import { strictEqual } from "node:assert/strict";
import { formatTrace } from "../../../../src/agents/popfetch/trace.ts";
import { formatDateTime } from "../../../../src/formats/date.ts";

const trace = {
  host: "pop.provider.example",
  user: "office",
  uidl: "uid-1",
  where: "To",
  hostname: "mail.office.example",
  recipients: ["bob@office.example"],
  atMs: Date.UTC(2024, 0, 1),
};
const date = formatDateTime(trace.atMs);

Deno.test("formatTrace() tells whence, whither and why", () => {
  strictEqual(
    formatTrace(trace, "Q1"),
    "Received: from pop.provider.example (account office)\r\n" +
      "\tby mail.office.example with POP3 (dmail) id Q1\r\n" +
      "\tfor <bob@office.example>;\r\n" +
      `\t${date}\r\n` +
      "X-DMail-Fetched: office@pop.provider.example; uid-1; recipient found in To\r\n",
  );
});

Deno.test("formatTrace() does not tell one of several recipients who the others are", () => {
  const text = formatTrace({ ...trace, recipients: ["bob@x.example", "anna@x.example"] }, "Q1");
  strictEqual(text.includes("@x.example"), false);
});

Deno.test("formatTrace() lets nothing from outside begin a header line or end a comment", () => {
  const text = formatTrace(
    { ...trace, user: "a)\r\nBcc: x", uidl: "u;\r\nv", where: "nowhere" },
    "Q1",
  );
  strictEqual(
    text,
    "Received: from pop.provider.example (account a_Bcc: x)\r\n" +
      "\tby mail.office.example with POP3 (dmail) id Q1\r\n" +
      "\tfor <bob@office.example>;\r\n" +
      `\t${date}\r\n` +
      "X-DMail-Fetched: a_Bcc: x@pop.provider.example; u_v; no recipient found\r\n",
  );
});
