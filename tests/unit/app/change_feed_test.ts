import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ChangeFeed } from "../../../src/app/change_feed.ts";
import { ManualClock, settle } from "../../support/manual_clock.ts";

function watched() {
  const [clock, stop] = [new ManualClock(), new AbortController()];
  const feed = new ChangeFeed({ clock, minIntervalMs: 500 });
  const counters = [{ ticks: 0 }, { ticks: 0 }];
  const watching = Promise.all(counters.map(async (counter) => {
    for await (const _ of feed.watch(stop.signal)) counter.ticks++;
  }));
  const ticks = () => counters.map((counter) => counter.ticks);
  return { clock, feed, stop, ticks, watching };
}

Deno.test("ChangeFeed ticks once for many changes, and not more often than it may", async () => {
  const { clock, feed, stop, ticks, watching } = watched();
  await settle();
  assertEquals(ticks(), [0, 0]);
  for (let change = 0; change < 10; change++) feed.notify();
  await settle();
  assertEquals(ticks(), [1, 1]);
  feed.notify();
  await clock.advance(499);
  assertEquals(ticks(), [1, 1]);
  await clock.advance(1);
  assertEquals(ticks(), [2, 2]);
  await clock.advance(10_000);
  assertEquals(ticks(), [2, 2]);
  stop.abort();
  await watching;
});

Deno.test("ChangeFeed ends every watcher when aborted, waiting or napping", async () => {
  const { feed, stop, ticks, watching } = watched();
  await settle();
  feed.notify();
  await settle();
  stop.abort();
  await watching;
  assertEquals(ticks(), [1, 1]);
});

Deno.test("ChangeFeed keeps nothing of the changes a watcher has seen", async () => {
  const collectGarbage = exposedGc();
  const clock = { ...new ManualClock(), sleep: () => Promise.resolve() } as unknown as ManualClock;
  const feed = new ChangeFeed({ clock });
  const stop = new AbortController();
  const watcher = feed.watch(stop.signal);
  const heapAfter = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick++) {
      const next = watcher.next();
      for (let turn = 0; turn < 10; turn++) await null; // It naps, and then it waits.
      feed.notify();
      await next;
    }
    collectGarbage();
    return Deno.memoryUsage().heapUsed;
  };
  const before = await heapAfter(1_000);
  const grownPerTick = (await heapAfter(50_000) - before) / 50_000;
  ok(grownPerTick < 50, `each tick keeps ${grownPerTick} octets`);
  stop.abort();
  await watcher.next();
});

function exposedGc(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}
