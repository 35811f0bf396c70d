import { strictEqual } from "node:assert/strict";
import {
  ago,
  ahead,
  capitalised,
  count,
  grouped,
  printable,
  shortened,
  size,
  span,
  table,
} from "../../../src/formats/words.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

Deno.test("count() and grouped() write numbers as people do", () => {
  strictEqual(count(0, "message"), "0 messages");
  strictEqual(count(1, "message"), "1 message");
  strictEqual(count(2, "mailbox", "mailboxes"), "2 mailboxes");
  strictEqual(grouped(999), "999");
  strictEqual(grouped(1000), "1,000");
  strictEqual(grouped(1_234_567), "1,234,567");
});

Deno.test("size() rounds to what fits into a glance", async (t) => {
  const cases: readonly [octets: number, want: string][] = [
    [0, "0 bytes"],
    [1, "1 byte"],
    [1023, "1023 bytes"],
    [1024, "1 KB"],
    [1536, "1.5 KB"],
    [10_188, "9.9 KB"],
    [10_200, "10 KB"],
    [1024 * 1023, "1023 KB"],
    [1024 * 1024 - 1, "1 MB"],
    [7_340_032, "7 MB"],
    [5 * 1024 ** 3, "5 GB"],
    [5000 * 1024 ** 4, "5000 TB"],
  ];
  for (const [octets, want] of cases) {
    await t.step(String(octets), () => strictEqual(size(octets).replace(",", ""), want));
  }
});

Deno.test("span() names the one or two units that matter", async (t) => {
  const cases: readonly [ms: number, want: string][] = [
    [-5, "0 s"],
    [0, "0 s"],
    [59_999, "59 s"],
    [MINUTE, "1 min"],
    [HOUR - 1, "59 min"],
    [HOUR, "1 h"],
    [3 * HOUR + 20 * MINUTE, "3 h 20 min"],
    [10 * HOUR + 20 * MINUTE, "10 h"],
    [2 * DAY - 1, "47 h"],
    [2 * DAY, "2 days"],
    [1200 * DAY, "1,200 days"],
  ];
  for (const [ms, want] of cases) await t.step(want, () => strictEqual(span(ms), want));
});

Deno.test("ago() is never in the future, ahead() never late", () => {
  strictEqual(ago(-HOUR), "just now");
  strictEqual(ago(59_999), "just now");
  strictEqual(ago(4 * MINUTE), "4 min ago");
  strictEqual(ahead(-1), "due now");
  strictEqual(ahead(1), "within a minute");
  strictEqual(ahead(11 * MINUTE + 1), "in 12 min");
  strictEqual(ahead(HOUR - 1), "in 1 h");
});

Deno.test("capitalised() begins a sentence, but leaves a host name alone", async (t) => {
  const cases: readonly [text: string, want: string][] = [
    ["nothing new", "Nothing new"],
    ["refused by pop.nowhere.example", "Refused by pop.nowhere.example"],
    ["refused. that is all", "Refused. that is all"],
    ["pop.nowhere.example refused", "pop.nowhere.example refused"],
    ["pop.nowhere.example:110 refused", "pop.nowhere.example:110 refused"],
    ["éteint", "Éteint"],
    ["", ""],
  ];
  for (const [text, want] of cases) {
    await t.step(JSON.stringify(text), () => strictEqual(capitalised(text), want));
  }
});

Deno.test("table() lines columns up and leaves no blanks at the end", () => {
  strictEqual(table([["a", "long cell", "x"], ["bbb", "c", ""]]), "a    long cell  x\nbbb  c");
});

Deno.test("printable() leaves nothing that a terminal obeys", () => {
  strictEqual(printable("grüße 📬\n\tto"), "grüße 📬\n\tto");
  strictEqual(printable("\x1b[2J\r\x9b2J \u202egpj.exe \u2028 \0"), "?[2J??2J ?gpj.exe ? ?");
});

Deno.test("shortened() repeats the beginning of what is long", async (t) => {
  const cases = [
    { text: "", want: "" },
    { text: "12345", want: "12345" },
    { text: "123456", want: "12345…" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => strictEqual(shortened(text, 5), want));
  }
  strictEqual(shortened("x".repeat(61)), "x".repeat(60) + "…");
});
