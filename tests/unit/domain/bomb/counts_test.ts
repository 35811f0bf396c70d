import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type CountLimits, Counts } from "../../../../src/domain/bomb/counts.ts";

const LIMITS: CountLimits = { max: 3, decreasePerHour: 2, maxEntries: 10 };
const HOUR_MS = 3_600_000;

/** How a message at each of these moments stands. */
function added(counts: Counts, moments: readonly number[], limits = LIMITS, key = "a") {
  return moments.map((nowMs) => {
    const count = counts.add(key, nowMs, limits);
    return count.kind === "taken" ? "taken" : count.copies;
  });
}

Deno.test("Counts takes max equal messages, then as many an hour as the count falls", () => {
  const counts = new Counts();
  assertEquals(added(counts, [0, 0, 0, 0, 0]), ["taken", "taken", "taken", 1, 2]);
  assertEquals(added(counts, [HOUR_MS / 2 - 1]), [3]);
  assertEquals(added(counts, [HOUR_MS / 2, HOUR_MS / 2]), ["taken", 4]);
  assertEquals(added(counts, [HOUR_MS, HOUR_MS]), ["taken", 5]);
});

Deno.test("Counts begins anew with the copies once the count was at 0", () => {
  const counts = new Counts();
  added(counts, [0, 0, 0, 0]);
  const later = 2 * HOUR_MS;
  assertEquals(added(counts, [later, later, later, later]), ["taken", "taken", "taken", 1]);
});

Deno.test("Counts never takes again what never falls", () => {
  const forever = { ...LIMITS, decreasePerHour: 0 };
  assertEquals(added(new Counts(), [0, 0, 0, 0, 1e12], forever).slice(3), [1, 2]);
});

Deno.test("Counts forgets what was not seen for the longest time", () => {
  const counts = new Counts();
  const two = { ...LIMITS, max: 1, maxEntries: 2 };
  added(counts, [0], two, "a");
  added(counts, [0], two, "b");
  added(counts, [1], two, "a");
  added(counts, [2], two, "c");
  strictEqual(counts.size, 2);
  assertEquals(added(counts, [3], two, "a"), [2]);
  assertEquals(added(counts, [3], two, "b"), ["taken"]);
});

Deno.test("Counts keeps messages apart, and no more of them than it may", () => {
  fc.assert(fc.property(fc.array(fc.nat(30), { maxLength: 200 }), (keys) => {
    const counts = new Counts();
    const limits = { max: 2, decreasePerHour: 1, maxEntries: 1000 };
    const seen = new Map<number, number>();
    for (const key of keys) {
      seen.set(key, (seen.get(key) ?? 0) + 1);
      const { kind } = counts.add(String(key), 0, limits);
      strictEqual(kind, seen.get(key)! > 2 ? "too many" : "taken");
    }
    counts.add("last", 0, { ...limits, maxEntries: 5 });
    strictEqual(counts.size <= 5, true);
  }));
});
