import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import type { Queue } from "../../../../src/domain/queue/mod.ts";
import type { QueueId } from "../../../../src/store/mod.ts";
import { QueueRig, submit } from "../../../support/queue_rig.ts";

/** A queue with the line up, whose mail for the world is refused for now but for that to @done. */
async function running() {
  const rig = new QueueRig();
  rig.lineUp = true;
  rig.relay.answer = (to) =>
    to.endsWith("@done")
      ? { kind: "delivered" }
      : { kind: "temporary", status: "4.2.1", reason: "Busy" };
  rig.router.to("team@here", { kind: "relay", address: "team@far" });
  const { queue, ...run } = await rig.start();
  return { rig, queue, [Symbol.asyncDispose]: run[Symbol.asyncDispose] };
}

async function idsFor(queue: Queue, domain: string): Promise<readonly QueueId[]> {
  return (await Array.fromAsync(queue.list({ domain }))).map(({ id }) => id);
}

const manyDomains = Array.from({ length: 60 }, (_, index) => `bob@d${index}.example`);

Deno.test("a domain stands for the messages that still wait for it", async (t) => {
  const cases: readonly {
    readonly name: string;
    readonly to: readonly string[];
    readonly meant: readonly string[];
    readonly others: readonly string[];
  }[] = [
    { name: "part has arrived", to: ["a@done", "b@far"], meant: ["far"], others: ["done"] },
    { name: "below", to: ["a@sub.far"], meant: ["far", "sub.far"], others: ["ar", "b.sub.far"] },
    { name: "led away", to: ["team@here"], meant: ["far", "here"], others: ["done"] },
    { name: "very many", to: manyDomains, meant: ["d59.example", "example"], others: ["far"] },
  ];
  for (const { name, to, meant, others } of cases) {
    await t.step(name, async () => {
      await using office = await running();
      const { rig, queue } = office;
      const id = await submit(queue, to);
      await rig.clock.advance(0);
      for (const domain of meant) equal(await idsFor(queue, domain), [id], domain);
      for (const domain of others) {
        equal(await idsFor(queue, domain), [], domain);
        strictEqual(await queue.change("hold", { domain }), 0, domain);
        strictEqual(await queue.change("delete", { domain }), 0, domain);
      }
      strictEqual((await queue.entry(id))?.held, false);
      strictEqual(await queue.change("hold", { domain: meant[0]! }), 1);
      strictEqual((await queue.entry(id))?.held, true);
    });
  }
});

Deno.test("change() deletes for a domain nothing that others wait for, too", async (t) => {
  for (const when of ["at once", "after a restart"]) {
    await t.step(when, async () => {
      await using office = await running();
      const { rig } = office;
      const alone = await submit(office.queue, ["b@far"]);
      const led = await submit(office.queue, ["team@here"]);
      const both = await submit(office.queue, ["b@far", "c@near"]);
      const rest = await submit(office.queue, ["a@done", "b@far"]);
      await rig.clock.advance(0);
      if (when !== "at once") await office[Symbol.asyncDispose]();
      await using again = when === "at once" ? undefined : await rig.start();
      const queue = again?.queue ?? office.queue;
      await rig.clock.advance(0);
      const spared: QueueId[] = [];
      const deleted = await queue.change("delete", { domain: "far" }, (id) => spared.push(id));
      equal(spared, [both]);
      const left = (await Array.fromAsync(queue.list())).map(({ id }) => id);
      // Where an alias leads is not on disk.
      equal(left, when === "at once" ? [both] : [led, both]);
      strictEqual(deleted, when === "at once" ? 3 : 2);
      strictEqual(left.includes(alone) || left.includes(rest), false);
      strictEqual(await queue.change("delete", { id: both }), 1);
    });
  }
});
