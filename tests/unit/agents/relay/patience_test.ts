import { strictEqual } from "node:assert/strict";
import { Patience } from "../../../../src/agents/relay/patience.ts";
import { ManualClock } from "../../../support/manual_clock.ts";

function rig() {
  const clock = new ManualClock();
  const ends = { count: 0 };
  return { clock, ends, patience: new Patience(clock, () => ends.count++) };
}

Deno.test("begin() ends a wait in which nothing moves, and not sooner", async () => {
  const { clock, ends, patience } = rig();
  const wait = patience.begin(10_000);
  await clock.advance(9_999);
  strictEqual(ends.count, 0);
  await clock.advance(1);
  strictEqual(ends.count, 1);
  strictEqual(wait.isOver, true);
});

Deno.test("moved() begins all waits anew", async () => {
  const { clock, ends, patience } = rig();
  const wait = patience.begin(10_000);
  await clock.advance(9_000);
  patience.moved();
  await clock.advance(9_000);
  strictEqual(wait.isOver, false);
  await clock.advance(1_000);
  strictEqual(ends.count, 1);
});

Deno.test("begin() minds a shorter wait beside a longer one", async () => {
  const { clock, ends, patience } = rig();
  const long = patience.begin(300_000);
  const short = patience.begin(1_000);
  await clock.advance(1_000);
  strictEqual(ends.count, 1);
  strictEqual(short.isOver, true);
  strictEqual(long.isOver, false);
});

Deno.test("end() and stop() leave no timer that does anything", async () => {
  const { clock, ends, patience } = rig();
  for (let reply = 0; reply < 100; reply++) patience.end(patience.begin(10_000));
  strictEqual(clock.sleeping, 1); // One for all of them.
  patience.begin(20_000);
  patience.stop();
  strictEqual(clock.sleeping, 0);
  await clock.advance(60_000);
  strictEqual(ends.count, 0);
});
