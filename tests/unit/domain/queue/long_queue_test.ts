import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import type { Destination } from "../../../../src/domain/routing/mod.ts";
import type { Queue } from "../../../../src/domain/queue/mod.ts";
import { Backlog } from "../../../../src/domain/queue/backlog.ts";
import { DomainSets } from "../../../../src/domain/queue/domains.ts";
import { Entry } from "../../../../src/domain/queue/entry.ts";
import { HERE, WINDOW, Window } from "../../../../src/domain/queue/window.ts";
import type { QueueId } from "../../../../src/store/mod.ts";
import { HOUR_MS, QueueRig, submit } from "../../../support/queue_rig.ts";

const LATER = {
  kind: "temporary",
  status: "4.4.1",
  reason: "Cannot connect",
  hostFailed: true,
} as const;

/** A rig whose lanes are domains. */
function rig(): QueueRig {
  const made = new QueueRig();
  made.relay.laneOf = (destination: Destination) =>
    destination.kind === "relay" ? destination.address.split("@")[1] ?? "" : "";
  return made;
}

async function submitMany(queue: Queue, count: number, domain: string): Promise<void> {
  for (let number = 0; number < count; number++) await submit(queue, [`user${number}@${domain}`]);
}

const list = (queue: Queue) => Array.fromAsync(queue.list());

Deno.test("a long queue for one domain does not delay the message for another", async () => {
  const made = rig();
  {
    await using running = await made.start(); // The line is down.
    await submitMany(running.queue, 300, "slow.example");
    await submit(running.queue, ["eve@quick.example"]);
    await made.clock.advance(0);
  }
  made.lineUp = true;
  const held = Promise.withResolvers<void>();
  const queue = await made.open(made.disk.files, {
    agents: {
      ...made.agents,
      relay: {
        laneOf: (destination) => made.relay.laneOf(destination),
        async deliver(lane, ...rest) {
          if (lane === "slow.example") await held.promise;
          await made.relay.deliver(lane, ...rest);
        },
      },
    },
  });
  await using _run = made.run(queue);
  await made.clock.advance(0);
  equal(made.relay.reached, ["eve@quick.example"]);
  held.resolve();
  await made.clock.advance(60_000);
  strictEqual(made.relay.reached.length, 301);
  equal(await made.stored(), []);
});

Deno.test("local mail never waits for mail that takes all room for the world", async () => {
  const made = rig();
  made.lineUp = true;
  made.relay.hold();
  await using running = await made.start();
  for (let domain = 0; domain < 25; domain++) {
    await submitMany(running.queue, 210, `d${domain}.example`); // More than has room in memory.
  }
  await made.clock.advance(0);
  await submit(running.queue, ["bob@here"]);
  await made.clock.advance(0);
  equal(made.maildrop.reached, ["bob"]);
  made.relay.letGo();
  await made.clock.advance(60_000);
  equal(await made.stored(), []);
});

Deno.test("a flush sends all of a long queue, whatever has room in memory", async () => {
  const made = rig();
  await using running = await made.start();
  await submitMany(running.queue, 450, "a.example");
  await made.clock.advance(0);
  const report = await running.queue.flush({}, new AbortController().signal);
  strictEqual(report.delivered, 450);
  equal(await made.stored(), []);
});

Deno.test("mail for a dead host waits together: it is tried once in a retry interval", async () => {
  const made = rig();
  made.lineUp = true;
  made.relay.answer = (to) => to.endsWith("@dead.example") ? LATER : { kind: "delivered" };
  await using running = await made.start();
  await submitMany(running.queue, 450, "dead.example");
  await made.clock.advance(0);
  // What was under way together when it was found out; the rest was not tried at all.
  ok(made.relay.reached.length <= 101, `${made.relay.reached.length} tried`);
  const entries = await list(running.queue);
  strictEqual(entries.length, 450);
  for (const { pending: [recipient] } of entries) {
    strictEqual(recipient?.lastReason, "Cannot connect");
    strictEqual(recipient?.nextAttemptMs, made.clock.now() + 2 * HOUR_MS);
  }
  const before = made.relay.batches.length;
  await made.clock.advance(2 * HOUR_MS + 60_000);
  strictEqual(made.relay.batches.length, before + 1);
});

Deno.test("mail that waits with others for a dead host is given up in time all the same", async () => {
  const made = rig();
  made.lineUp = true;
  made.relay.answer = () => LATER;
  await using running = await made.start();
  for (let number = 0; number < 250; number++) {
    await submit(running.queue, [`user${number}@dead.example`], { sender: "ann@here" });
  }
  await made.clock.advance(5 * HOUR_MS);
  strictEqual(made.maildrop.reached.length, 0);
  await made.clock.advance(4 * HOUR_MS); // The rig gives up after six.
  strictEqual(made.maildrop.reached.length, 250);
  equal(await made.stored(), []);
});

Deno.test("a dead host is tried at once when somebody asks for it, once", async () => {
  const made = rig();
  made.lineUp = true;
  made.relay.answer = () => LATER;
  await using running = await made.start();
  await submitMany(running.queue, 250, "dead.example");
  await made.clock.advance(0);
  const before = made.relay.batches.length;
  const report = await running.queue.flush({}, new AbortController().signal);
  strictEqual(report.deferred, 250);
  strictEqual(made.relay.batches.length, before + 1);
  made.relay.answer = () => ({ kind: "delivered" });
  const sent = await running.queue.flush({}, new AbortController().signal);
  strictEqual(sent.delivered, 250);
});

Deno.test("one reply about one message says nothing of its host", async () => {
  const made = rig();
  made.lineUp = true;
  const { hostFailed: _, ...reply } = LATER;
  made.relay.answer = (to) => to.startsWith("bad@") ? reply : { kind: "delivered" };
  await using running = await made.start();
  await submit(running.queue, ["bad@a.example"]);
  await made.clock.advance(0);
  await submit(running.queue, ["good@a.example"]);
  await made.clock.advance(0);
  equal(made.relay.reached, ["bad@a.example", "good@a.example"]);
});

Deno.test("a month without the line costs mail no more than one retry interval of its time", async () => {
  const made = rig();
  made.lineUp = true;
  made.relay.answer = () => ({ kind: "temporary", status: "4.2.0", reason: "busy" });
  await using running = await made.start();
  await submit(running.queue, ["bob@a.example"], { sender: "ann@here" });
  await made.clock.advance(0);
  made.lineUp = false;
  await made.clock.advance(30 * 24 * HOUR_MS);
  made.lineUp = true;
  await made.clock.advance(60_000);
  equal(made.maildrop.reached, []);
  await made.clock.advance(3 * HOUR_MS);
  equal(made.maildrop.reached, []);
  await made.clock.advance(2 * HOUR_MS);
  equal(made.maildrop.reached, ["ann"]);
});

Deno.test("a month with the line up ends in one notice, and nothing is left", async () => {
  const made = rig();
  made.lineUp = true;
  made.relay.answer = () => LATER;
  await using running = await made.start();
  const recipient = { address: "bob@a.example", notify: ["DELAY", "FAILURE"] } as const;
  await submit(running.queue, [recipient], { sender: "ann@here" });
  await made.clock.advance(30 * 24 * HOUR_MS);
  const subjects = made.maildrop.deliveries.map(({ text }) => /Subject: (.*)\r/.exec(text)?.[1]);
  equal(subjects, [
    "Delayed on its way to bob@a.example",
    "Not delivered to bob@a.example: mail server not reached, given up",
  ]);
  equal(await made.stored(), []);
});

Deno.test("counts() and list() show a queue that is not in memory", async () => {
  const made = rig();
  await using running = await made.start();
  await submitMany(running.queue, 300, "a.example");
  await submit(running.queue, ["bob@b.a.example"]);
  await submit(running.queue, ["bob@b.example"]);
  await made.clock.advance(0);
  const { queue } = running;
  equal(queue.counts(), { messages: 302, held: 0, putOff: 0, forWorld: 302 });
  strictEqual((await list(queue)).length, 302);
  strictEqual((await Array.fromAsync(queue.list({ limit: 10 }))).length, 10);
  strictEqual((await Array.fromAsync(queue.list({ domain: "A.example" }))).length, 301);
  strictEqual(queue.waitingFor("a.example", { below: true }), 301);
  strictEqual(queue.waitingFor("a.example", { below: false }), 300);
  const [first] = await list(queue);
  strictEqual(first?.pending[0]?.nextAttemptMs, undefined);
  equal(await queue.entry(first!.id), first);
});

Deno.test("change() takes a domain with what is below it, or all", async () => {
  const made = rig();
  await using running = await made.start();
  const { queue } = running;
  await submitMany(queue, 30, "a.example");
  await submitMany(queue, 20, "b.a.example");
  await submitMany(queue, 10, "b.example");
  await made.clock.advance(0);
  strictEqual(await queue.change("hold", { domain: "a.example" }), 50);
  strictEqual(queue.counts().held, 50);
  strictEqual(queue.waitingFor("a.example", { below: true }), 50);
  strictEqual(queue.waitingFor("a.example", { below: true, held: false }), 0);
  strictEqual(await queue.change("release", { domain: "b.a.example" }), 20);
  strictEqual(queue.counts().held, 30);
  strictEqual(await queue.change("delete", { domain: "b.example" }), 10);
  strictEqual(await queue.change("delete", "all"), 50);
  strictEqual(await queue.change("delete", "all"), 0);
  equal(await made.stored(), []);
});

Deno.test("change() makes room for others also by what it deletes under way", async () => {
  const made = rig();
  const queue: Queue = await made.open(made.disk.files, {
    agents: {
      ...made.agents,
      maildrop: {
        laneOf: (destination) => made.maildrop.laneOf(destination),
        async deliver(lane, jobs, settle, signal) {
          if (lane === "eve") return await made.maildrop.deliver(lane, jobs, settle, signal);
          for (const job of jobs) {
            await queue.change("delete", { id: job.message.id });
            for (const to of job.destinations) await settle(job, to, { kind: "delivered" });
          }
        },
      },
    },
  });
  await using _run = made.run(queue);
  for (let number = 0; number < WINDOW.here; number++) await submit(queue, ["bob@here"]);
  await made.clock.advance(HOUR_MS);
  await submit(queue, ["eve@here"]);
  await made.clock.advance(HOUR_MS);
  equal(made.maildrop.reached, ["eve"]);
});

Deno.test("change() requeues: the age, the attempts and the wait begin anew", async () => {
  const made = rig();
  made.lineUp = true;
  made.relay.answer = () => ({ kind: "temporary", status: "4.2.0", reason: "busy" });
  await using running = await made.start();
  const id = await submit(running.queue, ["bob@a.example"], { sender: "ann@here" });
  await made.clock.advance(5 * HOUR_MS);
  strictEqual(await running.queue.change("requeue", { id }), 1);
  await made.clock.advance(5 * HOUR_MS);
  equal(made.maildrop.reached, []);
  strictEqual((await list(running.queue))[0]?.pending[0]?.attempts, 3);
  await made.clock.advance(HOUR_MS);
  equal(made.maildrop.reached, ["ann"]);
});

Deno.test("change() requeues what is held, and it stays held", async () => {
  const made = rig();
  made.lineUp = true;
  await using running = await made.start();
  made.relay.hold();
  const id = await submit(running.queue, ["bob@a.example"]);
  await running.queue.change("hold", { id });
  made.relay.letGo();
  await running.queue.change("requeue", "all");
  await made.clock.advance(HOUR_MS);
  strictEqual((await list(running.queue)).length + made.relay.reached.length, 1);
});

Deno.test("flush() of one message sends that one", async () => {
  const made = rig();
  await using running = await made.start();
  await submit(running.queue, ["ann@a.example"]);
  const id = await submit(running.queue, ["bob@a.example"]);
  await made.clock.advance(0);
  const report = await running.queue.flush({ id }, new AbortController().signal);
  strictEqual(report.delivered, 1);
  equal(made.relay.reached, ["bob@a.example"]);
});

Deno.test("Window has room for some of each domain, and for local mail always", () => {
  const window = new Window({ here: 2, world: 3, domain: 2, few: 0 });
  for (const group of ["a", "a", "b"]) {
    ok(window.hasRoom(group));
    window.enter(group);
  }
  ok(!window.hasRoom("a") && !window.hasRoom("b") && !window.hasRoom("c"));
  ok(window.hasRoom(HERE));
  window.leave("a");
  ok(window.hasRoom("a") && window.hasRoom("c"));
});

Deno.test("Window has room for a few of a domain when slow ones have taken the rest", () => {
  const window = new Window({ here: 1, world: 3, domain: 3, few: 1 });
  for (const group of ["a", "a", "a", "b", "c", "d"]) {
    ok(window.hasRoom(group), group);
    window.enter(group);
  }
  ok(!window.hasRoom("a") && !window.hasRoom("b") && !window.hasRoom("e"));
});

Deno.test("Backlog takes domains in turn, and each message once", () => {
  const sets = new DomainSets();
  const backlog = new Backlog(({ domains }) => domains.names[0] ?? "");
  const entries = ["a", "a", "a", "b", "b", "c"].map((domain, index) =>
    new Entry({
      id: String(index).padStart(16, "0") as QueueId,
      domains: sets.of([`bob@${domain}`]),
      found: false,
    })
  );
  for (const entry of [...entries, ...entries]) backlog.add(entry);
  strictEqual(backlog.length, 6);
  const window = new Window();
  const order = Array.from({ length: 7 }, () => backlog.take(window)?.group);
  equal(order, ["a", "b", "c", "a", "b", "a", undefined]);
});
