import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type Files, systemRandom } from "../../../src/platform/mod.ts";
import { openSpool, type Spool, type SpoolState } from "../../../src/store/mod.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { silentLog } from "../../support/silent_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const ENVELOPE = { sender: "ann@example.org", recipients: [{ address: "bob@example.net" }] };
const ORIGIN = { kind: "local", by: "test" } as const;

const open = (path: string, files: Files = diskFiles()) =>
  openSpool({ path, files, clock: new ManualClock(), random: systemRandom, log: silentLog });

const commit = (spool: Spool) =>
  spool.commit({ id: spool.newId(), envelope: ENVELOPE, origin: ORIGIN }, [new Uint8Array(10)]);

const state = (attempts: number): SpoolState => ({
  held: false,
  recipients: [{
    address: "bob@example.net",
    settled: [],
    finished: false,
    attempts,
    firstAttemptMs: 0,
    nextAttemptMs: 0,
    lastReason: "",
  }],
});

const names = async (path: string) =>
  await Array.fromAsync(Deno.readDir(path), (entry) => entry.name);

/** A fault at call n of what follows; those of openSpool() come before. */
async function broken(path: string, failAt: number, andAllAfter: boolean) {
  const opening = faultyFiles(diskFiles(), { failAt: 0, error: diskFullError() });
  await open(path, opening.files);
  const { files } = faultyFiles(diskFiles(), {
    failAt: opening.calls + failAt,
    error: diskFullError(),
    andAllAfter,
  });
  return open(path, files);
}

for (const failAt of [1, 2]) {
  Deno.test(`commit() leaves nothing behind when disk call ${failAt} fails`, async () => {
    await using dir = await tempDir();
    const spool = await broken(dir.path, failAt, false);
    await rejects(commit(spool), /os error 28/);
    equal(await names(dir.path), []);
    await commit(spool); // The next one gets through.
  });

  Deno.test(`commit() reports the first error when the disk stays broken at call ${failAt}`, async () => {
    await using dir = await tempDir();
    await rejects(commit(await broken(dir.path, failAt, true)), /os error 28/);
    const found = await Array.fromAsync((await open(dir.path)).load());
    equal(found, []);
    equal(await names(dir.path), []);
  });
}

Deno.test("commit() takes the message back when only the sync of its name fails", async () => {
  await using dir = await tempDir();
  const real = diskFiles();
  const files: Files = {
    ...real,
    async rename(from, to) {
      await Deno.rename(from, to);
      throw diskFullError();
    },
  };
  await rejects(commit(await open(dir.path, files)), /os error 28/);
  equal(await names(dir.path), []);
});

Deno.test("saveState() keeps the old state when its disk call fails", async () => {
  await using dir = await tempDir();
  const spool = await open(dir.path);
  const { id } = await commit(spool);
  await spool.saveState(id, state(1));
  const second = await broken(dir.path, 1, false);
  await rejects(second.saveState(id, state(2)), /os error 28/);
  const [item] = await Array.fromAsync((await open(dir.path)).load());
  equal(item?.state, state(1));
});

for (const failAt of [1, 2, 3]) {
  Deno.test(`remove() can be repeated when disk call ${failAt} fails`, async () => {
    await using dir = await tempDir();
    const { id } = await commit(await open(dir.path));
    const spool = await broken(dir.path, failAt + 1, false); // The first call saves the state.
    await spool.saveState(id, state(1));
    await rejects(spool.remove(id), /os error 28/);
    await spool.remove(id);
    equal(await names(dir.path), []);
  });

  Deno.test(`remove() never leaves a message without its state at disk call ${failAt}`, async () => {
    await using dir = await tempDir();
    const { id } = await commit(await open(dir.path));
    const spool = await broken(dir.path, failAt + 1, true);
    await spool.saveState(id, state(1));
    await rejects(spool.remove(id));
    for await (const item of (await open(dir.path)).load()) equal(item.state, state(1));
  });
}

for (const failAt of [2, 3, 4, 5]) {
  Deno.test(`load() passes over one message when disk call ${failAt} fails`, async () => {
    await using dir = await tempDir();
    const spool = await open(dir.path);
    const ids = [(await commit(spool)).id, (await commit(spool)).id];
    const found = await Array.fromAsync((await broken(dir.path, failAt, false)).load());
    strictEqual(found.length, 1);
    equal((await names(dir.path)).sort(), ids.map((id) => `${id}.msg`));
  });
}

Deno.test("load() goes on when what a crash left cannot be removed", async () => {
  await using dir = await tempDir();
  await commit(await open(dir.path));
  await Deno.writeTextFile(`${dir.path}/0000000000000000.tmp`, "");
  const found = await Array.fromAsync((await broken(dir.path, 2, false)).load());
  strictEqual(found.length, 1);
});
