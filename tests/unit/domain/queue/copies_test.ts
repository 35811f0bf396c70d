/** allowdup: one message, one maildrop, several recipients. */
import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { isUniqueId } from "../../../../src/formats/pop3.ts";
import { HOUR_MS, QueueRig, submit } from "../../../support/queue_rig.ts";

const TEAM = ["team@here", "bob@here", "robert@here"];

/** All of the team are Bob. */
function rigWith({ allowDuplicates }: { allowDuplicates: boolean }): QueueRig {
  const rig = new QueueRig();
  rig.allowDuplicates = allowDuplicates;
  for (const one of TEAM) rig.router.to(one, { kind: "maildrop", user: "bob" });
  return rig;
}

Deno.test("a maildrop gets one copy when duplicates are merged", async () => {
  const rig = rigWith({ allowDuplicates: false });
  await using running = await rig.start();
  const id = await submit(running.queue, TEAM);
  await rig.clock.advance(0);
  equal(rig.maildrop.deliveryIds, [id]);
});

Deno.test("a maildrop gets a copy for each recipient when duplicates are allowed", async () => {
  const rig = rigWith({ allowDuplicates: true });
  await using running = await rig.start();
  const id = await submit(running.queue, TEAM);
  await rig.clock.advance(0);
  const ids = rig.maildrop.deliveryIds;
  equal(ids.toSorted(), [id, `${id}-1`, `${id}-2`]);
  strictEqual(ids.every(isUniqueId), true);
});

Deno.test("a copy has the same id when it is tried again after a restart", async () => {
  const rig = rigWith({ allowDuplicates: true });
  rig.maildrop.answer = (_to, job) =>
    job.deliveryId.endsWith("-1")
      ? { kind: "temporary", status: "4.3.1", reason: "full" }
      : { kind: "delivered" };
  let id = "";
  {
    await using running = await rig.start();
    id = await submit(running.queue, TEAM);
    await rig.clock.advance(0);
  }
  rig.maildrop.deliveryIds.length = rig.maildrop.deliveries.length = 0;
  rig.maildrop.answer = () => ({ kind: "delivered" });
  await using _running = await rig.start();
  await rig.clock.advance(HOUR_MS);
  equal(rig.maildrop.deliveryIds, [`${id}-1`]);
  strictEqual(rig.maildrop.deliveries[0]?.mayBeDone, true);
});

Deno.test("what was merged is not delivered again when duplicates are allowed since", async () => {
  const rig = rigWith({ allowDuplicates: false });
  // The second recipient is not through with it: something else of him waits.
  rig.router.to("bob@here", { kind: "maildrop", user: "bob" }, { kind: "file", path: "/archive" });
  rig.file.answer = () => ({ kind: "temporary", status: "4.3.1", reason: "full" });
  await using running = await rig.start();
  await submit(running.queue, TEAM);
  await rig.clock.advance(0);
  rig.allowDuplicates = true;
  rig.file.answer = () => ({ kind: "delivered" });
  await rig.clock.advance(HOUR_MS);
  strictEqual(rig.maildrop.deliveries.length, 1);
});
