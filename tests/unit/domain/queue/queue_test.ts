import { deepStrictEqual as equal, match, ok, rejects, strictEqual } from "node:assert/strict";
import type { QueueId, StoredMessage } from "../../../../src/store/mod.ts";
import { HOUR_MS, QueueRig, submit } from "../../../support/queue_rig.ts";

const TEMPORARY = { kind: "temporary", status: "4.2.0", reason: "busy" } as const;

Deno.test("submit() stores, then delivers, then leaves nothing on disk", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  const id = await submit(running.queue, ["bob@here"]);
  await rig.clock.advance(0);
  equal(rig.maildrop.deliveries, [
    { id, to: "bob", mayBeDone: false, text: "Subject: hi\r\n\r\nhello\r\n" },
  ]);
  equal(await rig.stored(), []);
  equal(await Array.fromAsync(running.queue.list()), []);
});

Deno.test("submit() logs each step with the id of the message", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  const id = await submit(running.queue, ["bob@here"]);
  await rig.clock.advance(0);
  equal(rig.log.entries.map(({ event, fields }) => [event, fields.id]), [
    ["Queued", id],
    ["Delivered", id],
  ]);
});

Deno.test("submit() puts the trace before the body", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  const id = await running.queue.submit({
    envelope: { sender: "", recipients: [{ address: "bob@here" }] },
    origin: { kind: "local", by: "test" },
    trace: (id) => `Received: with ${id}\r\n`,
  }, [new TextEncoder().encode("\r\nbody")]);
  await rig.clock.advance(0);
  strictEqual(rig.maildrop.deliveries[0]?.text, `Received: with ${id}\r\n\r\nbody`);
});

Deno.test("submit() delivers nothing before afterCommit is through", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  const noted = Promise.withResolvers<void>();
  const submitted = running.queue.submit({
    envelope: { sender: "", recipients: [{ address: "bob@here" }] },
    origin: { kind: "fetched", account: "a", uidl: "1" },
    afterCommit: () => noted.promise,
  }, []);
  await rig.clock.advance(HOUR_MS);
  equal(rig.maildrop.deliveries, []);
  strictEqual((await rig.stored()).length, 1);
  noted.resolve();
  await submitted;
  await rig.clock.advance(0);
  equal(rig.maildrop.reached, ["bob"]);
});

Deno.test("submit() takes the message back when afterCommit fails", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  await rejects(
    running.queue.submit({
      envelope: { sender: "", recipients: [{ address: "bob@here" }] },
      origin: { kind: "fetched", account: "a", uidl: "1" },
      afterCommit: () => Promise.reject(new Error("journal full")),
    }, []),
    /journal full/,
  );
  await rig.clock.advance(HOUR_MS);
  equal(await rig.stored(), []);
  equal(rig.maildrop.deliveries, []);
});

Deno.test("submit() refuses a message for nobody", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  await rejects(submit(running.queue, []), RangeError);
  equal(await rig.stored(), []);
});

Deno.test("run() gives one copy to a maildrop that two recipients lead to", async () => {
  const rig = new QueueRig();
  rig.router.to("sales@here", { kind: "maildrop", user: "bob" }, { kind: "maildrop", user: "eve" });
  await using running = await rig.start();
  await submit(running.queue, ["bob@here", "sales@here"]);
  await rig.clock.advance(0);
  equal([...rig.maildrop.reached].sort(), ["bob", "eve"]);
  equal(await rig.stored(), []);
});

Deno.test("run() gives one copy also when the second recipient is known only later", async () => {
  const rig = new QueueRig();
  rig.router.routes.set("sales@here", { kind: "unavailable", status: "4.3.0", reason: "helper" });
  await using running = await rig.start();
  await submit(running.queue, ["bob@here", "sales@here"]);
  await rig.clock.advance(0);
  rig.router.to("sales@here", { kind: "maildrop", user: "bob" });
  await rig.clock.advance(HOUR_MS);
  equal(rig.maildrop.reached, ["bob"]);
  equal(await rig.stored(), []);
});

Deno.test("run() takes the route of now at each attempt, and repeats nothing that was done", async () => {
  const rig = new QueueRig();
  rig.router.to("sales@here", { kind: "maildrop", user: "ann" }, { kind: "maildrop", user: "bob" });
  rig.maildrop.answer = (to) => to === "bob" ? TEMPORARY : { kind: "delivered" };
  await using running = await rig.start();
  await submit(running.queue, ["sales@here"]);
  await rig.clock.advance(0);
  rig.router.to("sales@here", { kind: "maildrop", user: "ann" }, { kind: "maildrop", user: "eve" });
  await rig.clock.advance(60_000);
  equal([...rig.maildrop.reached].sort(), ["ann", "bob", "eve"]);
  equal(await rig.stored(), []);
});

Deno.test("run() says that a delivery may be done after a restart or a failure, not before", async () => {
  const rig = new QueueRig();
  rig.maildrop.answer = () => TEMPORARY;
  {
    await using running = await rig.start();
    await submit(running.queue, ["bob@here"]);
    await rig.clock.advance(60_000);
  }
  rig.maildrop.answer = () => ({ kind: "delivered" });
  await using _running = await rig.start();
  await rig.clock.advance(5 * 60_000);
  equal(rig.maildrop.deliveries.map(({ mayBeDone }) => mayBeDone), [false, true, true]);
});

Deno.test("run() discards, and says so, what the route leads nowhere", async () => {
  const rig = new QueueRig();
  rig.router.to("null@here");
  await using running = await rig.start();
  const id = await submit(running.queue, ["null@here"]);
  await rig.clock.advance(0);
  equal(await rig.stored(), []);
  equal(rig.log.of("Discarded as the route says"), [{ id, to: "null@here" }]);
});

Deno.test("run() tries local mail again after 1, 5, 15 and 30 minutes", async () => {
  const rig = new QueueRig();
  rig.maildrop.answer = () => TEMPORARY;
  await using running = await rig.start();
  await submit(running.queue, ["bob@here"]);
  await rig.clock.advance(0);
  for (const [index, minutes] of [1, 5, 15, 30].entries()) {
    await rig.clock.advance(minutes * 60_000 - 1);
    strictEqual(rig.maildrop.deliveries.length, index + 1);
    await rig.clock.advance(1);
    strictEqual(rig.maildrop.deliveries.length, index + 2);
  }
});

Deno.test("run() tries again when the router cannot say", async (t) => {
  const answers = {
    "unavailable": { kind: "unavailable", status: "4.4.3", reason: "no answer" },
    "status of the wrong class": { kind: "unavailable", status: "5.1.1", reason: "no answer" },
    "a rejection": new Error("no answer"),
  } as const;
  for (const [name, answer] of Object.entries(answers)) {
    await t.step(name, async () => {
      const rig = new QueueRig();
      rig.router.routes.set("bob@here", answer);
      await using running = await rig.start();
      await submit(running.queue, ["bob@here"]);
      await rig.clock.advance(0);
      match(
        (await Array.fromAsync(running.queue.list()))[0]?.pending[0]?.lastReason ?? "",
        /no answer|cannot be looked up/,
      );
      rig.router.routes.clear();
      await rig.clock.advance(60_000);
      equal(rig.maildrop.reached, ["bob"]);
    });
  }
});

Deno.test("run() retries mail for the world every two hours while the line is there", async () => {
  const rig = new QueueRig();
  rig.lineUp = true;
  rig.relay.answer = () => TEMPORARY;
  await using running = await rig.start();
  await submit(running.queue, ["bob@world"]);
  await rig.clock.advance(2 * HOUR_MS - 1);
  strictEqual(rig.relay.deliveries.length, 1);
  await rig.clock.advance(1);
  strictEqual(rig.relay.deliveries.length, 2);
  const [pending] = (await Array.fromAsync(running.queue.list()))[0]?.pending ?? [];
  equal(pending, {
    address: "bob@world",
    attempts: 2,
    nextAttemptMs: rig.clock.now() + 2 * HOUR_MS,
    lastReason: "busy",
  });
});

Deno.test("run() keeps attempts and reason over a restart", async () => {
  const rig = new QueueRig();
  rig.lineUp = true;
  rig.relay.answer = () => TEMPORARY;
  {
    await using running = await rig.start();
    await submit(running.queue, ["bob@world"]);
    await rig.clock.advance(HOUR_MS);
  }
  await using running = await rig.start();
  await rig.clock.advance(HOUR_MS - 1);
  strictEqual(rig.relay.deliveries.length, 1);
  strictEqual((await Array.fromAsync(running.queue.list()))[0]?.pending[0]?.lastReason, "busy");
  await rig.clock.advance(1);
  strictEqual(rig.relay.deliveries.length, 2);
});

Deno.test("run() does not wait longer because the clock was set back", async () => {
  const rig = new QueueRig();
  rig.lineUp = true;
  rig.relay.answer = () => TEMPORARY;
  await using running = await rig.start();
  await submit(running.queue, ["bob@world"]);
  await rig.clock.advance(0);
  rig.clock.setWall(rig.clock.now() - 1000 * HOUR_MS);
  await rig.clock.advance(2 * HOUR_MS + 120_000);
  strictEqual(rig.relay.deliveries.length, 2);
});

Deno.test("run() hands over together what waited in the same lane", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  rig.maildrop.hold();
  for (let i = 0; i < 5; i++) await submit(running.queue, ["bob@here"]);
  await rig.clock.advance(0);
  rig.maildrop.letGo();
  await rig.clock.advance(0);
  equal(rig.maildrop.batches, [{ lane: "bob", jobs: 1 }, { lane: "bob", jobs: 4 }]);
});

Deno.test("run() works in several lanes at once, and not in more than 20", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  rig.maildrop.hold();
  for (let i = 0; i < 30; i++) await submit(running.queue, [`user${i}@here`]);
  await rig.clock.advance(0);
  strictEqual(rig.maildrop.batches.length, 20);
  rig.maildrop.letGo();
  await rig.clock.advance(0);
  strictEqual(rig.maildrop.deliveries.length, 30);
});

Deno.test("run() takes an agent that settles nothing, or throws, for a temporary failure", async (t) => {
  for (const name of ["settles nothing", "throws"]) {
    await t.step(name, async () => {
      const rig = new QueueRig();
      rig.maildrop.answer = () => {
        if (name === "throws") throw new Error("bug");
        return undefined;
      };
      await using running = await rig.start();
      await submit(running.queue, ["bob@here"]);
      await rig.clock.advance(0);
      strictEqual((await Array.fromAsync(running.queue.list()))[0]?.pending[0]?.attempts, 1);
      rig.maildrop.answer = () => ({ kind: "delivered" });
      await rig.clock.advance(60_000);
      equal(await rig.stored(), []);
    });
  }
});

Deno.test("run() lets what is under way end when it is aborted", async () => {
  const rig = new QueueRig();
  {
    await using running = await rig.start();
    rig.maildrop.hold();
    await submit(running.queue, ["bob@here"]);
    await rig.clock.advance(0);
    queueMicrotask(() => rig.maildrop.letGo());
  }
  equal(rig.maildrop.reached, ["bob"]);
  equal(await rig.stored(), []);
});

Deno.test("run() breaks off what does not end in time, and the next start tries it", async () => {
  const rig = new QueueRig();
  const queue = await rig.open();
  const stop = new AbortController();
  const run = queue.run(stop.signal);
  rig.maildrop.hold();
  const ids = [await submit(queue, ["bob@here"]), await submit(queue, ["bob@here"])];
  await rig.clock.advance(0);
  stop.abort();
  await rig.clock.advance(10_000);
  await run;
  equal(rig.maildrop.deliveries, []);
  rig.maildrop.letGo();
  rig.maildrop.hold();
  rig.maildrop.letGo();
  await using _running = await rig.start();
  await rig.clock.advance(0);
  equal(rig.maildrop.deliveries.map(({ id }) => id), ids);
});

Deno.test("run() says that what it broke off may be done", async () => {
  const rig = new QueueRig();
  const queue = await rig.open();
  const stop = new AbortController();
  const run = queue.run(stop.signal);
  rig.maildrop.hold();
  await submit(queue, ["bob@here"]);
  await rig.clock.advance(0);
  stop.abort();
  await rig.clock.advance(10_000);
  await run;
  rig.maildrop.letGo();
  await using _run = rig.run(queue);
  await rig.clock.advance(0);
  equal(rig.maildrop.deliveries.map(({ mayBeDone }) => mayBeDone), [true]);
});

Deno.test("run() refuses to run twice at a time", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  await rejects(running.queue.run(new AbortController().signal), TypeError);
});

Deno.test("openQueue() tells of what an earlier run left, before anything is delivered", async () => {
  const rig = new QueueRig();
  const origin = { kind: "fetched", account: "office@isp", uidl: "7" } as const;
  const id = await submit(await rig.open(), ["bob@here"], { origin });
  const told: unknown[] = [];
  const found = (message: StoredMessage) => told.push([message.id, message.origin]);
  const queue = await rig.open(rig.disk.files, { found });
  equal(told, [[id, origin]]);
  equal(rig.maildrop.deliveries, []);
  await submit(queue, ["bob@here"]);
  strictEqual(told.length, 1);
});

Deno.test("change() holds a message over a restart until it is released", async () => {
  const rig = new QueueRig();
  const first = await rig.open();
  const id = await submit(first, ["bob@here"]);
  strictEqual(await first.change("hold", { id }), 1);
  await using running = await rig.start();
  await rig.clock.advance(HOUR_MS);
  equal(rig.maildrop.deliveries, []);
  strictEqual((await Array.fromAsync(running.queue.list()))[0]?.held, true);
  strictEqual(await running.queue.change("release", { id }), 1);
  await rig.clock.advance(0);
  equal(rig.maildrop.reached, ["bob"]);
});

Deno.test("change() holds also what already waits for its lane", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  rig.maildrop.hold();
  await submit(running.queue, ["bob@here"]);
  const id = await submit(running.queue, ["bob@here"]);
  await rig.clock.advance(0);
  await running.queue.change("hold", { id });
  rig.maildrop.letGo();
  await rig.clock.advance(HOUR_MS);
  strictEqual(rig.maildrop.deliveries.length, 1);
  await running.queue.change("release", { id });
  await rig.clock.advance(0);
  strictEqual(rig.maildrop.deliveries[1]?.id, id);
});

Deno.test("change() deletes a message without a bounce", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  const id = await submit(running.queue, ["bob@world"]);
  strictEqual(await running.queue.change("delete", { id }), 1);
  equal(await rig.stored(), []);
  equal(await Array.fromAsync(running.queue.list()), []);
  strictEqual(running.queue.waitingForRelay, 0);
});

Deno.test("change() deletes what is under way, leaves nothing behind and bounces nothing", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  rig.maildrop.answer = () => ({ kind: "permanent", status: "5.0.0", reason: "no" });
  rig.maildrop.hold();
  const id = await submit(running.queue, ["bob@here"], { sender: "ann@here" });
  await rig.clock.advance(0);
  await running.queue.change("delete", { id });
  rig.maildrop.letGo();
  await rig.clock.advance(HOUR_MS);
  equal(await rig.stored(), []);
  ok(!rig.maildrop.reached.includes("ann"));
});

Deno.test("change() does nothing for a message that is not there", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  const id = "0".repeat(16) as QueueId;
  for (const action of ["hold", "release", "delete", "requeue"] as const) {
    strictEqual(await running.queue.change(action, { id }), 0);
  }
});

Deno.test("run() forgets a message whose file was removed by hand", async () => {
  const rig = new QueueRig();
  await using running = await rig.start();
  rig.maildrop.answer = () => TEMPORARY;
  const id = await submit(running.queue, ["bob@here"]);
  await rig.clock.advance(0);
  rig.maildrop.hold();
  await rig.clock.advance(60_000);
  await rig.disk.remove(`/queue/${id}.msg`);
  rig.maildrop.letGo();
  await rig.clock.advance(0);
  equal(await Array.fromAsync(running.queue.list()), []);
  equal(await rig.stored(), []);
});
