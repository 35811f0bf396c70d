import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { Passes } from "../../../../src/domain/queue/passes.ts";
import { settle } from "../../../support/manual_clock.ts";

/** Passes whose looks end when the test says so. */
function rig(limit: number) {
  const looked: number[] = [];
  const open = new Map<number, () => void>();
  let ended = 0;
  const passes = new Passes<number>({
    limit,
    look: (thing) => {
      looked.push(thing);
      const { promise, resolve } = Promise.withResolvers<void>();
      open.set(thing, resolve);
      return promise;
    },
    passEnded: () => {
      ended++;
    },
  });
  const end = async (...things: readonly number[]) => {
    for (const thing of things) open.get(thing)?.();
    await settle();
  };
  return { passes, looked, end, ended: () => ended };
}

Deno.test("Passes look at nothing before open(), then at a bounded number, oldest first", async () => {
  const { passes, looked, end } = rig(2);
  passes.add([1, 2, 3]);
  passes.add([4]);
  equal(looked, []);
  passes.open();
  equal(looked, [1, 2]);
  await end(2);
  equal(looked, [1, 2, 3]);
  await end(1, 3);
  equal(looked, [1, 2, 3, 4]);
  await end(4);
});

Deno.test("Passes say when all that came together has been looked at", async () => {
  const { passes, end, ended } = rig(10);
  passes.open();
  passes.add([1, 2]);
  passes.add([3]);
  await end(3);
  strictEqual(ended(), 1);
  await end(1);
  strictEqual(ended(), 1);
  await end(2);
  strictEqual(ended(), 2);
});

Deno.test("caughtUp() waits for what was added before it, not for what comes after", async () => {
  const { passes, end } = rig(10);
  passes.open();
  await passes.caughtUp();
  passes.add([1]);
  let caughtUp = false;
  const done = passes.caughtUp().then(() => {
    caughtUp = true;
  });
  passes.add([2]);
  await settle();
  strictEqual(caughtUp, false);
  await end(1);
  await done;
  await end(2);
});

Deno.test("close() waits for what is being looked at and leaves the rest in line", async () => {
  const { passes, looked, end } = rig(1);
  passes.open();
  passes.add([1, 2]);
  const closed = passes.close();
  await end(1);
  await closed;
  equal(looked, [1]);
  passes.open();
  equal(looked, [1, 2]);
  await end(2);
});

Deno.test("Passes keep their order over thousands of things", async () => {
  const seen: number[] = [];
  const passes = new Passes<number>({
    limit: 3,
    look: (thing) => {
      seen.push(thing);
      return Promise.resolve();
    },
    passEnded: () => {},
  });
  const all = Array.from({ length: 5000 }, (_thing, index) => index);
  passes.add(all);
  passes.open();
  await passes.caughtUp();
  equal(seen, all);
});
