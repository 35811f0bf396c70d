import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import {
  type LaneLimits,
  Lanes,
  MAX_STALLED,
  MIN_TO_WIDEN,
  type Turn,
} from "../../../../src/domain/queue/lanes.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";

/** Lanes whose work takes at most `most` jobs a turn, and ends when the test says so. */
function rig({ lanes, ...limits }: Omit<LaneLimits, "lanes"> & { readonly lanes: number }) {
  const clock = new ManualClock();
  const begun: string[] = [];
  const open = new Map<string, (() => void)[]>();
  const tested = new Lanes<number>({
    limits: { lanes: () => lanes, ...limits },
    clock,
    work: (turn) => {
      const jobs: number[] = [];
      while (jobs.length < limits.batch) {
        const job = turn.take();
        if (job === undefined) break;
        jobs.push(job);
      }
      begun.push(`${turn.lane}:${jobs.join(",")}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      open.set(turn.lane, [...open.get(turn.lane) ?? [], resolve]);
      return promise;
    },
  });
  const end = async (lane: string) => {
    open.get(lane)?.shift()?.();
    await settle();
  };
  return { lanes: tested, begun, clock, end };
}

Deno.test("Lanes begin nothing before start()", () => {
  const { lanes, begun } = rig({ lanes: 2, batch: 10 });
  lanes.add("a", 1);
  lanes.add("a", 2);
  equal(begun, []);
  lanes.start();
  equal(begun, ["a:1,2"]);
});

Deno.test("Lanes give each lane one turn at a time", async () => {
  const { lanes, begun, end } = rig({ lanes: 5, batch: 2 });
  for (const job of [1, 2, 3, 4, 5]) lanes.add("a", job);
  lanes.start();
  lanes.start();
  equal(begun, ["a:1,2"]);
  await end("a");
  await end("a");
  equal(begun, ["a:1,2", "a:3,4", "a:5"]);
});

Deno.test("Lanes give a busy lane no more than its turn", async () => {
  const { lanes, begun, end } = rig({ lanes: 1, batch: 1 });
  for (const job of [1, 2, 3]) lanes.add("a", job);
  lanes.add("b", 9);
  lanes.start();
  for (const lane of ["a", "b", "a", "a"]) await end(lane);
  equal(begun, ["a:1", "b:9", "a:2", "a:3"]);
});

/** Lanes whose turns the test plays itself. */
function played(limits: LaneLimits, mayCome = () => false) {
  const clock = new ManualClock();
  const turns: Turn<number>[] = [];
  const ends: (() => void)[] = [];
  const lanes = new Lanes<number>({
    limits,
    clock,
    mayCome,
    work: (turn) => {
      turns.push(turn);
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.push(resolve);
      return promise;
    },
  });
  return { lanes, clock, turns, ends };
}

/** Takes all that a turn is given. */
function taken(turn: Turn<number> | undefined): readonly number[] {
  const jobs: number[] = [];
  for (let job = turn?.take(); job !== undefined; job = turn?.take()) jobs.push(job);
  return jobs;
}

Deno.test("take() goes on beyond the batch while nobody waits for the place", () => {
  const { lanes, turns } = played({ lanes: () => 1, batch: 2 });
  for (const job of [1, 2, 3, 4, 5]) lanes.add("a", job);
  lanes.start();
  equal(taken(turns[0]), [1, 2, 3, 4, 5]);
  lanes.add("a", 6);
  equal(taken(turns[0]), [6]);
});

Deno.test("take() gives way after the batch when another lane waits for the place", async () => {
  const { lanes, turns, ends } = played({ lanes: () => 1, batch: 2 });
  for (const job of [1, 2, 3]) lanes.add("a", job);
  lanes.start();
  lanes.add("b", 9);
  lanes.start();
  equal(taken(turns[0]), [1, 2]);
  strictEqual(turns[0]?.coming(true), undefined);
  ends[0]?.();
  await settle();
  equal(turns.map(({ lane }) => lane), ["a", "b"]);
  ends[1]?.();
  await settle();
  equal(turns.map(({ lane }) => lane), ["a", "b", "a"]);
  equal(taken(turns[2]), [3]);
});

Deno.test("take() gives way after its time, however few it has taken", async () => {
  const { lanes, turns, clock } = played({ lanes: () => 1, batch: 100, turnMs: 30_000 });
  for (const job of [1, 2, 3]) lanes.add("a", job);
  lanes.start();
  lanes.add("b", 9);
  strictEqual(turns[0]?.take(), 1);
  await clock.advance(30_000);
  strictEqual(turns[0]?.take(), undefined);
});

Deno.test("coming() waits for more as long as more may come", async () => {
  let mayCome = true;
  const { lanes, turns } = played({ lanes: () => 2, batch: 10 }, () => mayCome);
  lanes.add("a", 1);
  lanes.start();
  const [turn] = turns;
  equal(taken(turn), [1]);
  let woken = 0;
  const wait = () => void turn?.coming(false)?.then(() => woken++);
  wait();
  await settle();
  strictEqual(woken, 0);
  lanes.add("a", 2);
  await settle();
  strictEqual(woken, 1);
  equal(taken(turn), [2]);
  wait();
  mayCome = false;
  lanes.wake();
  await settle();
  strictEqual(woken, 2);
  strictEqual(turn?.coming(false), undefined);
  strictEqual(turn?.coming(true) === undefined, false);
});

Deno.test("coming() does not wait long for what may be for other lanes", async () => {
  const { lanes, turns, clock } = played({ lanes: () => 2, batch: 10 }, () => true);
  lanes.add("a", 1);
  lanes.start();
  equal(taken(turns[0]), [1]);
  strictEqual(turns[0]?.coming(false) === undefined, false);
  await clock.advance(1_000);
  strictEqual(turns[0]?.coming(false), undefined);
  strictEqual(turns[0]?.coming(true) === undefined, false);
});

Deno.test("coming() does not wait while another lane waits for the place", async () => {
  const { lanes, turns } = played({ lanes: () => 1, batch: 10 }, () => true);
  lanes.add("a", 1);
  lanes.start();
  equal(taken(turns[0]), [1]);
  let woken = false;
  void turns[0]?.coming(false)?.then(() => woken = true);
  lanes.add("b", 2);
  lanes.start();
  await settle();
  strictEqual(woken, true);
  strictEqual(turns[0]?.coming(true), undefined);
});

Deno.test("a lane that stands still leaves its place to another, up to a bound", async () => {
  const { lanes, turns, clock } = played({ lanes: () => 2, batch: 100, stalledMs: 10_000 });
  for (let lane = 0; lane < 30; lane++) lanes.add(`lane${lane}`, lane);
  lanes.start();
  strictEqual(turns.length, 2);
  await clock.advance(9_000);
  strictEqual(turns.length, 2);
  await clock.advance(2_000);
  strictEqual(turns.length, 4);
  await clock.advance(600_000);
  strictEqual(turns.length, 2 * MAX_STALLED);
  lanes.takeWaiting(() => true);
  await settle();
  strictEqual(clock.sleeping, 0);
});

Deno.test("a lane that moves keeps its place", async () => {
  const { lanes, turns, clock } = played({ lanes: () => 1, batch: 100, stalledMs: 10_000 });
  lanes.add("a", 1);
  lanes.add("b", 2);
  lanes.start();
  for (let second = 0; second < 20; second++) {
    await clock.advance(1_000);
    if (turns[0] !== undefined) turns[0].movedMs = clock.monotonic();
  }
  strictEqual(turns.length, 1);
  lanes.takeWaiting(() => true);
});

Deno.test("widen() gives a lane with much waiting more turns, as long as nobody else waits", async () => {
  const { lanes, turns, ends } = played({ lanes: () => 3, batch: 100, abreast: () => 2 });
  for (let job = 0; job <= MIN_TO_WIDEN; job++) lanes.add("a", job);
  lanes.start();
  const [first] = turns;
  ok(first !== undefined);
  strictEqual(first.take(), 0);
  strictEqual(lanes.hasCompany(first), false);
  lanes.widen(first);
  strictEqual(turns.length, 2);
  strictEqual(turns[1]?.take(), 1);
  strictEqual(lanes.hasCompany(first), true);
  for (let job = 0; job < 10; job++) lanes.add("a", job);
  lanes.widen(first); // It has as many as it may.
  strictEqual(turns.length, 2);
  ends[0]?.();
  await settle();
  strictEqual(turns.length, 2); // The other goes on.
  ends[1]?.();
  await settle();
  strictEqual(turns.length, 3);
  lanes.takeWaiting(() => true);
});

Deno.test("widen() leaves a lane as it is that is narrow, or has little waiting", () => {
  const { lanes, turns } = played({ lanes: () => 3, batch: 100, abreast: () => 3 });
  for (let job = 0; job < MIN_TO_WIDEN; job++) lanes.add("a", job);
  lanes.start();
  const [turn] = turns;
  ok(turn !== undefined);
  strictEqual(turn.take(), 0);
  lanes.widen(turn);
  strictEqual(turns.length, 1);
  for (let job = 0; job < MIN_TO_WIDEN; job++) lanes.add("a", job);
  lanes.narrow(turn);
  lanes.widen(turn);
  strictEqual(turns.length, 1);
});

Deno.test("takeWaiting() takes what it is asked for and leaves what is at work", async () => {
  const { lanes, begun, end } = rig({ lanes: 1, batch: 1 });
  for (const job of [1, 2, 3]) lanes.add("a", job);
  lanes.add("b", 4);
  lanes.start();
  equal(lanes.takeWaiting((job) => job !== 3), [2, 4]);
  await end("a");
  await end("a");
  equal(begun, ["a:1", "a:3"]);
  lanes.add("b", 5); // The emptied lane begins anew.
  lanes.start();
  strictEqual(begun.at(-1), "b:5");
  await end("b");
});

Deno.test("idle() resolves when the last turn has ended", async () => {
  const { lanes, end } = rig({ lanes: 2, batch: 1 });
  await lanes.idle();
  for (const job of [1, 2, 3]) lanes.add("a", job);
  lanes.start();
  let idle = false;
  const done = lanes.idle().then(() => {
    idle = true;
  });
  for (let i = 0; i < 2; i++) await end("a");
  strictEqual(idle, false);
  await end("a");
  await done;
});
