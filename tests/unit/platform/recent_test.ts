import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { Recent } from "../../../src/platform/mod.ts";
import { ManualClock } from "../../support/manual_clock.ts";

/** Counts its looks: the n-th finds n. */
function setUp({ most = 10 } = {}) {
  const clock = new ManualClock();
  const recent = new Recent<string, number>({ clock, forMs: 25, most });
  let looks = 0;
  return { clock, recent, look: () => Promise.resolve(++looks) };
}

Deno.test("Recent looks once for all who ask within the time", async () => {
  const { clock, recent, look } = setUp();
  equal(await Promise.all([recent.get("a", look), recent.get("a", look)]), [1, 1]);
  await clock.advance(24);
  strictEqual(await recent.get("a", look), 1);
  await clock.advance(1);
  strictEqual(await recent.get("a", look), 2);
});

Deno.test("Recent counts the time from the look, not from the last question", async () => {
  const { clock, recent, look } = setUp();
  await recent.get("a", look);
  for (let left = 3; left > 0; left--) {
    await clock.advance(10);
    await recent.get("a", look);
  }
  strictEqual(await recent.get("a", look), 2);
});

Deno.test("Recent keeps different questions apart, and not too many", async () => {
  const { recent, look } = setUp({ most: 2 });
  equal([await recent.get("a", look), await recent.get("b", look)], [1, 2]);
  await recent.get("c", look);
  equal([await recent.get("b", look), await recent.get("a", look)], [2, 4]);
});

Deno.test("Recent does not remember a failure", async () => {
  const { recent, look } = setUp();
  await rejects(recent.get("a", () => Promise.reject(new Error("busy"))), /busy/);
  strictEqual(await recent.get("a", look), 1);
});
