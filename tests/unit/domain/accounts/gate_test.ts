import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Gate } from "../../../../src/domain/accounts/gate.ts";

Deno.test("Gate.run() lets so many in, so many wait in order, and sends the rest away", async () => {
  const gate = new Gate({ places: 2, maxWaiting: 2 });
  const started: number[] = [];
  const work = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const runs = work.map(({ promise }, i) => gate.run(() => (started.push(i), promise)));
  strictEqual(await runs[4], undefined);
  deepStrictEqual(started, [0, 1]);
  work[1]!.resolve(11);
  deepStrictEqual(await runs[1], { value: 11 });
  deepStrictEqual(started, [0, 1, 2]);
  for (const [i, { resolve }] of work.entries()) resolve(10 + i);
  deepStrictEqual(
    await Promise.all(runs.slice(0, 4)),
    [10, 11, 12, 13].map((value) => ({ value })),
  );
  deepStrictEqual(await gate.run(() => Promise.resolve(1)), { value: 1 });
});

Deno.test("Gate.run() gives the place back when the work fails", async () => {
  const gate = new Gate({ places: 1, maxWaiting: 0 });
  await rejects(gate.run(() => Promise.reject(new Error("no"))), /no/);
  deepStrictEqual(await gate.run(() => Promise.resolve(1)), { value: 1 });
});
