/**
 * A queue that is too long to be read before the servers begin.
 *
 * @module
 */
import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import type { Queue } from "../../../../src/domain/queue/mod.ts";
import type { QueueId } from "../../../../src/store/mod.ts";
import { HOUR_MS, QueueRig, submit } from "../../../support/queue_rig.ts";

const MESSAGES = 1_300;

/** A queue that was just opened, with messages of the last run that are still to be read. */
async function opened() {
  const rig = new QueueRig();
  const before = await rig.open();
  const left: QueueId[] = [];
  while (left.length < MESSAGES) left.push(await submit(before, ["bob@world"]));
  const found: QueueId[] = [];
  const queue = await rig.open(rig.disk.files, { found: ({ id }) => void found.push(id) });
  strictEqual(queue.counts().isIncomplete, true);
  return { rig, queue, left, found };
}

const ids = async (queue: Queue) => (await Array.fromAsync(queue.list())).map(({ id }) => id);

Deno.test("openQueue() reads the beginning of a long queue, and then the rest", async () => {
  const { queue, left, found } = await opened();
  const first = await ids(queue);
  ok(first.length < MESSAGES, `${first.length}`);
  equal(first, left.slice(0, first.length));
  await queue.loaded;
  equal(await ids(queue), left);
  equal(found, left);
  equal(queue.counts(), { messages: MESSAGES, held: 0, putOff: 0, forWorld: MESSAGES });
});

Deno.test("submit() takes a message while the queue is being read, and it is the youngest", async () => {
  const { rig, queue, left } = await opened();
  const id = await submit(queue, ["ann@here"]);
  ok((await ids(queue)).includes(id));
  await queue.loaded;
  equal(await ids(queue), [...left, id]);
  equal(rig.maildrop.reached, []);
  await using _run = rig.run(queue);
  await rig.clock.advance(0);
  equal(rig.maildrop.reached, ["ann"]);
});

Deno.test("what is about all messages waits until a long queue has been read", async (t) => {
  const acts: Readonly<Record<string, (queue: Queue, last: QueueId) => Promise<unknown>>> = {
    change: async (queue) => strictEqual(await queue.change("delete", "all"), MESSAGES),
    entry: async (queue, last) => strictEqual((await queue.entry(last))?.id, last),
    flush: async (queue) => {
      const { delivered } = await queue.flush({}, new AbortController().signal);
      strictEqual(delivered, MESSAGES);
    },
  };
  for (const [name, act] of Object.entries(acts)) {
    await t.step(name, async () => {
      const { rig, queue, left } = await opened();
      await using _run = rig.run(queue);
      await act(queue, left.at(-1)!);
    });
  }
});

Deno.test("run() delivers nothing before a long queue has been read, and can be stopped before", async () => {
  const { rig, queue } = await opened();
  rig.lineUp = true;
  {
    await using _run = rig.run(queue);
  }
  equal(rig.relay.reached, []);
  await queue.loaded;
  await using _run = rig.run(queue);
  await queue.flush({}, new AbortController().signal);
  strictEqual(rig.relay.reached.length, MESSAGES);
});

Deno.test("lookAtSpool() takes nothing for new that is still to be read", async () => {
  const { rig, queue } = await opened();
  await queue.lookAtSpool();
  await queue.loaded;
  await queue.lookAtSpool();
  strictEqual(queue.counts().messages, MESSAGES);
  equal(rig.log.of("Found a message that was put into the queue"), []);
});

Deno.test("what was tried before a restart is not even looked up before it is due", async () => {
  const rig = new QueueRig();
  rig.lineUp = true;
  rig.relay.answer = () => ({ kind: "temporary", status: "4.2.1", reason: "Busy" });
  const tried = await rig.start();
  const id = await submit(tried.queue, ["bob@world"]);
  const held = await submit(tried.queue, ["eve@world"]);
  await rig.clock.advance(0);
  await tried.queue.change("hold", { id: held });
  await tried[Symbol.asyncDispose]();

  rig.router.asked.length = 0;
  await using again = await rig.start();
  equal(again.queue.counts(), { messages: 2, held: 1, putOff: 1, forWorld: 2 });
  await rig.clock.advance(0);
  equal(rig.router.asked, []);
  const entry = await again.queue.entry(id);
  equal([entry?.pending[0]?.attempts, entry?.pending[0]?.lastReason], [1, "Busy"]);
  await rig.clock.advance(2 * HOUR_MS);
  equal(rig.router.asked, ["bob@world"]);
});
