import { deepStrictEqual } from "node:assert/strict";
import { forgetOldest } from "../../../src/platform/mod.ts";

Deno.test("forgetOldest() leaves so many as there may be, the newest of them", async (t) => {
  const cases: readonly { most: number; want: readonly string[] }[] = [
    { most: 4, want: ["a", "b", "c"] },
    { most: 3, want: ["a", "b", "c"] },
    { most: 2, want: ["b", "c"] },
    { most: 0, want: [] },
  ];
  for (const { most, want } of cases) {
    await t.step(`at most ${most}`, () => {
      const set = new Set(["a", "b", "c"]);
      const map = new Map([["a", 1], ["b", 2], ["c", 3]]);
      for (const remembered of [set, map]) forgetOldest(remembered, most);
      deepStrictEqual([...set], want);
      deepStrictEqual([...map.keys()], want);
    });
  }
});

Deno.test("forgetOldest() takes what was put in again for new", () => {
  const used = new Map([["a", 1], ["b", 2]]);
  used.delete("a");
  used.set("a", 1);
  forgetOldest(used, 1);
  deepStrictEqual([...used.keys()], ["a"]);
});
