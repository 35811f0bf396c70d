import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { Coalesced } from "../../../../src/domain/queue/coalesced.ts";
import { settle } from "../../../support/manual_clock.ts";

Deno.test("run() shares the run after the present one among all who come meanwhile", async () => {
  const open: PromiseWithResolvers<void>[] = [];
  const coalesced = new Coalesced<string>(() => {
    const run = Promise.withResolvers<void>();
    open.push(run);
    return run.promise;
  });
  const first = coalesced.run("a");
  const [second, third] = [coalesced.run("a"), coalesced.run("a")];
  strictEqual(open.length, 1);
  open[0]?.resolve();
  await first;
  await settle();
  strictEqual(open.length, 2);
  open[1]?.resolve();
  await Promise.all([second, third]);
  const fourth = coalesced.run("a");
  open[2]?.resolve();
  await fourth;
});

Deno.test("run() keeps different keys apart", async () => {
  const ran: string[] = [];
  const coalesced = new Coalesced<string>((key) => {
    ran.push(key);
    return Promise.resolve();
  });
  await Promise.all([coalesced.run("a"), coalesced.run("b")]);
  equal(ran, ["a", "b"]);
});

Deno.test("run() runs again after one that failed", async () => {
  let runs = 0;
  const coalesced = new Coalesced<string>(() =>
    ++runs === 1 ? Promise.reject(new Error("disk")) : Promise.resolve()
  );
  const first = coalesced.run("a");
  const second = coalesced.run("a");
  await rejects(first, /disk/);
  await second;
  strictEqual(runs, 2);
});
