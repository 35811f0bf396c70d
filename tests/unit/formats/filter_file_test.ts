import { deepStrictEqual as assertEquals, match, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  type FilterTest,
  formatFilterTest,
  MAX_FILTER_RULES,
  parseFilterFile,
  parseFilterTest,
} from "../../../src/formats/filter_file.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Document 000, lines 941-943; the second rule is broken over two lines there by its margin. */
const DOCUMENTED = [
  "reject body begin 0666 happy99.exe",
  'reject body Content-disposition: attachment; filename="happy99.exe"',
];

Deno.test("parseFilterTest() accepts", async (t) => {
  const cases: { text: string; want: FilterTest }[] = [
    { text: DOCUMENTED[0]!, want: { kind: "body", text: "begin 0666 happy99.exe" } },
    {
      text: DOCUMENTED[1]!,
      want: { kind: "body", text: 'Content-disposition: attachment; filename="happy99.exe"' },
    },
    { text: 'reject body .vbs"', want: { kind: "body", text: '.vbs"' } }, // 000:968
    { text: "reject body .vbs", want: { kind: "body", text: ".vbs" } }, // 000:966
    {
      text: "REJECT  Body\t two  spaces # here ",
      want: { kind: "body", text: "two  spaces # here" },
    },
    { text: "reject body Größe", want: { kind: "body", text: "Größe" } },
    {
      text: "reject Subject: *money*",
      want: { kind: "header", name: "Subject", pattern: "*money*" },
    },
    { text: "reject X-Mailer:Bulk?", want: { kind: "header", name: "X-Mailer", pattern: "Bulk?" } },
    { text: "reject Body: *", want: { kind: "header", name: "Body", pattern: "*" } },
    {
      text: "reject header X-Spam: y*",
      want: { kind: "header", name: undefined, pattern: "X-Spam: y*" },
    },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => assertEquals(parseFilterTest(text), want));
  }
});

Deno.test("parseFilterTest() refuses, and says what to write", async (t) => {
  const cases = [
    "",
    "accept body x",
    "reject",
    "reject body",
    "reject body x",
    "reject subject *money*",
    "reject Subject:",
    "reject header",
    "reject header **",
    "reject Sübject: x",
    "reject body a\0b",
    `reject body ${"x".repeat(501)}`,
  ];
  for (const text of cases) {
    await t.step(JSON.stringify(text.slice(0, 40)), () => {
      throws(() => parseFilterTest(text), { name: "SyntaxError", message: /write/ });
    });
  }
});

Deno.test("parseFilterFile() numbers rules and passes over comments and blank lines", () => {
  const text = [
    "\uFEFF# Attachments",
    "",
    ...DOCUMENTED,
    "  # more",
    "\treject From: *@spam.example",
  ];
  const { rules, problems } = parseFilterFile(bytes(text.join("\r\n")));
  assertEquals(problems, []);
  assertEquals(
    rules.map(({ number, test }) => [number, formatFilterTest(test)]),
    [[1, DOCUMENTED[0]], [2, DOCUMENTED[1]], [3, "reject From: *@spam.example"]],
  );
});

Deno.test("parseFilterFile() tells of every bad line, and where it is", () => {
  const { rules, problems } = parseFilterFile(bytes("drop it\nreject body ok\n\nreject Subject\n"));
  assertEquals(problems.map(({ severity, line }) => [severity, line]), [["error", 1], [
    "error",
    4,
  ]]);
  for (const { message } of problems) match(message, /is not a filter rule: write /);
  assertEquals(rules.map(({ number }) => number), [1]);
});

Deno.test("parseFilterFile() warns of a wildcard in a body rule (000:963-967)", () => {
  const { rules, problems } = parseFilterFile(bytes("reject body *.vbs\nreject body 2*3\n"));
  strictEqual(rules.length, 2);
  assertEquals(problems.map(({ severity, line, message }) => [severity, line, message]), [
    ["warning", 1, "Body rules know no wildcards: write reject body .vbs"],
  ]);
});

Deno.test("parseFilterFile() bounds the number of rules and their text", async (t) => {
  const cases = [
    {
      name: "rules",
      line: "reject Subject: x",
      count: MAX_FILTER_RULES + 50,
      kept: MAX_FILTER_RULES,
    },
    { name: "text", line: `reject body ${"y".repeat(400)}`, count: 82, kept: 81 },
  ];
  for (const { name, line, count, kept } of cases) {
    await t.step(name, () => {
      const file = parseFilterFile(bytes(`${line}\n`.repeat(count)));
      strictEqual(file.rules.length, kept);
      strictEqual(file.problems.length, 1);
      strictEqual(file.problems[0]?.line, kept + 1);
    });
  }
});

Deno.test("parseFilterFile() takes any octets, and every bad line has its number", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
    const { rules, problems } = parseFilterFile(octets);
    strictEqual(problems.every(({ line }) => line >= 1), true);
    assertEquals(rules.map(({ number }) => number), rules.map((_, index) => index + 1));
  }));
});

Deno.test("formatFilterTest() writes what parseFilterTest() reads back", () => {
  const text = fc.string({ unit: "grapheme", minLength: 3, maxLength: 40 })
    .map((value) => value.replaceAll(/[\p{Cc}]/gu, "-").trim())
    .filter((value) => [...value].length >= 2 && !/^[*?]+$/.test(value));
  const name = fc.stringMatching(/^[!-9;-~]{1,20}$/);
  const test: fc.Arbitrary<FilterTest> = fc.oneof(
    text.map((value) => ({ kind: "body" as const, text: value })),
    fc.tuple(fc.option(name, { nil: undefined }), text).map(([field, pattern]) => (
      { kind: "header" as const, name: field, pattern }
    )),
  );
  fc.assert(fc.property(test, (one) => assertEquals(parseFilterTest(formatFilterTest(one)), one)));
});

Deno.test("parseFilterTest() throws nothing but SyntaxError", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
    try {
      parseFilterTest(`reject ${text}`);
    } catch (error) {
      strictEqual(error instanceof SyntaxError, true);
    }
  }));
});
