import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { nextCall } from "../../../../src/domain/schedule/mod.ts";

const MINUTE = 60_000;

Deno.test("nextCall() decides", async (t) => {
  const beat = { periodMs: 10 * MINUTE, isInterval: false };
  const pause = { periodMs: 10 * MINUTE, isInterval: true };
  const cases = [
    { why: "first call at once", plan: beat, due: undefined, end: undefined, now: 3, want: 3 },
    { why: "first pause at once", plan: pause, due: undefined, end: undefined, now: 3, want: 3 },
    {
      why: "no period, no call",
      plan: { ...beat, periodMs: 0 },
      due: 0,
      end: 1,
      now: 3,
      want: undefined,
    },
    { why: "on the beat", plan: beat, due: 0, end: MINUTE, now: MINUTE, want: 10 * MINUTE },
    { why: "right after the beat", plan: beat, due: 0, end: 0, now: 0, want: 10 * MINUTE },
    {
      why: "a call by hand moves no beat",
      plan: beat,
      due: 0,
      end: 9 * MINUTE,
      now: 9 * MINUTE,
      want: 10 * MINUTE,
    },
    {
      why: "a long call skips beats",
      plan: beat,
      due: 0,
      end: 25 * MINUTE,
      now: 25 * MINUTE,
      want: 30 * MINUTE,
    },
    {
      why: "pause after the end",
      plan: pause,
      due: 0,
      end: 4 * MINUTE,
      now: 4 * MINUTE,
      want: 14 * MINUTE,
    },
    {
      why: "pause after a call by hand",
      plan: pause,
      due: 0,
      end: 9 * MINUTE,
      now: 9 * MINUTE,
      want: 19 * MINUTE,
    },
  ];
  for (const { why, plan, due, end, now, want } of cases) {
    await t.step(why, () => {
      strictEqual(nextCall(plan, { lastDueMs: due, lastEndMs: end, nowMs: now }), want);
    });
  }
});

Deno.test("nextCall() on the beat is never in the past and never more than a period away", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 1e6 }),
    fc.nat(1e9),
    fc.nat(1e9),
    (periodMs, lastDueMs, passed) => {
      const nowMs = lastDueMs + passed;
      const due = nextCall({ periodMs, isInterval: false }, { lastDueMs, lastEndMs: nowMs, nowMs });
      ok(due !== undefined && due >= nowMs && due > lastDueMs && due - nowMs <= periodMs);
    },
  ));
});
