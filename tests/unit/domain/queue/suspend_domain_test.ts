/** suspend_domain (S21): mail waits until somebody asks for it, for any length of time. */
import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import type { Outcome } from "../../../../src/domain/queue/mod.ts";
import { HOUR_MS, QueueRig, submit } from "../../../support/queue_rig.ts";

const never = new AbortController().signal;
const LATER: Outcome = { kind: "temporary", status: "4.4.1", reason: "nobody is there" };

/** Lets months pass without waking for each of their minutes. */
async function months(rig: QueueRig, count: number): Promise<void> {
  rig.clock.setWall(rig.clock.now() + count * 720 * HOUR_MS);
  await rig.clock.advance(60_000); // The queue looks at the clock every minute.
}

/** A queue whose line is always there, with mail for @branch suspended. */
async function running() {
  const rig = new QueueRig();
  rig.lineUp = true;
  const suspension = { on: true };
  const queue = await rig.open(undefined, {
    waitsForEtrn: (address) => suspension.on && address.endsWith("branch"),
  });
  return { rig, queue, suspension, run: rig.run(queue) };
}

Deno.test("mail for a suspended domain waits for months, and other mail does not", async () => {
  const { rig, queue, run } = await running();
  await using _run = run;
  await submit(queue, ["bob@branch", "eve@world"]);
  await months(rig, 2);
  equal(rig.relay.reached, ["eve@world"]);
  equal((await Array.fromAsync(queue.list())).map(({ pending }) => pending), [[{
    address: "bob@branch",
    attempts: 0,
    waitsForEtrn: true,
    nextAttemptMs: undefined,
    lastReason: "",
  }]]);
  strictEqual(queue.waitingForRelay, 0);
});

Deno.test("flush() tries a suspended domain only if it is named", async () => {
  const { rig, queue, run } = await running();
  await using _run = run;
  await submit(queue, ["bob@branch"]);
  await submit(queue, ["ann@sub.branch"]);
  await rig.clock.advance(0);
  equal((await queue.flush({}, never)).delivered, 0);
  equal((await queue.flush({ domain: "world" }, never)).delivered, 0);
  equal((await queue.flush({ domain: "sub.branch" }, never)).delivered, 1);
  equal(rig.relay.reached, ["ann@sub.branch"]);
  equal((await queue.flush({ domain: "Branch" }, never)).delivered, 1);
  equal(rig.relay.reached, ["ann@sub.branch", "bob@branch"]);
  equal(await rig.stored(), []);
});

Deno.test("flush() leaves what is below a domain where it is if told so", async () => {
  const { rig, queue, run } = await running();
  await using _run = run;
  await submit(queue, ["bob@branch"]);
  await submit(queue, ["ann@sub.branch"]);
  await submit(queue, ["eve@branch", "joe@sub.branch"]);
  await rig.clock.advance(0);
  equal((await queue.flush({ domain: "branch", below: false }, never)).delivered, 2);
  equal(rig.relay.reached, ["bob@branch", "eve@branch"]);
  equal((await queue.flush({ domain: "branch" }, never)).delivered, 2);
});

Deno.test("flush() takes along what comes in while it runs, and what comes later waits", async () => {
  const { rig, queue, run } = await running();
  await using _run = run;
  rig.relay.hold();
  await submit(queue, ["first@branch"]);
  const flushed = queue.flush({ domain: "branch", below: false }, never);
  await rig.clock.advance(0);
  await submit(queue, ["second@branch"]);
  rig.relay.letGo();
  equal((await flushed).delivered, 2);
  await submit(queue, ["third@branch"]);
  await months(rig, 1);
  equal(rig.relay.reached, ["first@branch", "second@branch"]);
});

Deno.test("a domain beyond ASCII is the same in either way of writing it", async () => {
  const { rig, queue, run } = await running();
  await using _run = run;
  await submit(queue, ["bob@B\u00fccher.branch"]);
  await submit(queue, ["ann@xn--bcher-kva.branch"]);
  await rig.clock.advance(0);
  for (const domain of ["xn--bcher-kva.branch", "b\u00fccher.branch"]) {
    strictEqual(queue.waitingFor(domain, { below: false }), 2, domain);
    strictEqual((await Array.fromAsync(queue.list({ domain }))).length, 2, domain);
  }
  strictEqual((await queue.flush({ domain: "xn--bcher-kva.branch" }, never)).delivered, 2);
});

Deno.test("mail for a suspended domain is never given up, however often ETRN was in vain", async () => {
  const { rig, queue, run } = await running();
  await using _run = run;
  rig.relay.answer = () => LATER;
  await submit(queue, ["bob@branch"], { sender: "ann@here" });
  for (let month = 1; month <= 6; month++) {
    const report = await queue.flush({ domain: "branch" }, never);
    equal([report.deferred, report.failed], [1, 0]);
    await months(rig, 1);
    strictEqual(rig.relay.reached.length, month, "It was tried without being asked for");
  }
  equal(rig.maildrop.reached, [], "Somebody was told");
  const [entry] = await Array.fromAsync(queue.list());
  equal(
    entry?.pending.map(({ attempts, waitsForEtrn, lastReason }) => {
      return { attempts, waitsForEtrn, lastReason };
    }),
    [{ attempts: 6, waitsForEtrn: true, lastReason: "nobody is there" }],
  );
});

Deno.test("mail is as young as it was when its domain is not suspended any more", async () => {
  const { rig, queue, suspension, run } = await running();
  await using _run = run;
  rig.relay.answer = () => LATER;
  suspension.on = false;
  await submit(queue, ["bob@branch"], { sender: "ann@here" });
  await rig.clock.advance(HOUR_MS);
  suspension.on = true;
  await months(rig, 2);
  suspension.on = false;
  queue.lookAgain();
  await rig.clock.advance(5 * HOUR_MS); // The rig gives up after six.
  equal(rig.maildrop.reached, []);
  strictEqual(rig.relay.reached.length, 4);
  await rig.clock.advance(HOUR_MS);
  equal(rig.maildrop.reached, ["ann"]);
});

Deno.test("lookAgain() lets go at once what is not suspended any more", async () => {
  const { rig, queue, suspension, run } = await running();
  await using _run = run;
  await submit(queue, ["bob@branch"]);
  await rig.clock.advance(0);
  suspension.on = false;
  queue.lookAgain();
  await rig.clock.advance(0);
  equal(rig.relay.reached, ["bob@branch"]);
});

Deno.test("a suspended domain stays so over a restart", async () => {
  const { rig, queue, run } = await running();
  await submit(queue, ["bob@branch"]);
  await rig.clock.advance(0);
  await run[Symbol.asyncDispose]();
  const again = await rig.open(rig.disk.copy().files, { waitsForEtrn: () => true });
  await using _run = rig.run(again);
  await rig.clock.advance(HOUR_MS);
  equal(rig.relay.reached, []);
  equal((await again.flush({ domain: "branch" }, never)).delivered, 1);
});

Deno.test("suspend() stops even what ETRN asks for", async () => {
  const { rig, queue, run } = await running();
  await using _run = run;
  await submit(queue, ["bob@branch"]);
  await queue.suspend();
  equal((await queue.flush({ domain: "branch" }, never)).delivered, 0);
  equal(rig.relay.reached, []);
});

Deno.test("a message for a suspended domain and another goes to the other alone", async () => {
  const { rig, queue, run } = await running();
  await using _run = run;
  rig.lineUp = false; // Otherwise it goes before anybody asks.
  // All the rig's mail has one lane, as behind one gateway.
  await submit(queue, ["bob@branch", "eve@world"]);
  equal((await queue.flush({}, never)).delivered, 1);
  equal(rig.relay.reached, ["eve@world"]);
  equal((await queue.flush({ domain: "branch" }, never)).delivered, 1);
  equal(rig.relay.reached, ["eve@world", "bob@branch"]);
});

Deno.test("waitingFor() leaves out what has been sent there, and what is held, if told so", async () => {
  const { rig, queue, run } = await running();
  await using _run = run;
  rig.lineUp = false;
  const held = await submit(queue, ["jim@branch"]);
  await queue.change("hold", { id: held });
  await submit(queue, ["bob@branch", "eve@world"]);
  rig.router.to("all@here", { kind: "relay", address: "ann@branch" }, {
    ...{ kind: "relay", address: "ann@world" },
  });
  await submit(queue, ["all@here"]);
  await rig.clock.advance(0);
  const waiting = (held?: false) =>
    ["branch", "world"].map((domain) =>
      queue.waitingFor(domain, { below: false, ...(held === false ? { held } : {}) })
    );
  equal([waiting(), waiting(false)], [[3, 2], [2, 2]]);
  rig.relay.hold();
  const flush = queue.flush({ domain: "branch" }, never);
  await rig.clock.advance(0);
  equal(waiting(false), [2, 2]); // While an agent has it.
  rig.relay.letGo();
  strictEqual((await flush).delivered, 2);
  equal([waiting(), waiting(false)], [[2, 2], [0, 2]]);
});

Deno.test("flush() that is broken off lets the message end that is being sent, if the line is there", async () => {
  const { rig, queue, run } = await running();
  await using _run = run;
  await submit(queue, ["bob@branch"]);
  await rig.clock.advance(0);
  rig.relay.hold();
  const stop = new AbortController();
  const flush = queue.flush({ domain: "branch" }, stop.signal);
  await rig.clock.advance(0);
  await submit(queue, ["cat@branch"]);
  await rig.clock.advance(0);
  stop.abort(new Error("nobody wants it any more"));
  await rejects(flush, /nobody wants it/);
  rig.relay.letGo();
  await rig.clock.advance(0);
  equal(rig.relay.reached, ["bob@branch"]);
  equal((await rig.stored()).length, 1);
});

Deno.test("an address that leads to a suspended domain and to a busy host is not tried without end", async () => {
  const rig = new QueueRig();
  rig.lineUp = true;
  const [parked, busy] = ["ann@parked", "bob@busy"];
  rig.router.to("both@here", { kind: "relay", address: parked }, { kind: "relay", address: busy });
  rig.relay.answer = () => ({ kind: "temporary", status: "4.2.0", reason: "busy" });
  const queue = await rig.open(rig.disk.files, { waitsForEtrn: (address) => address === parked });
  await using _run = rig.run(queue);
  await submit(queue, ["both@here"]);
  await rig.clock.advance(0);
  await rig.clock.advance(HOUR_MS);
  equal(rig.relay.reached, [busy]);
  await rig.clock.advance(HOUR_MS + 60_000);
  equal(rig.relay.reached, [busy, busy]);
});
