import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { afterTemporaryFailure } from "../../../../src/domain/queue/retry.ts";

const MINUTE = 60_000;
const POLICY = { everyMs: 120 * MINUTE, maxMs: 48 * 60 * MINUTE };

Deno.test("afterTemporaryFailure() tries again, sooner here than in the world, then gives up", async (t) => {
  const cases = [
    { where: "world", attempts: 1, ageMinutes: 0, want: 120 },
    { where: "world", attempts: 9, ageMinutes: 600, want: 720 },
    { where: "here", attempts: 1, ageMinutes: 0, want: 1 },
    { where: "here", attempts: 2, ageMinutes: 1, want: 6 },
    { where: "here", attempts: 6, ageMinutes: 200, want: 320 },
    { where: "here", attempts: 99, ageMinutes: 200, want: 320 },
    // Once more at the very end, so that the last two hours are not given away.
    { where: "world", attempts: 24, ageMinutes: 47 * 60, want: 48 * 60 },
    { where: "world", attempts: 24, ageMinutes: 48 * 60, want: "give up" },
    { where: "here", attempts: 24, ageMinutes: 49 * 60, want: "give up" },
    // The clock was set back.
    { where: "world", attempts: 2, ageMinutes: -600, want: -480 },
  ] as const;
  for (const { where, attempts, ageMinutes, want } of cases) {
    await t.step(`${where}, attempt ${attempts} after ${ageMinutes} minutes`, () => {
      const nowMs = ageMinutes * MINUTE;
      const got = afterTemporaryFailure(POLICY, { where, attempts, firstAttemptMs: 0, nowMs });
      const wanted = want === "give up" ? { kind: want } : { kind: "retry", atMs: want * MINUTE };
      equal(got, wanted);
    });
  }
});

Deno.test("afterTemporaryFailure() ends after maxMs whatever the policy", () => {
  const ms = fc.integer({ min: 1, max: 10 * 24 * 60 * MINUTE });
  fc.assert(fc.property(ms, ms, fc.constantFrom("here", "world"), (everyMs, maxMs, where) => {
    let nowMs = 0;
    for (let attempts = 1;; attempts++) {
      if (attempts > 10 + maxMs / Math.min(everyMs, MINUTE)) throw new Error("It never ends");
      const moment = { where, attempts, firstAttemptMs: 0, nowMs } as const;
      const step = afterTemporaryFailure({ everyMs, maxMs }, moment);
      if (step.kind === "give up") break;
      if (step.atMs <= nowMs || step.atMs > maxMs) throw new Error(`Next at ${step.atMs}`);
      nowMs = step.atMs;
      if (attempts > 2000) return; // Long enough to be believed.
    }
    equal(nowMs, maxMs);
  }));
});
