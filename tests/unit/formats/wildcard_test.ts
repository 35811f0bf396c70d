import { deepStrictEqual as assertEquals, strictEqual, throws } from "node:assert/strict";
import {
  fillWildcards,
  matchesAnyWildcard,
  matchesEveryWildcard,
  matchesWildcard,
  parseWildcardList,
  wildcardParts,
} from "../../../src/formats/wildcard.ts";

Deno.test("matchesWildcard() compares all of the text, whatever its case", async (t) => {
  const cases = [
    { pattern: "ralph", text: "Ralph", want: true },
    { pattern: "ralph", text: "ralphy", want: false },
    { pattern: "*smith", text: "jsmith", want: true },
    { pattern: "*smith", text: "smith", want: true },
    { pattern: "*smith", text: "smithy", want: false },
    { pattern: "B*", text: "bert", want: true },
    { pattern: "*", text: "", want: true },
    { pattern: "", text: "", want: true },
    { pattern: "", text: "a", want: false },
    { pattern: "?", text: "", want: false },
    { pattern: "a?c", text: "abc", want: true },
    { pattern: "a?c", text: "ac", want: false },
    { pattern: "*@*.example", text: "anna@office.example", want: true },
    { pattern: "a*b*c", text: "aXbXbXc", want: true },
    { pattern: "a*b*c", text: "aXcXb", want: false },
    { pattern: "a.b", text: "axb", want: false },
    { pattern: "?", text: "\u{1F600}", want: true },
  ];
  for (const { pattern, text, want } of cases) {
    await t.step(`${pattern} against ${text}`, () => {
      strictEqual(matchesWildcard(pattern, text), want);
    });
  }
});

Deno.test("matchesWildcard() is not slowed down by a hostile pattern", () => {
  strictEqual(matchesWildcard("*a".repeat(200) + "b", "a".repeat(2000)), false);
});

Deno.test("wildcardParts() says what each star stands for, fillWildcards() puts it in", async (t) => {
  const cases = [
    {
      pattern: "*@old.example",
      text: "Bob@OLD.example",
      template: "*@new.example",
      want: "Bob@new.example",
    },
    { pattern: "*@*.old", text: "bob@east.old", template: "*@*.new", want: "bob@east.new" },
    { pattern: "*@*.old", text: "bob@east.old", template: "*@new", want: "bob@new" },
    { pattern: "a*b*c", text: "aXbYbZc", template: "<*><*>", want: "<X><YbZ>" },
    { pattern: "*", text: "", template: "<*>", want: "<>" },
    { pattern: "a**", text: "abc", template: "<*><*>", want: "<><bc>" },
    { pattern: "b?b", text: "bob", template: "x", want: "x" },
    { pattern: "bob*", text: "bob", template: "<*>", want: "<>" },
    { pattern: "bob", text: "ann", template: "x", want: undefined },
  ];
  for (const { pattern, text, template, want } of cases) {
    await t.step(`${pattern} against ${text}`, () => {
      const parts = wildcardParts(pattern, text);
      strictEqual(parts && fillWildcards(template, parts), want);
    });
  }
});

Deno.test("parseWildcardList() reads the list of 000:92", () => {
  assertEquals(parseWildcardList("ralph,bill,!*smith"), [
    { pattern: "ralph", negated: false },
    { pattern: "bill", negated: false },
    { pattern: "*smith", negated: true },
  ]);
});

Deno.test("parseWildcardList() refuses blanks, empty elements and endless ones", async (t) => {
  for (const text of ["", "a,,b", "a, b", ",a", "!", "!!a", "x".repeat(513)]) {
    await t.step(text.slice(0, 20), () => throws(() => parseWildcardList(text), SyntaxError));
  }
});

Deno.test("a permissive list needs one match, a restrictive one needs all", () => {
  const list = parseWildcardList("b*,!bad");
  strictEqual(matchesAnyWildcard(list, "bert"), true);
  strictEqual(matchesAnyWildcard(list, "bad"), true);
  strictEqual(matchesAnyWildcard(list, "anna"), true);
  strictEqual(matchesEveryWildcard(list, "bert"), true);
  strictEqual(matchesEveryWildcard(list, "bad"), false);
  strictEqual(matchesEveryWildcard(list, "anna"), false);
});
