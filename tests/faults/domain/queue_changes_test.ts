/**
 * What administrators do with the queue, on a disk that fails in the middle of it.
 *
 * @module
 */
import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import type { Queue, QueueAction } from "../../../src/domain/queue/mod.ts";
import { type FaultyFiles, faultyFiles } from "../../support/faulty_files.ts";
import { HOUR_MS, QueueRig, submit } from "../../support/queue_rig.ts";

const MINUTE_MS = 60_000;
const MESSAGES = 3;

/** A queue whose messages have failed once, on a disk that can be made to fail. */
async function waiting() {
  const rig = new QueueRig();
  rig.lineUp = true;
  rig.relay.answer = () => ({ kind: "temporary", status: "4.2.0", reason: "busy" });
  const disk = faultyFiles(rig.disk.files, { failAt: 0, error: new Error("EIO") });
  const queue = await rig.open(disk.files);
  const running = rig.run(queue);
  for (let number = 0; number < MESSAGES; number++) await submit(queue, [`user${number}@world`]);
  await rig.clock.advance(2 * MINUTE_MS);
  return { rig, disk, queue, running };
}

type Waiting = Awaited<ReturnType<typeof waiting>>;

/** Runs `story` once for each disk call that `act` makes, which fails. */
async function atEachCall(
  act: (waiting: Waiting) => Promise<unknown>,
  story: (waiting: Waiting, result: PromiseSettledResult<unknown>) => Promise<void>,
  prepare: (waiting: Waiting) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  for (let failAt = 1;; failAt++) {
    const at = await waiting();
    await using _run = at.running;
    await prepare(at);
    const calls = await failing(at.disk, failAt, () => act(at));
    if (calls.made < failAt) {
      ok(failAt > 1, "It makes no disk call at all");
      return;
    }
    await story(at, calls.result);
  }
}

async function failing(disk: FaultyFiles, failAt: number, act: () => Promise<unknown>) {
  const before = disk.calls;
  disk.arm(failAt);
  const [result] = await Promise.allSettled([act()]);
  const made = disk.calls - before;
  disk.arm(0);
  return { made, result: result! };
}

const heldOf = async (queue: Queue) =>
  (await Array.fromAsync(queue.list())).map(({ held }) => held);

/** The queue as another run of the program finds it. */
async function reopened({ rig, running }: Waiting): Promise<Queue> {
  await running[Symbol.asyncDispose]();
  return await rig.open();
}

const change = (action: QueueAction) => ({ queue }: Waiting) => queue.change(action, "all");

Deno.test("a hold on a disk that fails holds what it says, also over a restart", () =>
  atEachCall(change("hold"), async (at, result) => {
    await at.rig.clock.advance(10 * MINUTE_MS);
    const held = await heldOf(at.queue);
    strictEqual(held.length, MESSAGES);
    if (result.status === "fulfilled") equal(held, Array(MESSAGES).fill(true));
    equal(await heldOf(await reopened(at)), held);
  }));

for (const action of ["release", "requeue"] as const) {
  Deno.test(`a ${action} on a disk that fails loses and doubles nothing`, () =>
    atEachCall(
      change(action),
      async ({ rig, queue }) => {
        rig.relay.answer = () => ({ kind: "delivered" });
        await queue.change("release", "all");
        await rig.clock.advance(3 * HOUR_MS);
        const reached = rig.relay.deliveries.map(({ to }) => to).slice(-MESSAGES).sort();
        equal(reached, ["user0@world", "user1@world", "user2@world"]);
        equal(await rig.stored(), []);
      },
      action === "release" ? change("hold") : undefined,
    ));
}

Deno.test("a deletion on a disk that fails deletes what it says, and the rest the next time", () =>
  atEachCall(change("delete"), async (at, result) => {
    const left = at.queue.counts().messages;
    if (result.status === "fulfilled") strictEqual(left, 0);
    await at.queue.change("delete", "all");
    at.rig.relay.answer = () => ({ kind: "delivered" });
    const tried = at.rig.relay.reached.length;
    await at.rig.clock.advance(3 * HOUR_MS);
    strictEqual(at.rig.relay.reached.length, tried);
    equal(await at.rig.stored(), []);
  }));

Deno.test("a look on a disk that fails forgets nothing that is there, and the next one sees all", () =>
  atEachCall(
    ({ queue }) => queue.lookAtSpool(),
    async ({ rig, queue }) => {
      ok(queue.counts().messages >= MESSAGES - 1);
      await rig.clock.advance(MINUTE_MS);
      strictEqual(queue.counts().messages, MESSAGES - 1);
      equal(await Array.fromAsync(queue.list(), ({ id }) => id), await rig.stored());
    },
    async ({ rig, queue }) => {
      const [first] = await Array.fromAsync(queue.list());
      await rig.disk.remove(`/queue/${first?.id}.msg`);
    },
  ));

Deno.test("a list on a disk that fails leaves out at most what cannot be read", () =>
  atEachCall(
    ({ queue }) => Array.fromAsync(queue.list()),
    async ({ queue }, result) => {
      ok(result.status === "fulfilled" && (result.value as unknown[]).length >= MESSAGES - 1);
      strictEqual((await heldOf(queue)).length, MESSAGES);
    },
  ));
