import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { byPreference } from "../../../../src/agents/relay/mail_exchangers.ts";
import { SeededRandom } from "../../../support/seeded_random.ts";

const mx = (preference: number, exchange: string) => ({ preference, exchange });

Deno.test("byPreference() groups by preference, the lowest first", () => {
  const records = [mx(20, "c"), mx(5, "a"), mx(10, "b"), mx(5, "a2")];
  const [first, ...rest] = byPreference(records, new SeededRandom(1));
  equal([...first ?? []].sort(), ["a", "a2"]);
  equal(rest, [["b"], ["c"]]);
});

Deno.test("byPreference() knows a null MX, and that it means nothing beside others", () => {
  const random = new SeededRandom(1);
  equal(byPreference([mx(0, "")], random), []);
  equal(byPreference([mx(0, ""), mx(10, "a")], random), [["a"]]);
});

Deno.test("byPreference() names a host once, where it is preferred most", () => {
  const records = [mx(20, "a"), mx(10, "a"), mx(20, "b"), mx(10, "a")];
  equal(byPreference(records, new SeededRandom(1)), [["a"], ["b"]]);
});

Deno.test("byPreference() considers ten hosts, the best of them", () => {
  const records = Array.from({ length: 30 }, (_, n) => mx(30 - n, `h${n}`));
  const groups = byPreference(records, new SeededRandom(1));
  equal(groups.flat(), Array.from({ length: 10 }, (_, n) => `h${29 - n}`));
});

Deno.test("byPreference() lets equals share the load", () => {
  const random = new SeededRandom(7);
  const firsts = { a: 0, b: 0, c: 0 };
  const records = [mx(1, "a"), mx(1, "b"), mx(1, "c")];
  for (let round = 0; round < 3000; round++) {
    const [first] = byPreference(records, random).flat();
    ok(first === "a" || first === "b" || first === "c");
    firsts[first]++;
  }
  for (const count of Object.values(firsts)) ok(count > 900 && count < 1100, String(count));
});

Deno.test("byPreference() orders whatever there is, each host at most once", () => {
  const record = fc.record({
    preference: fc.nat(3),
    exchange: fc.constantFrom("", "a", "b", "c", "d", "e"),
  });
  fc.assert(fc.property(fc.array(record, { maxLength: 12 }), fc.nat(), (records, seed) => {
    const groups = byPreference(records, new SeededRandom(seed));
    const order = groups.flat();
    strictEqual(new Set(order).size, order.length);
    const named = new Set(records.map(({ exchange }) => exchange).filter((host) => host !== ""));
    equal(new Set(order), named);
    const bestOf = (host: string) =>
      Math.min(...records.filter(({ exchange }) => exchange === host).map((r) => r.preference));
    const preferences = groups.map((group) => {
      const found = new Set(group.map(bestOf));
      strictEqual(found.size, 1);
      return [...found][0] ?? NaN;
    });
    equal(preferences, [...preferences].sort((one, other) => one - other));
  }));
});
