import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import { FakeAgent, QueueRig, submit } from "../../../support/queue_rig.ts";
import { settle } from "../../../support/manual_clock.ts";

const never = new AbortController().signal;

/** A queue whose line is always there. */
function connected(): QueueRig {
  const rig = new QueueRig();
  rig.lineUp = true;
  return rig;
}

Deno.test("suspend() keeps mail for the world here and delivers the rest", async () => {
  const rig = connected();
  await using running = await rig.start();
  await running.queue.suspend();
  await submit(running.queue, ["bob@world", "ann@here"]);
  await rig.clock.advance(0);
  equal(rig.maildrop.reached, ["ann"]);
  equal(rig.relay.reached, []);
  equal((await Array.fromAsync(running.queue.list())).map(({ pending }) => pending), [[
    { address: "bob@world", attempts: 0, nextAttemptMs: undefined, lastReason: "" },
  ]]);
  strictEqual(running.queue.suspended, true);
});

Deno.test("resume() sends at once what waited", async () => {
  const rig = connected();
  await using running = await rig.start();
  await running.queue.suspend();
  await submit(running.queue, ["bob@world"]);
  await rig.clock.advance(0);
  running.queue.resume();
  await rig.clock.advance(0);
  equal(rig.relay.reached, ["bob@world"]);
  equal(await rig.stored(), []);
});

Deno.test("flush() sends nothing while it is suspended", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  await submit(running.queue, ["bob@world"]);
  await running.queue.suspend();
  const report = await running.queue.flush({}, never);
  equal(report, { delivered: 0, deferred: 0, failed: 0, problems: [] });
  equal(rig.relay.reached, []);
  strictEqual(running.queue.waitingForRelay, 1);
});

/** Sends like the relay: one message after the other, and asks before each. */
class OneByOne extends FakeAgent {
  readonly begun: string[] = [];
  next = Promise.withResolvers<void>();

  override async deliver(...[lane, jobs, settle, signal]: Parameters<FakeAgent["deliver"]>) {
    for (const job of jobs) {
      if (job.withdrawn) continue;
      this.begun.push(job.message.envelope.recipients[0]?.address ?? "");
      await this.next.promise;
      await super.deliver(lane, [job], settle, signal);
    }
  }
}

Deno.test("suspend() lets the message that is being sent come to its end, and no other", async () => {
  const rig = new QueueRig();
  const relay = new OneByOne();
  const queue = await rig.open(undefined, { agents: { ...rig.agents, relay } });
  await using _run = rig.run(queue);
  for (const user of ["a", "b", "c"]) await submit(queue, [`${user}@world`]);
  await rig.clock.advance(0);
  rig.lineUp = true;
  const flushed = queue.flush({}, never);
  await settle();
  equal(relay.begun, ["a@world"]);

  await queue.suspend();
  relay.next.resolve();
  strictEqual((await flushed).delivered, 1);
  await rig.clock.advance(0);
  equal(relay.reached, ["a@world"]);
  equal(
    (await Array.fromAsync(queue.list())).map((
      { pending: [one] },
    ) => [one?.address, one?.attempts]),
    [
      ["b@world", 0],
      ["c@world", 0],
    ],
  );

  queue.resume();
  await rig.clock.advance(0);
  equal(relay.reached, ["a@world", "b@world", "c@world"]);
});

Deno.test("a queue can begin suspended", async () => {
  const rig = connected();
  const queue = await rig.open(undefined, { suspended: true });
  await using _run = rig.run(queue);
  await submit(queue, ["bob@world"]);
  await rig.clock.advance(0);
  equal([queue.suspended, rig.relay.reached], [true, []]);
});

Deno.test("underWay() names what the agents have in hand, with its file", async () => {
  const rig = connected();
  await using running = await rig.start();
  equal(running.queue.underWay(), []);
  rig.relay.hold();
  rig.maildrop.hold();
  const id = await submit(running.queue, ["bob@world", "eve@world", "ann@here"]);
  await rig.clock.advance(1500);
  const file = `/queue/${rig.disk.names()[0]}`; // The log: it has no file of its own yet.
  equal(running.queue.underWay(), [
    {
      kind: "maildrop",
      lane: "ann",
      elapsedMs: 1500,
      messages: [{ id, file, addresses: [] }],
    },
    {
      kind: "relay",
      lane: "gateway:25",
      elapsedMs: 1500,
      messages: [{ id, file, addresses: ["bob@world", "eve@world"] }],
    },
  ]);
  rig.relay.letGo();
  rig.maildrop.letGo();
  await rig.clock.advance(0);
  equal(running.queue.underWay(), []);
});

Deno.test("resume() lets go what a flush had asked for before its time", async () => {
  const rig = connected();
  rig.relay.answer = () => ({ kind: "temporary", status: "4.2.0", reason: "busy" });
  await using running = await rig.start();
  const { queue } = running;
  for (let number = 0; number < 300; number++) await submit(queue, [`user${number}@world`]);
  await rig.clock.advance(1000);
  strictEqual(queue.counts().putOff, 300);
  rig.relay.answer = () => ({ kind: "delivered" });
  rig.relay.hold();
  const flushed = queue.flush({}, never);
  await rig.clock.advance(1000);
  await queue.suspend();
  rig.relay.letGo();
  const { delivered } = await flushed;
  ok(delivered < 300, `${delivered}`);
  queue.resume();
  for (let turn = 0; turn < 10; turn++) await rig.clock.advance(60_000);
  strictEqual(queue.counts().messages, 0);
});
