import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { Lanes } from "../../../../src/domain/queue/lanes.ts";
import { settle } from "../../../support/manual_clock.ts";

/** Lanes whose work ends when the test says so. */
function rig(limits: { readonly lanes: number; readonly batch: number }) {
  const begun: string[] = [];
  const open: (() => void)[] = [];
  const lanes = new Lanes<number>(limits, (lane, jobs) => {
    begun.push(`${lane}:${jobs.join(",")}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    open.push(resolve);
    return promise;
  });
  const endOldest = async () => {
    open.shift()?.();
    await settle();
  };
  return { lanes, begun, endOldest };
}

Deno.test("Lanes begin nothing before start()", () => {
  const { lanes, begun } = rig({ lanes: 2, batch: 10 });
  lanes.add("a", 1);
  lanes.add("a", 2);
  equal(begun, []);
  lanes.start();
  equal(begun, ["a:1,2"]);
});

Deno.test("Lanes work at one batch a lane, in bounded batches", async () => {
  const { lanes, begun, endOldest } = rig({ lanes: 5, batch: 2 });
  for (const job of [1, 2, 3, 4, 5]) lanes.add("a", job);
  lanes.start();
  lanes.start();
  equal(begun, ["a:1,2"]);
  await endOldest();
  await endOldest();
  equal(begun, ["a:1,2", "a:3,4", "a:5"]);
});

Deno.test("Lanes give a busy lane no more than its turn", async () => {
  const { lanes, begun, endOldest } = rig({ lanes: 1, batch: 1 });
  for (const job of [1, 2, 3]) lanes.add("a", job);
  lanes.add("b", 9);
  lanes.start();
  for (let i = 0; i < 4; i++) await endOldest();
  equal(begun, ["a:1", "b:9", "a:2", "a:3"]);
});

Deno.test("takeWaiting() takes what it is asked for and leaves what is at work", async () => {
  const { lanes, begun, endOldest } = rig({ lanes: 1, batch: 1 });
  for (const job of [1, 2, 3]) lanes.add("a", job);
  lanes.add("b", 4);
  lanes.start();
  equal(lanes.takeWaiting((job) => job !== 3), [2, 4]);
  await endOldest();
  await endOldest();
  equal(begun, ["a:1", "a:3"]);
  lanes.add("b", 5); // The emptied lane begins anew.
  lanes.start();
  strictEqual(begun.at(-1), "b:5");
  await endOldest();
});

Deno.test("idle() resolves when the last batch has ended", async () => {
  const { lanes, endOldest } = rig({ lanes: 2, batch: 1 });
  await lanes.idle();
  for (const job of [1, 2, 3]) lanes.add("a", job);
  lanes.start();
  let idle = false;
  const done = lanes.idle().then(() => {
    idle = true;
  });
  for (let i = 0; i < 2; i++) await endOldest();
  strictEqual(idle, false);
  await endOldest();
  await done;
});
