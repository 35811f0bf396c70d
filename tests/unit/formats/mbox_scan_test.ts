import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { formatFromLine, formatLengthField, formatTraceFields } from "../../../src/formats/mbox.ts";
import { MboxDecoder, MboxEncoder } from "../../../src/formats/mbox_quoting.ts";
import { hasReturnPath } from "../../../src/formats/return_path.ts";
import { type MboxContents, MboxScanner } from "../../../src/formats/mbox_scan.ts";
import { applied, cutAt, everyCut, mailishText } from "../../support/chunks.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";

const FROM = "From a@b Mon Jan  1 00:00:00 2024\n";

function scan(chunks: readonly Uint8Array[]): MboxContents {
  const scanner = new MboxScanner();
  for (const chunk of chunks) scanner.push(chunk);
  return scanner.end();
}

/** The texts of the messages found, as they stand in the file. */
function found(file: string, contents: MboxContents): string[] {
  return contents.records.map(({ start, end }) => file.slice(start, end));
}

/** A message as our own delivery writes it. */
function delivered(deliveryId: string, message: string): string {
  const head = { sender: "a@b", deliveryId, atMs: 0 };
  const returnPath = !hasReturnPath(octetsOf(message));
  const text = formatTraceFields(head, { returnPath }) +
    applied(new MboxEncoder(), [octetsOf(message)]);
  return formatFromLine(head) + formatLengthField(text.length) + text + "\n";
}

Deno.test("MboxScanner finds messages in whatever a file holds, however it is cut", async (t) => {
  const cases = [
    { name: "empty", file: "", want: [] },
    { name: "blank lines only", file: "\n\n\r\n", want: [] },
    { name: "two", file: `${FROM}A: 1\n\nb\n\n${FROM}C: 1\n\n`, want: ["A: 1\n\nb\n", "C: 1\n"] },
    { name: "no From_ line at the start", file: `A: 1\n\n${FROM}b\n`, want: ["A: 1\n", "b\n"] },
    { name: "blank lines before the first", file: `\n\n${FROM}a\n`, want: ["a\n"] },
    { name: "no blank line between", file: `${FROM}a\n${FROM}b\n`, want: [`a\n${FROM}b\n`] },
    { name: "From in a body", file: `${FROM}a\n\nFrom here on\n`, want: ["a\n\nFrom here on\n"] },
    { name: "quoted From_", file: `${FROM}a\n\n>${FROM}\n`, want: [`a\n\n>${FROM}`] },
    { name: "no line end at the end", file: `${FROM}a\n\nb`, want: ["a\n\nb"] },
    { name: "NULs", file: `${FROM}\0\0\n\n${FROM}\0\n`, want: ["\0\0\n", "\0\n"] },
    { name: "CR only", file: `${FROM}a\rb\r\r`, want: ["a\rb\r\r"] },
    { name: "CRLF", file: "From a Mon Jan  1 00:00:00 2024\r\na\r\n\r\n", want: ["a\r\n"] },
    { name: "message without text", file: `${FROM}\n${FROM}a\n`, want: ["a\n"] },
  ];
  for (const { name, file, want } of cases) {
    await t.step(name, () => {
      for (const chunks of everyCut(octetsOf(file))) {
        const contents = scan(chunks);
        deepStrictEqual(found(file, contents), want);
        strictEqual(contents.tornAt, undefined);
      }
    });
  }
});

Deno.test("MboxScanner counts the octets that MboxDecoder makes of each message", () => {
  const files = fc.array(fc.oneof(mailishText, fc.constant(`\n\n${FROM}`)), { maxLength: 6 });
  fc.assert(fc.property(files, fc.array(fc.nat(300)), (parts, places) => {
    const file = parts.join("");
    for (const { start, end, sizeOctets } of scan(cutAt(octetsOf(file), places)).records) {
      const wire = applied(new MboxDecoder(), [octetsOf(file.slice(start, end))]);
      strictEqual(sizeOctets, wire.length, JSON.stringify({ file, start, end }));
    }
  }));
});

Deno.test("MboxScanner counts a line of many quotes as MboxDecoder does", () => {
  const text = `${">".repeat(5000)}From a\n${"x".repeat(3000)}\n>Fro\n`;
  for (const cut of [1, 2000, 5001, 5003, 6000]) {
    const chunks = cutAt(octetsOf(FROM + text), [FROM.length + cut, FROM.length + cut + 1]);
    strictEqual(scan(chunks).records[0]?.sizeOctets, text.length + 3 - 1);
  }
});

Deno.test("MboxScanner reads the id of our own delivery only where we write it", async (t) => {
  const path = "Return-Path: <a@b>\n";
  const cases = [
    { name: "own", file: delivered("q1", "A: 1\r\n"), want: "q1" },
    { name: "without a length", file: `${FROM}${path}X-UIDL: q1\n`, want: "q1" },
    { name: "own, path of the message", file: delivered("q1", `A: 1\r\n${path}`), want: "q1" },
    {
      name: "of the message behind our own",
      file: delivered("q1", `X-UIDL: q2\r\n${path}`),
      want: "q1",
    },
    { name: "first", file: `${FROM}X-UIDL: q1\n`, want: undefined },
    { name: "further down", file: `${FROM}${path}A: 1\nX-UIDL: q1\n`, want: undefined },
    { name: "two spaces", file: `${FROM}${path}X-UIDL:  q1\n`, want: undefined },
    { name: "no id", file: `${FROM}${path}X-UIDL: \n`, want: undefined },
    { name: "too long", file: `${FROM}${path}X-UIDL: ${"x".repeat(71)}\n`, want: undefined },
    { name: "CRLF", file: `${FROM}${path}X-UIDL: q1\r\n`, want: undefined },
  ];
  for (const { name, file, want } of cases) {
    await t.step(name, () => strictEqual(scan([octetsOf(file)]).records[0]?.deliveryId, want));
  }
});

Deno.test("MboxScanner tells what a crash cut off, wherever it cut", () => {
  const first = delivered("q1", "Subject: one\r\n\r\nFrom me\r\n");
  const second = delivered("q2", "Subject: two\r\n\r\nends with a blank line\r\n\r\n");
  const file = first + second;
  for (let cut = 0; cut <= file.length; cut++) {
    const contents = scan([octetsOf(file.slice(0, cut))]);
    const whole = [first, second].filter((_, i) => cut >= [first, file][i]!.length - 1).length;
    strictEqual(contents.records.length, whole, `cut at ${cut}`);
    const begun = cut > 0 && cut < first.length - 1
      ? 0
      : cut > first.length
      ? first.length
      : undefined;
    strictEqual(contents.tornAt, cut < file.length - 1 ? begun : undefined, `cut at ${cut}`);
  }
});

Deno.test("MboxScanner says how to go on, so that the next message is found and the last unchanged", () => {
  const blank = delivered("q1", "A: 1\r\n\r\n\r\n");
  const next = delivered("q2", "B: 1\r\n");
  const files = [
    "",
    "\n",
    "a",
    "a\n",
    "a\n\n",
    `${FROM}a`,
    `${FROM}a\n`,
    blank,
    blank.slice(0, -1),
  ];
  for (const file of files) {
    const before = scan([octetsOf(file)]);
    const all = file + before.separator + next;
    const after = scan([octetsOf(all)]);
    strictEqual(after.records.at(-1)?.deliveryId, "q2", JSON.stringify(file));
    const sizes = (contents: MboxContents) => contents.records.map((r) => r.sizeOctets);
    deepStrictEqual(sizes(after).slice(0, -1), sizes(before), JSON.stringify(file));
  }
});

Deno.test("MboxScanner finds every message that was delivered, whole and in order", () => {
  fc.assert(fc.property(fc.array(mailishText), fc.array(fc.nat(900)), (texts, places) => {
    const file = texts.map((text, index) => delivered(`q${index}`, text)).join("");
    const contents = scan(cutAt(octetsOf(file), places));
    deepStrictEqual(contents.records.map((r) => r.deliveryId), texts.map((_, i) => `q${i}`));
    strictEqual(contents.separator, "");
    for (const [index, { start, end }] of contents.records.entries()) {
      const head = { sender: "a@b", deliveryId: `q${index}`, atMs: 0 };
      const want = formatTraceFields(head) + applied(new MboxEncoder(), [octetsOf(texts[index]!)]);
      strictEqual(octetText(octetsOf(file).subarray(start, end)), want);
    }
  }));
});
