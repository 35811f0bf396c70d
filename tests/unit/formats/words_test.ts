import { strictEqual } from "node:assert/strict";
import { counted, durationInWords, sizeInWords, table } from "../../../src/formats/words.ts";

Deno.test("sizeInWords()", async (t) => {
  const cases: [number, string][] = [
    [0, "0 bytes"],
    [999, "999 bytes"],
    [1000, "1 KB"],
    [1500, "1.5 KB"],
    [31_400, "31 KB"],
    [1_440_000, "1.4 MB"],
    [52_000_000, "52 MB"],
    [2_500_000_000, "2.5 GB"],
  ];
  for (const [octets, want] of cases) {
    await t.step(want, () => strictEqual(sizeInWords(octets), want));
  }
});

Deno.test("durationInWords()", async (t) => {
  const cases: [number, string][] = [
    [0, "0 s"],
    [430, "0.4 s"],
    [2000, "2 s"],
    [9400, "9.4 s"],
    [14_200, "14 s"],
    [60_000, "1 min"],
    [185_000, "3 min 5 s"],
    [7_800_000, "2 h 10 min"],
    [86_400_000, "1 d"],
    [273_600_000, "3 d 4 h"],
  ];
  for (const [ms, want] of cases) await t.step(want, () => strictEqual(durationInWords(ms), want));
});

Deno.test("counted() knows one from many", () => {
  strictEqual(counted(1, "message"), "1 message");
  strictEqual(counted(0, "message"), "0 messages");
  strictEqual(counted(2, "mailbox", "mailboxes"), "2 mailboxes");
});

Deno.test("table() lines columns up and leaves no blanks at the end", () => {
  strictEqual(table([["a", "long cell", "x"], ["bbb", "c", ""]]), "a    long cell  x\nbbb  c");
});
