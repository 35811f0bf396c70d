import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { DirectorySyncs, Turns } from "../../../src/platform/turns.ts";
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

Deno.test("DirectorySyncs.sync() lets all who come during a sync share the next one", async () => {
  const fake = new FakeSync();
  const syncs = new DirectorySyncs(fake.run);
  const done: string[] = [];
  for (const name of ["first", "second", "third"]) {
    void syncs.sync("/spool").then(() => done.push(name));
  }
  await settle();
  deepStrictEqual([fake.calls.length, done], [1, []]);
  await fake.end();
  deepStrictEqual([fake.calls.length, done], [2, ["first"]]);
  await fake.end();
  deepStrictEqual([fake.calls.length, done], [2, ["first", "second", "third"]]);
});

Deno.test("DirectorySyncs.sync() starts anew for who comes while the shared one runs", async () => {
  const fake = new FakeSync();
  const syncs = new DirectorySyncs(fake.run);
  void syncs.sync("/spool");
  void syncs.sync("/spool");
  await fake.end();
  let done = false;
  void syncs.sync("/spool").then(() => done = true);
  await fake.end();
  deepStrictEqual([fake.calls.length, done], [3, false]);
  await fake.end();
  strictEqual(done, true);
});

Deno.test("DirectorySyncs.sync() tells a failure to those it concerns and nobody else", async () => {
  const fake = new FakeSync();
  const syncs = new DirectorySyncs(fake.run);
  const first = rejects(syncs.sync("/spool"), /Disk gone/);
  const second = syncs.sync("/spool");
  await fake.end(new Error("Disk gone"));
  await fake.end();
  await Promise.all([first, second]);
});

Deno.test("DirectorySyncs.sync() does not make directories wait for each other", () => {
  const fake = new FakeSync();
  const syncs = new DirectorySyncs(fake.run);
  void syncs.sync("/spool");
  void syncs.sync("/bins");
  deepStrictEqual(fake.calls, ["/spool", "/bins"]);
});

Deno.test("Turns.take() runs work of one name in order, also after a failure", async () => {
  const turns = new Turns();
  const gate = Promise.withResolvers<void>();
  const ran: string[] = [];
  const first = rejects(
    turns.take("a", async () => {
      await gate.promise;
      ran.push("first");
      throw new Error("Failed");
    }),
    /Failed/,
  );
  const second = turns.take("a", () => Promise.resolve(ran.push("second")));
  await turns.take("b", () => Promise.resolve(ran.push("other")));
  deepStrictEqual(ran, ["other"]);
  gate.resolve();
  await Promise.all([first, second]);
  deepStrictEqual(ran, ["other", "first", "second"]);
});
