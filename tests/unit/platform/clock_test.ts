import { ok, rejects, strictEqual } from "node:assert/strict";
import { deadline, systemClock } from "../../../src/platform/mod.ts";
import { ManualClock, settle } from "../../support/manual_clock.ts";

Deno.test("systemClock.sleep() waits at least as long as asked", async () => {
  const before = systemClock.monotonic();
  await systemClock.sleep(20);
  ok(systemClock.monotonic() - before >= 20);
});

Deno.test("systemClock.sleep() of nothing, or less, returns", async () => {
  await systemClock.sleep(0);
  await systemClock.sleep(-5);
});

Deno.test("systemClock.sleep() longer than a timer can be does not return at once", async () => {
  const stop = new AbortController();
  let woke = false;
  const sleep = systemClock.sleep(2 ** 40, stop.signal).then(() => woke = true);
  await settle();
  strictEqual(woke, false);
  stop.abort(new Error("Enough"));
  await rejects(sleep, /Enough/);
});

Deno.test("systemClock.sleep() ends with the reason of its signal", async () => {
  await rejects(systemClock.sleep(60_000, AbortSignal.abort(new Error("Stopped"))), /Stopped/);
});

Deno.test("deadline() aborts with a TimeoutError when its time is up", async () => {
  const clock = new ManualClock();
  using limit = deadline(clock, 1000);
  await clock.advance(999);
  strictEqual(limit.signal.aborted, false);
  await clock.advance(1);
  strictEqual(limit.signal.reason.name, "TimeoutError");
  strictEqual(limit.signal.reason.message, "No answer within 1000 ms");
});

Deno.test("deadline() aborts with the reason of its parent", () => {
  const parent = new AbortController();
  using limit = deadline(new ManualClock(), 1000, parent.signal);
  const reason = new Error("Shutting down");
  parent.abort(reason);
  strictEqual(limit.signal.reason, reason);
});

Deno.test("deadline() leaves no timer when it is disposed", async () => {
  const clock = new ManualClock();
  const limit = deadline(clock, 1000);
  strictEqual(clock.sleeping, 1);
  limit[Symbol.dispose]();
  await settle();
  strictEqual(clock.sleeping, 0);
  await clock.advance(5000);
  strictEqual(limit.signal.aborted, false);
});
