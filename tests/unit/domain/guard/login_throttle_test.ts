import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { LoginThrottle } from "../../../../src/domain/guard/mod.ts";
import { ManualClock } from "../../../support/manual_clock.ts";

const never = new AbortController().signal;

/** How long a failure waits, in seconds. */
async function waited(throttle: LoginThrottle, clock: ManualClock, address: string) {
  let done = false;
  const failed = throttle.failed(address, never).then(() => done = true);
  let seconds = 0;
  for (; !done; seconds++) await clock.advance(1000);
  await failed;
  return seconds;
}

Deno.test("LoginThrottle waits twice as long each time, up to 16 seconds", async () => {
  const clock = new ManualClock();
  const throttle = new LoginThrottle(clock);
  const waits = [];
  for (let i = 0; i < 7; i++) waits.push(await waited(throttle, clock, "10.0.0.1"));
  deepStrictEqual(waits, [1, 2, 4, 8, 16, 16, 16]);
  strictEqual(await waited(throttle, clock, "10.0.0.2"), 1);
});

Deno.test("LoginThrottle starts anew after a success, and after ten quiet minutes", async () => {
  const clock = new ManualClock();
  const throttle = new LoginThrottle(clock);
  await waited(throttle, clock, "10.0.0.1");
  throttle.succeeded("10.0.0.1");
  strictEqual(await waited(throttle, clock, "10.0.0.1"), 1);
  strictEqual(await waited(throttle, clock, "10.0.0.1"), 2);
  await clock.advance(601_000);
  strictEqual(await waited(throttle, clock, "10.0.0.1"), 1);
});

Deno.test("LoginThrottle remembers a bounded number of addresses", async () => {
  const clock = new ManualClock();
  const throttle = new LoginThrottle(clock, { maxAddresses: 10 });
  const all = Array.from({ length: 11 }, (_, i) => throttle.failed(`host ${i}`, never));
  await clock.advance(1000);
  await Promise.all(all);
  strictEqual(await waited(throttle, clock, "host 0"), 1);
  strictEqual(await waited(throttle, clock, "host 10"), 2);
});

Deno.test("LoginThrottle ends its wait when the session is ended", async () => {
  const ending = new AbortController();
  const failed = new LoginThrottle(new ManualClock()).failed("10.0.0.1", ending.signal);
  ending.abort(new Error("server stops"));
  await rejects(failed, /server stops/);
});
