/** A disk that fails, or a power cut, while senders are being told what became of their mail. */
import { ok, strictEqual } from "node:assert/strict";
import type { Recipient } from "../../../src/formats/envelope.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { QueueRig, submit } from "../../support/queue_rig.ts";

/** Long enough for what failed once to be tried twice more. */
const LIFE_MS = 15 * 60_000;

const REFUSED = { kind: "permanent", status: "5.1.1", reason: "unknown" } as const;

const RECIPIENTS: readonly Recipient[] = [
  { address: "dan@here" },
  { address: "bob@world", notify: ["FAILURE", "SUCCESS"] },
  { address: "eve@world", notify: ["SUCCESS"] },
  { address: "fay@here", notify: ["FAILURE", "SUCCESS"] },
];

const FAILING = ["dan@here", "bob@world"];

function rigOfRefusals(): QueueRig {
  const rig = new QueueRig();
  rig.lineUp = true;
  rig.relay.answer = (to) => to === "bob@world" ? REFUSED : { kind: "delivered" };
  rig.maildrop.answer = (to) => to === "dan" ? REFUSED : { kind: "delivered" };
  return rig;
}

/** How often each recipient was reported so, in notices that are not one and the same. */
function reports({ maildrop }: QueueRig, action: string): ReadonlyMap<string, number> {
  const notices = new Map(
    maildrop.deliveries.filter(({ to }) => to === "ann").map(({ id, text }) => [id, text]),
  );
  const reported = notices.values().flatMap((text) =>
    text.matchAll(/^Final-Recipient: rfc822; (.*)\r\nAction: (.*)\r$/gm)
      .filter(([, , told]) => told === action).map(([, address = ""]) => address)
  );
  return new Map(
    Map.groupBy(reported, (address) => address).entries().map(([a, b]) => [a, b.length]),
  );
}

for (const andAllAfter of [false, true]) {
  const how = andAllAfter ? "and all after it fail until a power cut" : "fails";
  Deno.test(`a sender is told of each failure, at most twice, when any one disk call ${how}`, async () => {
    for (let failAt = 1;; failAt++) {
      const rig = rigOfRefusals();
      const disk = faultyFiles(rig.disk.files, { failAt, error: diskFullError(), andAllAfter });
      let acknowledged = false;
      try {
        const queue = await rig.open(disk.files);
        await using _run = rig.run(queue);
        acknowledged = await submit(queue, RECIPIENTS, { sender: "ann@here" })
          .then(() => true, () => false);
        await rig.clock.advance(LIFE_MS);
      } catch (error) {
        ok(String(error).includes("os error 28"), String(error));
      }
      rig.disk.powerCut();
      {
        await using _again = await rig.start();
        await rig.clock.advance(LIFE_MS);
      }
      const failures = reports(rig, "failed");
      for (const address of FAILING) {
        const times = failures.get(address) ?? 0;
        ok(
          acknowledged ? times === 1 || times === 2 : times === 0,
          `${failAt}: ${address} ${times}`,
        );
      }
      strictEqual(failures.size, acknowledged ? FAILING.length : 0);
      strictEqual((await rig.stored()).length, 0, `call ${failAt}`);
      if (disk.calls < failAt) break; // That run had no fault in it.
    }
  });
}
