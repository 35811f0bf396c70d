import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  formatReply,
  isUniqueId,
  parseCommand,
  parseListing,
  parseNumber,
  parseReply,
  parseUidl,
} from "../../../src/formats/pop3.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("parseCommand() accepts", async (t) => {
  const cases = [
    { line: "QUIT", want: { keyword: "QUIT", argument: "" } },
    { line: "retr 1", want: { keyword: "RETR", argument: "1" } },
    { line: "TOP 1 10", want: { keyword: "TOP", argument: "1 10" } },
    { line: "PASS  two  spaces ", want: { keyword: "PASS", argument: " two  spaces " } },
    { line: "USER jürgen", want: { keyword: "USER", argument: "jürgen" } },
    { line: "NOOP ", want: { keyword: "NOOP", argument: "" } },
  ];
  for (const { line, want } of cases) {
    await t.step(JSON.stringify(line), () => deepStrictEqual(parseCommand(bytes(line)), want));
  }
});

Deno.test("parseCommand() takes what is not UTF-8 as Windows-1252", () => {
  const line = Uint8Array.from([...bytes("PASS gr"), 0xfc, 0xdf]);
  deepStrictEqual(parseCommand(line), { keyword: "PASS", argument: "grüß" });
});

Deno.test("parseCommand() rejects", async (t) => {
  for (const line of ["", " ", " QUIT", "É", "GO", "\x16\x03\x01\x02", "ABCDEFGHIJKLM", "A\tB"]) {
    await t.step(JSON.stringify(line), () => {
      throws(() => parseCommand(bytes(line)), SyntaxError);
    });
  }
});

Deno.test("parseNumber() accepts decimal digits only", async (t) => {
  for (const [text, want] of [["0", 0], ["1", 1], ["007", 7], ["999999999999999", 1e15 - 1]]) {
    await t.step(String(text), () => strictEqual(parseNumber(String(text)), want));
  }
  for (const text of ["", "-1", "+1", "1.0", "1e3", "0x10", " 1", "1 ", "1234567890123456", "١"]) {
    await t.step(`not ${JSON.stringify(text)}`, () => {
      throws(() => parseNumber(text), SyntaxError);
    });
  }
});

Deno.test("parseReply() accepts", async (t) => {
  const cases = [
    { line: "+OK", want: { ok: true, text: "" } },
    { line: "+OK 2 320", want: { ok: true, text: "2 320" } },
    { line: "+ok ready", want: { ok: true, text: "ready" } },
    { line: "-ERR [IN-USE] busy", want: { ok: false, code: "IN-USE", text: "busy" } },
    { line: "-ERR [sys/temp]", want: { ok: false, code: "SYS/TEMP", text: "" } },
    { line: "-ERR [not closed", want: { ok: false, text: "[not closed" } },
    { line: "+OK\tready", want: { ok: true, text: "ready" } },
  ];
  for (const { line, want } of cases) {
    await t.step(JSON.stringify(line), () => deepStrictEqual(parseReply(bytes(line)), want));
  }
});

Deno.test("parseReply() rejects", async (t) => {
  for (const line of ["", "OK", "+OKAY", "-ERROR", "* OK", "220 ready", "+ "]) {
    await t.step(JSON.stringify(line), () => {
      throws(() => parseReply(bytes(line)), SyntaxError);
    });
  }
});

Deno.test("formatReply() cuts long text at a character and keeps controls from the wire", () => {
  const long = formatReply({ ok: false, code: "AUTH", text: "ü".repeat(400) });
  ok(bytes(long).length <= 512);
  ok(long.endsWith("ü\r\n"));
  strictEqual(formatReply({ ok: true, text: "a\r\n+OK b" }), "+OK a  +OK b\r\n");
  strictEqual(formatReply({ ok: true, text: "" }), "+OK\r\n");
});

Deno.test("parseListing() ignores what follows the two numbers", () => {
  deepStrictEqual(parseListing("1 120"), { number: 1, octets: 120 });
  deepStrictEqual(parseListing("2  200 octets"), { number: 2, octets: 200 });
  for (const line of ["", "1", "a b", "1 -5", "."]) {
    throws(() => parseListing(line), SyntaxError, line);
  }
});

Deno.test("parseUidl() accepts visible characters only", () => {
  deepStrictEqual(parseUidl("1 whqtswO00WBw418f9t5JxYwZ"), {
    number: 1,
    uid: "whqtswO00WBw418f9t5JxYwZ",
  });
  deepStrictEqual(parseUidl("12  a.b "), { number: 12, uid: "a.b" });
  for (const line of ["", "1", "1 ", "x y", "1 a b", "1 ü", `1 ${"x".repeat(251)}`]) {
    throws(() => parseUidl(line), SyntaxError, line);
  }
});

Deno.test("isUniqueId() follows RFC 1939 section 7", () => {
  for (const id of ["a", "~!", "x".repeat(70)]) strictEqual(isUniqueId(id), true, id);
  for (const id of ["", "x".repeat(71), "a b", "ü", "a\n"]) strictEqual(isUniqueId(id), false, id);
});

Deno.test("parsers throw nothing but SyntaxError", () => {
  const parsers = [parseNumber, parseListing, parseUidl];
  const byteParsers = [parseCommand, parseReply];
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.uint8Array(), (text, raw) => {
    for (const parse of parsers) onlySyntaxError(() => parse(text));
    for (const parse of byteParsers) onlySyntaxError(() => parse(raw));
  }));
});

Deno.test("parseReply() reads back what formatReply() wrote", () => {
  const reply = fc.record({
    ok: fc.boolean(),
    code: fc.constantFrom("AUTH", "IN-USE", "SYS/TEMP"),
    text: fc.string({ maxLength: 100 }).filter((text) => text === text.trimStart()),
  }, { noNullPrototype: true });
  fc.assert(fc.property(reply, (value) => {
    deepStrictEqual(parseReply(bytes(formatReply(value).slice(0, -2))), value);
  }));
});

function onlySyntaxError(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}
