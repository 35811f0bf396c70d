import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import type { Queue } from "../../../../src/domain/queue/mod.ts";
import { HOUR_MS, QueueRig, submit } from "../../../support/queue_rig.ts";

const TEMPORARY = { kind: "temporary", status: "4.2.0", reason: "busy" } as const;
const never = new AbortController().signal;

const nextAttempts = async (queue: Queue) =>
  (await Array.fromAsync(queue.list())).flatMap(({ pending }) =>
    pending.map((one) => one.nextAttemptMs)
  );

Deno.test("run() lets mail for the world wait for the line, and does not let it age", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  await submit(running.queue, ["bob@world"]);
  await rig.clock.advance(8 * HOUR_MS);
  equal(rig.relay.batches, []);
  equal(await nextAttempts(running.queue), [undefined]);
  strictEqual(running.queue.waitingForRelay, 1);
});

Deno.test("flush() sends over one connection what waits, and reports it", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  for (let i = 0; i < 5; i++) await submit(running.queue, [`user${i}@world`]);
  await rig.clock.advance(0);
  const report = await running.queue.flush({}, never);
  equal(report, { delivered: 5, deferred: 0, failed: 0, problems: [] });
  equal(rig.relay.batches, [{ lane: "gateway:25", jobs: 5 }]);
  strictEqual(running.queue.waitingForRelay, 0);
  equal(await rig.stored(), []);
});

Deno.test("flush() sends what an earlier run of the program left", async () => {
  const rig = new QueueRig();
  await submit(await rig.open(), ["bob@world", "ann@here"]);
  const queue = await rig.open();
  strictEqual(queue.waitingForRelay, 1);
  await using _run = rig.run(queue);
  const report = await queue.flush({}, never);
  strictEqual(report.delivered, 1);
});

Deno.test("flush() resolves at once when nothing waits", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  const report = await running.queue.flush({}, never);
  equal(report, { delivered: 0, deferred: 0, failed: 0, problems: [] });
});

Deno.test("flush() sends also what comes in meanwhile", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  rig.relay.hold();
  await submit(running.queue, ["first@world"]);
  const flushed = running.queue.flush({}, never);
  await rig.clock.advance(0);
  await submit(running.queue, ["second@world"]);
  rig.relay.letGo();
  strictEqual((await flushed).delivered, 2);
});

Deno.test("flush() tries each once, also what was deferred before, and says why it failed", async () => {
  const rig = new QueueRig();
  rig.relay.answer = (to) =>
    to === "bad@world" ? { kind: "permanent", status: "5.1.1", reason: "unknown" } : TEMPORARY;
  await using running = await rig.start();
  await submit(running.queue, ["slow@world", "bad@world"], { sender: "ann@here" });
  await rig.clock.advance(0);
  const first = await running.queue.flush({}, never);
  const problems = ["slow@world: busy", "bad@world: unknown"];
  equal(first, { delivered: 0, deferred: 1, failed: 1, problems });
  const second = await running.queue.flush({}, never);
  equal(second, { delivered: 0, deferred: 1, failed: 0, problems: [problems[0]] });
});

Deno.test("flush() tries again what has just failed, and is not written down yet", async () => {
  const rig = new QueueRig();
  rig.lineUp = true;
  const failed = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let isFirst = true;
  rig.agents.relay.deliver = async (_lane, jobs, settle) => {
    for (const job of jobs) {
      for (const destination of job.destinations) {
        await settle(job, destination, isFirst ? TEMPORARY : { kind: "delivered" });
        if (!isFirst) continue;
        isFirst = false;
        failed.resolve();
        await gate.promise;
      }
    }
  };
  await using running = await rig.start();
  await submit(running.queue, ["first@world", "second@world"]);
  await failed.promise;
  const flushed = running.queue.flush({}, never);
  await rig.clock.advance(0);
  gate.resolve();
  strictEqual((await flushed).delivered, 2);
  strictEqual(running.queue.waitingForRelay, 0);
});

Deno.test("flush() ends with the queue, also while it looks what there is", async () => {
  const rig = new QueueRig();
  const queue = await rig.open();
  const run = rig.run(queue);
  await submit(queue, ["bob@world"]);
  await rig.clock.advance(0);
  const flushed = rejects(queue.flush({}, never), /the test ends/);
  await run[Symbol.asyncDispose]();
  await flushed;
});

Deno.test("flush() of a domain takes it and what is below it, and nothing else", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  for (const domain of ["Example.org", "sub.example.org", "notexample.org", "world"]) {
    await submit(running.queue, [`bob@${domain}`]);
  }
  await rig.clock.advance(0);
  const report = await running.queue.flush({ domain: "example.ORG" }, never);
  strictEqual(report.delivered, 2);
  equal([...rig.relay.reached].sort(), ["bob@Example.org", "bob@sub.example.org"]);
  strictEqual(running.queue.waitingForRelay, 2);
});

Deno.test("flush() of a domain leaves alone a message for many others, but for who may lead there", async () => {
  const rig = new QueueRig();
  rig.router.to("all@here", { kind: "relay", address: "ann@branch" });
  rig.relay.answer = () => ({ kind: "temporary", status: "4.2.0", reason: "busy" });
  rig.lineUp = true;
  await using running = await rig.start();
  const many = Array.from({ length: 25 }, (_, number) => `bob@world${number}`);
  await submit(running.queue, [...many, "all@here"]);
  await rig.clock.advance(0);
  for (const [domain, reached] of [["nowhere", []], ["world3", ["bob@world3"]]] as const) {
    rig.relay.deliveries.length = 0;
    strictEqual((await running.queue.flush({ domain }, never)).deferred, reached.length);
    await rig.clock.advance(0);
    equal(rig.relay.reached.filter((to) => to !== "ann@branch"), reached);
  }
  rig.relay.deliveries.length = 0;
  strictEqual((await running.queue.flush({ domain: "branch" }, never)).deferred, 1);
  equal(rig.relay.reached, ["ann@branch"]);
});

Deno.test("flush() waits neither for local deliveries nor for held messages", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  rig.maildrop.hold();
  await submit(running.queue, ["ann@here"]);
  const id = await submit(running.queue, ["bob@world"]);
  await rig.clock.advance(0);
  await running.queue.change("hold", { id });
  strictEqual((await running.queue.flush({}, never)).delivered, 0);
  rig.maildrop.letGo();
});

Deno.test("flush() ends with the abort reason, breaks off, and the next one tries again", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  rig.relay.hold();
  await submit(running.queue, ["first@world"]);
  await rig.clock.advance(0);
  const abort = new AbortController();
  const flushed = running.queue.flush({}, abort.signal);
  await rig.clock.advance(0);
  await submit(running.queue, ["second@world"]);
  await rig.clock.advance(0);
  abort.abort(new Error("no carrier"));
  await rejects(flushed, /no carrier/);
  await rig.clock.advance(3 * HOUR_MS);
  equal(rig.relay.reached, []);
  equal((await Array.fromAsync(running.queue.list())).map(({ pending }) => pending[0]?.attempts), [
    0,
    0,
  ]);
  rig.relay.letGo();
  strictEqual((await running.queue.flush({}, never)).delivered, 2);
});

Deno.test("flush() does not wait for a message that is taken back", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  const isKnown = Promise.withResolvers<void>();
  const submitted = running.queue.submit({
    envelope: { sender: "", recipients: [{ address: "bob@world" }] },
    origin: { kind: "network", address: "192.0.2.1" },
    afterCommit: () => isKnown.promise,
  }, []);
  await rig.clock.advance(0);
  const flush = running.queue.flush({}, never);
  await rig.clock.advance(0);
  isKnown.reject(new Error("disk full"));
  await rejects(submitted, /disk full/);
  await rig.clock.advance(0);
  const waits = rig.clock.sleep(HOUR_MS, never).then(() => "It waits");
  await rig.clock.advance(HOUR_MS);
  equal(await Promise.race([flush, waits]), {
    ...{ delivered: 0, deferred: 0, failed: 0 },
    problems: [],
  });
});

Deno.test("flush() that is aborted before it begins does nothing", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  await submit(running.queue, ["first@world"]);
  await rejects(running.queue.flush({}, AbortSignal.abort(new Error("no"))), /no/);
  equal(rig.relay.batches, []);
});

Deno.test("flush() ends when the queue ends", async () => {
  const rig = new QueueRig();
  const queue = await rig.open();
  const stop = new AbortController();
  const run = queue.run(stop.signal);
  rig.relay.hold();
  await submit(queue, ["bob@world"]);
  const flushed = rejects(queue.flush({}, never), /the end/);
  await rig.clock.advance(0);
  stop.abort(new Error("the end"));
  await rig.clock.advance(10_000);
  await Promise.all([flushed, run]);
  equal(rig.relay.reached, []);
});

Deno.test("run() sends what waited when the line turns out to be up", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  await submit(running.queue, ["bob@world"]);
  await rig.clock.advance(0);
  rig.lineUp = true;
  await rig.clock.advance(60_000);
  equal(rig.relay.reached, ["bob@world"]);
});

Deno.test("run() gives the local copy at once while the copy for the world waits", async () => {
  const rig = new QueueRig();
  rig.router.to("team@here", { kind: "maildrop", user: "bob" }, {
    kind: "relay",
    address: "eve@world",
  });
  await using running = await rig.start();
  await submit(running.queue, ["team@here"]);
  await rig.clock.advance(0);
  equal(rig.maildrop.reached, ["bob"]);
  await running.queue.flush({}, never);
  equal(rig.relay.reached, ["eve@world"]);
  equal(rig.maildrop.reached, ["bob"]);
  equal(await rig.stored(), []);
});
