/**
 * What an administrator may do with queue files while the program runs (F9).
 *
 * @module
 */
import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import type { Queue } from "../../../../src/domain/queue/mod.ts";
import { HOUR_MS, QueueRig, submit } from "../../../support/queue_rig.ts";

const MINUTE_MS = 60_000;

/** A queue with a message that has a file, and waits. */
async function waiting() {
  const rig = new QueueRig();
  const running = await rig.start();
  const id = await submit(running.queue, ["bob@world"]);
  await rig.clock.advance(2 * MINUTE_MS); // It gets its file.
  return { rig, running, id, path: `/queue/${id}.msg` };
}

const ids = async (queue: Queue) => (await Array.fromAsync(queue.list())).map(({ id }) => id);

Deno.test("a queue file that is removed is forgotten within a minute", async () => {
  const { rig, running, path } = await waiting();
  await using _run = running;
  await rig.disk.remove(path);
  await rig.clock.advance(MINUTE_MS);
  strictEqual(running.queue.counts().messages, 0);
  rig.lineUp = true;
  await rig.clock.advance(MINUTE_MS);
  equal(rig.relay.reached, []);
});

Deno.test("a queue file that is moved away and put back is sent", async () => {
  const { rig, running, id, path } = await waiting();
  await using _run = running;
  await rig.disk.rename(path, "/elsewhere/file");
  await rig.clock.advance(MINUTE_MS);
  equal(await ids(running.queue), []);
  await rig.disk.rename("/elsewhere/file", path);
  await rig.clock.advance(MINUTE_MS);
  equal(await ids(running.queue), [id]);
  rig.lineUp = true;
  await rig.clock.advance(MINUTE_MS);
  equal(rig.relay.reached, ["bob@world"]);
  equal(await rig.stored(), []);
});

Deno.test("a queue file that is put back is seen at once by whoever flushes or changes", async (t) => {
  const acts: Readonly<Record<string, (queue: Queue) => Promise<unknown>>> = {
    flush: (queue) => queue.flush({}, new AbortController().signal),
    release: (queue) => queue.change("release", "all"),
    look: (queue) => queue.lookAtSpool(),
  };
  for (const [name, act] of Object.entries(acts)) {
    await t.step(name, async () => {
      const { rig, running, path } = await waiting();
      await using _run = running;
      await rig.disk.rename(path, "/elsewhere/file");
      await running.queue.lookAtSpool();
      await rig.disk.rename("/elsewhere/file", path);
      rig.lineUp = true;
      await act(running.queue);
      await rig.clock.advance(0);
      equal(rig.relay.reached, ["bob@world"]);
    });
  }
});

const REPORT = "Cannot read queue file, left where it is";

Deno.test("a queue file that cannot be read is reported once, and sent when it was mended", async (t) => {
  const faults: Readonly<Record<string, (rig: QueueRig, path: string) => Promise<void>>> = {
    "not what we write": (rig, path) => rig.disk.replace(path, new TextEncoder().encode("{\n")),
    "not for us to read": (rig, path) => Promise.resolve(void rig.disk.forbidden.add(path)),
  };
  for (const [name, harm] of Object.entries(faults)) {
    for (const mend of ["where it is", "away and back", "after a restart"]) {
      await t.step(`${name}, mended ${mend}`, async () => {
        const { rig, running, id, path } = await waiting();
        await using stack = new AsyncDisposableStack();
        stack.use(running);
        const whole = (await rig.disk.readAll(path))!;
        await harm(rig, path);
        rig.lineUp = true;
        if (mend === "after a restart") {
          await stack.disposeAsync();
          await using _again = await rig.start();
          await rig.clock.advance(10 * MINUTE_MS);
        } else {
          await rig.clock.advance(10 * MINUTE_MS);
        }
        equal(rig.log.of(REPORT).map((fields) => fields.id), [id]);
        ok(rig.disk.names().includes(`${id}.msg`));
        await using _rest = mend === "after a restart" ? await rig.start() : undefined;
        if (mend === "away and back") {
          await rig.disk.remove(path);
          await rig.clock.advance(MINUTE_MS);
        }
        rig.disk.forbidden.clear();
        await rig.disk.replace(path, whole);
        await rig.clock.advance(2 * MINUTE_MS);
        equal(rig.relay.reached, ["bob@world"]);
      });
    }
  }
});

Deno.test("a message that is put back goes to those alone who have not got it", async (t) => {
  for (const isRunning of [true, false]) {
    await t.step(isRunning ? "running" : "stopped", async () => {
      const rig = new QueueRig();
      rig.disk.writtenMs = rig.clock.now();
      rig.lineUp = true;
      rig.relay.answer = (to) =>
        to === "bob@world"
          ? { kind: "temporary", status: "4.2.0", reason: "busy" }
          : { kind: "delivered" };
      let running = await rig.start();
      const id = await submit(running.queue, ["ann@here", "bob@world", "eve@world"]);
      await rig.clock.advance(MINUTE_MS);
      const path = `/queue/${id}.msg`;
      if (!isRunning) await running[Symbol.asyncDispose]();
      await rig.disk.rename(path, "/elsewhere/file"); // Its state stays behind.
      if (!isRunning) running = await rig.start();
      await rig.clock.advance(24 * HOUR_MS);
      equal(await ids(running.queue), []);
      await rig.disk.rename("/elsewhere/file", path);
      await rig.clock.advance(2 * MINUTE_MS);
      await running[Symbol.asyncDispose]();
      equal(rig.maildrop.reached, ["ann"]);
      equal(rig.relay.reached, ["bob@world", "eve@world", "bob@world"]);
    });
  }
});
