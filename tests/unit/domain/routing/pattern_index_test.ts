import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { PatternIndex } from "../../../../src/domain/routing/mod.ts";
import { wildcardParts } from "../../../../src/formats/wildcard.ts";

function indexOf(...patterns: readonly string[]) {
  return new PatternIndex(patterns.map((pattern, line) => ({ pattern, line })));
}

Deno.test("PatternIndex.all() finds all that match, in their order", () => {
  const index = indexOf("*@old.x", "bob@old.x", "ann@old.x", "b*@*", "bob@old.x", "*@new.x");
  deepStrictEqual(index.all("Bob@old.x").map(({ rule }) => rule.line), [0, 1, 3, 4]);
  deepStrictEqual(index.all("zoe@y.x"), []);
});

Deno.test("PatternIndex.best() has plain names go before wildcards, and those in their order", () => {
  const index = indexOf("s*", "*", "sales", "sales");
  deepStrictEqual(index.best("SALES")?.rule.line, 2);
  deepStrictEqual(index.best("support")?.rule.line, 0);
  deepStrictEqual(index.best("info")?.rule.line, 1);
  deepStrictEqual(index.best("info")?.parts, ["info"]);
  deepStrictEqual(indexOf("a").best("b"), undefined);
});

Deno.test("PatternIndex finds what asking each rule in turn finds", () => {
  const local = fc.stringMatching(/^[ab*?]{1,3}$/);
  const domain = fc.constantFrom("a", "b", "*", "a?");
  const pattern = fc.oneof(local, fc.tuple(local, domain).map((parts) => parts.join("@")));
  const text = fc.stringMatching(/^[ab]{1,3}(@a?b?)?$/);
  fc.assert(fc.property(fc.array(pattern, { maxLength: 12 }), text, (patterns, text) => {
    const slow = patterns.flatMap((pattern, line) => {
      const parts = wildcardParts(pattern, text);
      return parts === undefined ? [] : [{ line, parts }];
    });
    const index = indexOf(...patterns);
    deepStrictEqual(index.all(text).map(({ rule, parts }) => ({ line: rule.line, parts })), slow);
    const plain = slow.find(({ line }) => patterns[line] === text);
    deepStrictEqual(index.best(text)?.rule.line, (plain ?? slow[0])?.line);
  }));
});
