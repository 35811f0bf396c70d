import { doesNotMatch, match, strictEqual } from "node:assert/strict";
import {
  beginsLengthField,
  formatFromLine,
  formatLengthField,
  formatTraceFields,
  isFromLine,
  parseLengthField,
} from "../../../src/formats/mbox.ts";

const atMs = Date.UTC(2024, 1, 3, 4, 5, 6);

Deno.test("formatFromLine() writes sender and ctime() in UTC", async (t) => {
  const cases = [
    { sender: "fred@a.example", want: "From fred@a.example Sat Feb  3 04:05:06 2024\n" },
    { sender: "", want: "From MAILER-DAEMON Sat Feb  3 04:05:06 2024\n" },
    { sender: '"a b"@c\r\nX: y', want: 'From "a_b"@c__X:_y Sat Feb  3 04:05:06 2024\n' },
    { sender: "jürgen@a.example", want: "From jürgen@a.example Sat Feb  3 04:05:06 2024\n" },
  ];
  for (const { sender, want } of cases) {
    await t.step(JSON.stringify(sender), () => {
      const line = formatFromLine({ sender, deliveryId: "1", atMs });
      strictEqual(line, want);
      strictEqual(isFromLine(line.slice(0, -1)), true);
    });
  }
});

Deno.test("formatTraceFields() lets no sender add a header of its own", () => {
  const head = { sender: "a@b>\r\nX-UIDL: stolen", deliveryId: "q1", atMs };
  strictEqual(formatTraceFields(head), "Return-Path: <a@b>__X-UIDL:_stolen>\nX-UIDL: q1\n");
  strictEqual(formatTraceFields({ ...head, sender: "" }), "Return-Path: <>\nX-UIDL: q1\n");
  strictEqual(formatTraceFields(head, { returnPath: false }), "X-UIDL: q1\n");
});

Deno.test("isFromLine() accepts what mail programs write", async (t) => {
  const lines = [
    "From fred@a.example Mon Jan  1 00:00:00 2024",
    "From fred Mon Jan 31 23:59 2024",
    "From fred Mon Jan  1 00:00:00 MET 2024",
    "From fred Mon Jan  1 00:00:00 2024 +0100",
    "From fred Mon Jan  1 00:00:00 +0100 2024",
    "From a b@c Mon Jan  1 00:00:00 2024 remote from d",
    "From - Mon Jan  1 00:00:00 2024",
    "From Mon Jan  1 00:00:00 2024",
    "From fred Mon Jan  1 00:00:00 2024\r",
  ];
  for (const line of lines) await t.step(line, () => strictEqual(isFromLine(line), true));
});

Deno.test("isFromLine() rejects sentences", async (t) => {
  const lines = [
    "",
    "From",
    "From here on it is easy",
    "From Monday, January 1, 2024",
    ">From fred Mon Jan  1 00:00:00 2024",
    "from fred Mon Jan  1 00:00:00 2024",
    "From: fred Mon Jan  1 00:00:00 2024",
    "From fred Mon Jan  1 2024",
  ];
  for (const line of lines) await t.step(line, () => strictEqual(isFromLine(line), false));
});

Deno.test("parseLengthField() reads what formatLengthField() wrote, and nothing else", () => {
  strictEqual(parseLengthField(formatLengthField(1234).slice(0, -1)), 1234);
  for (const line of ["", "X-DMail-Length: ", "X-DMail-Length: 1x", "X-DMail-Length: 1\r", "1"]) {
    strictEqual(parseLengthField(line), undefined, line);
  }
});

Deno.test("beginsLengthField() knows every beginning of the field", () => {
  const field = formatLengthField(12).slice(0, -1);
  for (let cut = 0; cut <= field.length; cut++) {
    strictEqual(beginsLengthField(field.slice(0, cut)), true);
  }
  strictEqual(beginsLengthField("X-Mailer: a"), false);
});

Deno.test("length field stays a header to other readers", () => {
  match(formatLengthField(0), /^[!-9;-~]+: \d+\n$/);
  doesNotMatch(formatLengthField(0), /\r/);
});
