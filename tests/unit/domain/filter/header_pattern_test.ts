import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { HeaderPattern } from "../../../../src/domain/filter/header_pattern.ts";
import { matchesWildcard } from "../../../../src/formats/wildcard.ts";

function fits(pattern: string, text: string): boolean {
  return new HeaderPattern(pattern).fits(text.toLowerCase());
}

Deno.test("HeaderPattern fits", async (t) => {
  const cases = [
    { pattern: "*money*", text: "Make MONEY fast", want: true },
    { pattern: "money*", text: "Make money", want: false },
    { pattern: "*money", text: "Make money fast", want: false },
    { pattern: "money", text: "Money", want: true },
    { pattern: "mo?ey", text: "monkey", want: false },
    { pattern: "*m?n?y*", text: "the money", want: true },
    { pattern: "a*?*b", text: "ab", want: false },
    { pattern: "a*?*b", text: "axb", want: true },
    { pattern: "*a*a", text: "a", want: false },
    { pattern: "?", text: "🎉", want: true },
    { pattern: "*?🎉", text: "🎉🎉", want: true },
    { pattern: "*", text: "", want: true },
    { pattern: "", text: "x", want: false },
  ];
  for (const { pattern, text, want } of cases) {
    await t.step(`${pattern} and ${text}`, () => strictEqual(fits(pattern, text), want));
  }
});

Deno.test("HeaderPattern means what matchesWildcard() means", () => {
  const letters = (extra: string[]) =>
    fc.array(fc.constantFrom("a", "b", "A", "é", "🎉", ...extra), { maxLength: 9 })
      .map((some) => some.join(""));
  fc.assert(
    fc.property(letters(["*", "?", "*"]), letters([]), (pattern, text) => {
      strictEqual(fits(pattern, text), matchesWildcard(pattern, text));
    }),
    { numRuns: 2000 },
  );
});
