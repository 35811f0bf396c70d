import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Coalesced } from "../../../src/platform/mod.ts";
import { settle } from "../../support/manual_clock.ts";

/** A sync that ends when the test says so. */
class FakeSync {
  readonly calls: string[] = [];
  readonly #open: PromiseWithResolvers<void>[] = [];

  readonly run = (path: string): Promise<void> => {
    this.calls.push(path);
    const call = Promise.withResolvers<void>();
    this.#open.push(call);
    return call.promise;
  };

  async end(error?: Error): Promise<void> {
    const call = this.#open.shift();
    if (error === undefined) call?.resolve();
    else call?.reject(error);
    await settle();
  }
}

Deno.test("Coalesced.run() lets all who come during a sync share the next one", async () => {
  const fake = new FakeSync();
  const syncs = new Coalesced(fake.run);
  const done: string[] = [];
  for (const name of ["first", "second", "third"]) {
    void syncs.run("/spool").then(() => done.push(name));
  }
  await settle();
  deepStrictEqual([fake.calls.length, done], [1, []]);
  await fake.end();
  deepStrictEqual([fake.calls.length, done], [2, ["first"]]);
  await fake.end();
  deepStrictEqual([fake.calls.length, done], [2, ["first", "second", "third"]]);
});

Deno.test("Coalesced.run() starts anew for who comes while the shared one runs", async () => {
  const fake = new FakeSync();
  const syncs = new Coalesced(fake.run);
  void syncs.run("/spool");
  void syncs.run("/spool");
  await fake.end();
  let done = false;
  void syncs.run("/spool").then(() => done = true);
  await fake.end();
  deepStrictEqual([fake.calls.length, done], [3, false]);
  await fake.end();
  strictEqual(done, true);
});

Deno.test("Coalesced.run() tells a failure to those it concerns and nobody else", async () => {
  const fake = new FakeSync();
  const syncs = new Coalesced(fake.run);
  const first = rejects(syncs.run("/spool"), /Disk gone/);
  const second = syncs.run("/spool");
  await fake.end(new Error("Disk gone"));
  await fake.end();
  await Promise.all([first, second]);
});

Deno.test("Coalesced.run() does not make keys wait for each other", () => {
  const fake = new FakeSync();
  const syncs = new Coalesced(fake.run);
  void syncs.run("/spool");
  void syncs.run("/bins");
  deepStrictEqual(fake.calls, ["/spool", "/bins"]);
});
