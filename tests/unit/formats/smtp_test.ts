import { deepStrictEqual as equal, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  parseCapabilities,
  parseReplyLine,
  replyText,
  statusOf,
} from "../../../src/formats/smtp.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("parseReplyLine() accepts", async (t) => {
  const cases = [
    { line: "250 OK", want: { code: 250, more: false, text: "OK" } },
    { line: "250-SIZE 1000", want: { code: 250, more: true, text: "SIZE 1000" } },
    { line: "250 ", want: { code: 250, more: false, text: "" } },
    { line: "354", want: { code: 354, more: false, text: "" } },
    { line: "599  two spaces", want: { code: 599, more: false, text: " two spaces" } },
    { line: "550 a\rb", want: { code: 550, more: false, text: "a\rb" } },
    { line: "550 Ä", want: { code: 550, more: false, text: "Ä" } },
  ];
  for (const { line, want } of cases) {
    await t.step(JSON.stringify(line), () => equal(parseReplyLine(bytes(line)), want));
  }
});

Deno.test("parseReplyLine() rejects", async (t) => {
  for (const line of ["", "25", "250OK", "150 x", "600 x", "OK", " 250 OK", "+OK", "250_x"]) {
    await t.step(JSON.stringify(line), () => {
      throws(() => parseReplyLine(bytes(line)), SyntaxError);
    });
  }
});

Deno.test("parseReplyLine() throws nothing but SyntaxError", () => {
  fc.assert(fc.property(fc.uint8Array(), (line) => {
    try {
      parseReplyLine(line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }));
});

Deno.test("parseReplyLine() reads back any reply line", () => {
  const code = fc.integer({ min: 200, max: 599 });
  fc.assert(fc.property(code, fc.boolean(), fc.string(), (code, more, text) => {
    const line = bytes(`${code}${more ? "-" : " "}${text}`);
    equal(parseReplyLine(line), { code, more, text: new TextDecoder().decode(bytes(text)) });
  }));
});

Deno.test("parseCapabilities() reads keywords in any case, and the size", async (t) => {
  const cases = [
    { lines: ["mx.example.org"], keywords: [], maxOctets: undefined },
    {
      lines: ["mx", "size 1000", "PIPELINING", "8BITMIME ", "AUTH PLAIN LOGIN"],
      keywords: [["SIZE", "1000"], ["PIPELINING", ""], ["8BITMIME", ""], ["AUTH", "PLAIN LOGIN"]],
      maxOctets: 1000,
    },
    { lines: ["mx", "SIZE"], keywords: [["SIZE", ""]], maxOctets: undefined },
    { lines: ["mx", "SIZE 0"], keywords: [["SIZE", "0"]], maxOctets: undefined },
    { lines: ["mx", "SIZE many"], keywords: [["SIZE", "many"]], maxOctets: undefined },
    { lines: ["mx", "", "AUTH=LOGIN", "-x"], keywords: [], maxOctets: undefined },
  ];
  for (const { lines, keywords, maxOctets } of cases) {
    await t.step(JSON.stringify(lines), () => {
      const found = parseCapabilities({ code: 250, lines });
      equal([...found.keywords], keywords);
      strictEqual(found.maxOctets, maxOctets);
    });
  }
});

Deno.test("statusOf() takes the enhanced code of the reply's own class", async (t) => {
  const cases = [
    { code: 550, text: "5.1.1 No such user", want: "5.1.1" },
    { code: 450, text: "4.2.1", want: "4.2.1" },
    { code: 550, text: "4.2.1 strange", want: "5.0.0" },
    { code: 550, text: "No such user", want: "5.0.0" },
    { code: 451, text: "5 minutes", want: "4.0.0" },
    { code: 250, text: "2.1000.1 x", want: "2.0.0" },
    { code: 550, text: "5.1.1-x", want: "5.0.0" },
  ];
  for (const { code, text, want } of cases) {
    await t.step(`${code} ${text}`, () => strictEqual(statusOf({ code, lines: [text] }), want));
  }
});

Deno.test("replyText() puts a reply of several lines on one", () => {
  strictEqual(
    replyText({ code: 550, lines: ["5.1.1 No such user ", " here"] }),
    "550 5.1.1 No such user here",
  );
  strictEqual(replyText({ code: 250, lines: [""] }), "250");
});

Deno.test("replyText() is short, and commands no terminal", () => {
  strictEqual(
    replyText({ code: 451, lines: ["\x1b]0;x\x07 a\rb\0 \u202Ec", "\x9b2J"] }),
    "451 ]0;x a b c 2J",
  );
  const long = replyText({ code: 550, lines: Array(200).fill("z".repeat(4000)) });
  strictEqual(long.length, 500);
  strictEqual(long.endsWith("z…"), true);
});
