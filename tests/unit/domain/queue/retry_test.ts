import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { afterTemporaryFailure, aged } from "../../../../src/domain/queue/retry.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const POLICY = { everyMs: 2 * HOUR, maxMs: 48 * HOUR, delayNoticeMs: 4 * HOUR };
const NOW = Date.UTC(2026, 10, 20);

Deno.test("afterTemporaryFailure() tries again, sooner here than in the world, then gives up", async (t) => {
  const cases = [
    { where: "world", attempts: 1, agedMinutes: 0, want: 120 },
    { where: "world", attempts: 9, agedMinutes: 600, want: 120 },
    { where: "here", attempts: 1, agedMinutes: 0, want: 1 },
    { where: "here", attempts: 2, agedMinutes: 1, want: 5 },
    { where: "here", attempts: 6, agedMinutes: 200, want: 120 },
    { where: "here", attempts: 99, agedMinutes: 200, want: 120 },
    // Once more at the very end, so that the last two hours are not given away.
    { where: "world", attempts: 24, agedMinutes: 47 * 60, want: 60 },
    { where: "world", attempts: 24, agedMinutes: 48 * 60, want: "give up" },
    { where: "here", attempts: 24, agedMinutes: 49 * 60, want: "give up" },
  ] as const;
  for (const { where, attempts, agedMinutes, want } of cases) {
    await t.step(`${where}, attempt ${attempts} after ${agedMinutes} minutes`, () => {
      const agedMs = agedMinutes * MINUTE;
      const got = afterTemporaryFailure(POLICY, { where, attempts, agedMs, nowMs: NOW });
      const wanted = want === "give up"
        ? { kind: want }
        : { kind: "retry", atMs: NOW + want * MINUTE };
      equal(got, wanted);
    });
  }
});

Deno.test("aged() counts from one attempt to the next, and never more than the interval", async (t) => {
  const cases = [
    { name: "never tried", lastAttemptMs: 0, want: 0 },
    { name: "an hour ago", lastAttemptMs: NOW - HOUR, want: HOUR },
    { name: "as it should be", lastAttemptMs: NOW - 2 * HOUR, want: 2 * HOUR },
    { name: "the line was down for a month", lastAttemptMs: NOW - 720 * HOUR, want: 2 * HOUR },
    { name: "the clock was set back", lastAttemptMs: NOW + 720 * HOUR, want: 0 },
    { name: "the clock was never set before", lastAttemptMs: MINUTE, want: 0 },
  ];
  for (const { name, lastAttemptMs, want } of cases) {
    await t.step(name, () => {
      strictEqual(aged(POLICY, { agedMs: HOUR, lastAttemptMs, nowMs: NOW }), HOUR + want);
    });
  }
});

Deno.test("afterTemporaryFailure() ends after maxMs whatever the policy", () => {
  const ms = fc.integer({ min: 1, max: 10 * 24 * HOUR });
  fc.assert(fc.property(ms, ms, fc.constantFrom("here", "world"), (everyMs, maxMs, where) => {
    const policy = { everyMs, maxMs };
    let [nowMs, lastAttemptMs, agedMs] = [NOW, 0, 0];
    for (let attempts = 1; attempts < 2000; attempts++) { // Long enough to be believed.
      agedMs = aged(policy, { agedMs, lastAttemptMs, nowMs });
      const step = afterTemporaryFailure(policy, { where, attempts, agedMs, nowMs });
      if (step.kind === "give up") return strictEqual(nowMs, NOW + maxMs);
      ok(step.atMs > nowMs && step.atMs <= NOW + maxMs, `Next at ${step.atMs}`);
      [lastAttemptMs, nowMs] = [nowMs, step.atMs];
    }
  }));
});
