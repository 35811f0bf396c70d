import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { sideBySide } from "../../../src/platform/mod.ts";

Deno.test("sideBySide() works on all things in their order, so many at once and no more", async () => {
  const begun: number[] = [];
  let underWay = 0;
  let most = 0;
  await sideBySide([1, 2, 3, 4, 5], 2, async (thing) => {
    begun.push(thing);
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
  });
  equal(begun, [1, 2, 3, 4, 5]);
  strictEqual(most, 2);
  strictEqual(underWay, 0);
});

Deno.test("sideBySide() does the rest before it tells of a failure", async () => {
  const done: number[] = [];
  const work = async (thing: number) => {
    await Promise.resolve();
    if (thing === 1) throw new Error("One is broken");
    done.push(thing);
  };
  await rejects(sideBySide([1, 2, 3], 2, work), /One is broken/);
  equal(done, [2, 3]);
});

Deno.test("sideBySide() has nothing to do with nothing", async () => {
  await sideBySide([], 2, () => Promise.reject(new Error("Never called")));
});
