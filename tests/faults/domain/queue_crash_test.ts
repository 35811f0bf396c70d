import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { DeliveryJob, Settle } from "../../../src/domain/queue/mod.ts";
import type { Destination } from "../../../src/domain/routing/mod.ts";
import type { Files } from "../../../src/platform/mod.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { QueueRig, submit } from "../../support/queue_rig.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

/** Long enough for what failed once to be tried twice more. */
const LIFE_MS = 15 * 60_000;

/** A maildrop that remembers what it has and, asked whether something may be done, looks. */
class RememberingMaildrops {
  readonly copies = new Map<string, number>();

  laneOf(destination: Destination): string {
    return destination.kind === "maildrop" ? destination.user : "";
  }

  async deliver(
    lane: string,
    jobs: readonly DeliveryJob[],
    settle: Settle,
  ): Promise<void> {
    for (const job of jobs) {
      const key = `${lane} ${job.message.id}`;
      const copies = this.copies.get(key) ?? 0;
      if (!job.mayBeDone || copies === 0) this.copies.set(key, copies + 1);
      for (const destination of job.destinations) {
        await settle(job, destination, { kind: "delivered" });
      }
    }
  }
}

/** Runs a queue for a while, whatever the disk does to it; resolves to the ids it acknowledged. */
async function life(
  rig: QueueRig,
  maildrops: RememberingMaildrops,
  { files, messages }: { readonly files: Files; readonly messages: number },
): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  try {
    const agents = { ...rig.agents, maildrop: maildrops };
    const queue = await rig.open(files, { agents });
    await using _run = rig.run(queue);
    for (let i = 0; i < messages; i++) {
      await submit(queue, ["bob@here", "eve@here"]).then((id) => acknowledged.push(id), () => {});
    }
    await rig.clock.advance(LIFE_MS);
  } catch (error) {
    // The disk failed before the queue was open.
    ok(String(error).includes("os error 28"), String(error));
  }
  return acknowledged;
}

/** All that was acknowledged is in both maildrops, once; what was not is nowhere. */
function check(maildrops: RememberingMaildrops, acknowledged: readonly string[]): void {
  const want = acknowledged.flatMap((id) => [[`bob ${id}`, 1], [`eve ${id}`, 1]]);
  equal([...maildrops.copies].sort(), want.sort());
}

for (const andAllAfter of [false, true]) {
  const how = andAllAfter ? "and all after it fail" : "fails";
  Deno.test(`the queue loses and doubles nothing when any one disk call ${how}`, async () => {
    for (let failAt = 1;; failAt++) {
      const rig = new QueueRig();
      const maildrops = new RememberingMaildrops();
      const disk = faultyFiles(rig.disk.files, { failAt, error: diskFullError(), andAllAfter });
      const acknowledged = await life(rig, maildrops, { files: disk.files, messages: 2 });
      rig.disk.powerCut();
      await life(rig, maildrops, { files: rig.disk.files, messages: 0 });
      check(maildrops, acknowledged);
      equal(await rig.stored(), [], `call ${failAt}`);
      if (disk.calls < failAt) break; // That run had no fault in it.
    }
  });
}

Deno.test("the queue loses and doubles nothing over many lives on a disk that fails at random", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const random = new SeededRandom(seed);
      const rig = new QueueRig();
      const maildrops = new RememberingMaildrops();
      const acknowledged: string[] = [];
      for (let lives = 0; lives < 4; lives++) {
        const fault = {
          failAt: 1 + random.upTo(40),
          error: diskFullError(),
          andAllAfter: random.number() < 0.5,
        };
        const { files } = faultyFiles(rig.disk.files, fault);
        acknowledged.push(...await life(rig, maildrops, { files, messages: random.upTo(4) }));
        rig.disk.powerCut();
      }
      await life(rig, maildrops, { files: rig.disk.files, messages: 0 });
      check(maildrops, acknowledged);
      equal(await rig.stored(), []);
    }),
    { numRuns: 10 },
  );
});

Deno.test("the queue sends nothing twice into the world because a file cannot be removed", async () => {
  const rig = new QueueRig();
  const files = new Proxy(rig.disk.files, {
    get: (disk, name: keyof Files) =>
      name === "remove" ? () => Promise.reject(diskFullError()) : disk[name].bind(disk),
  });
  {
    const queue = await rig.open(files);
    await using _run = rig.run(queue);
    const id = await submit(queue, ["bob@world"]);
    await rig.clock.advance(60_000); // It gets its file.
    rig.lineUp = true;
    await queue.change("release", { id });
    await rig.clock.advance(0);
    equal(await Array.fromAsync(queue.list()), []);
  }
  ok((await rig.stored()).length > 0);
  await using _running = await rig.start();
  await rig.clock.advance(LIFE_MS);
  equal(rig.relay.reached, ["bob@world"]);
  equal(await rig.stored(), []);
});

Deno.test("the queue bounces once, or twice at worst, whichever disk call fails", async () => {
  for (let failAt = 1;; failAt++) {
    const rig = new QueueRig();
    rig.lineUp = true;
    rig.relay.answer = () => ({ kind: "permanent", status: "5.1.1", reason: "unknown" });
    const disk = faultyFiles(rig.disk.files, { failAt, error: diskFullError() });
    let acknowledged = true;
    for (const files of [disk.files, rig.disk.files]) {
      const retry = () => ({ everyMs: LIFE_MS / 3, maxMs: 100 * LIFE_MS, delayNoticeMs: LIFE_MS });
      const queue = await rig.open(files, { retry })
        .catch(() => rig.open(rig.disk.files, { retry }));
      await using _run = rig.run(queue);
      if (files === disk.files) {
        acknowledged = await submit(queue, ["bob@world"], { sender: "ann@here" })
          .then(() => true, () => false);
      }
      await rig.clock.advance(LIFE_MS);
    }
    const notices = rig.maildrop.deliveries.filter(({ to }) => to === "ann").length;
    ok(acknowledged ? notices === 1 || notices === 2 : notices === 0, `call ${failAt}: ${notices}`);
    strictEqual((await rig.stored()).length, 0, `call ${failAt}`);
    if (disk.calls < failAt) break;
  }
});
