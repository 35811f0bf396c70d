import { deepStrictEqual as equal, ok, rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type Files, systemRandom } from "../../../src/platform/mod.ts";
import { openSpool, type QueueId, type Spool, type SpoolState } from "../../../src/store/mod.ts";
import { collected } from "../../support/chunks.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { silentLog } from "../../support/silent_log.ts";
import { spooled } from "../../support/spooled.ts";
import { tempDir } from "../../support/temp_dir.ts";

const ENVELOPE = { sender: "ann@example.org", recipients: [{ address: "bob@example.net" }] };
const ORIGIN = { kind: "local", by: "test" } as const;

/** A message that the log takes, and one that has its own file from the start. */
const SIZES = { small: 10, large: 70_000 };

const open = (path: string, files: Files = diskFiles()) =>
  openSpool({ path, files, clock: new ManualClock(), random: systemRandom, log: silentLog });

const commit = (spool: Spool, octets = SIZES.small) =>
  spool.commit({ id: spool.newId(), envelope: ENVELOPE, origin: ORIGIN }, [new Uint8Array(octets)]);

const state = (attempts: number): SpoolState => ({
  held: false,
  recipients: [{
    address: "bob@example.net",
    settled: [],
    finished: false,
    attempts,
    firstAttemptMs: 0,
    lastAttemptMs: 0,
    agedMs: 0,
    nextAttemptMs: 0,
    lastReason: "",
  }],
});

const names = async (path: string) =>
  (await Array.fromAsync(Deno.readDir(path), (entry) => entry.name)).sort();

/** What another run of the program finds, on a disk that works. */
async function loaded(path: string): ReturnType<typeof spooled> {
  await using spool = await open(path);
  return await spooled(spool);
}

/** A spool on a disk that can be made to fail. */
async function onFaultyDisk(path: string, { andAllAfter = false } = {}) {
  const disk = faultyFiles(diskFiles(), { failAt: 0, error: diskFullError(), andAllAfter });
  const spool = await open(path, disk.files);
  return {
    spool,
    /** Does one thing while the n-th disk call of it fails, and repairs the disk. */
    async failing<T>(n: number, work: () => Promise<T>) {
      const failingCall = disk.calls + n;
      disk.arm(n);
      const [result] = await Promise.allSettled([work()]);
      disk.arm(-Infinity);
      return { result, failed: disk.calls >= failingCall };
    },
    [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose](),
  };
}

/** Runs `work` with a fault at each of its disk calls in turn; it tells whether there was one. */
async function atEachCall(work: (path: string, failAt: number) => Promise<boolean>): Promise<void> {
  for (let failAt = 1;; failAt++) {
    await using dir = await tempDir();
    if (!await work(dir.path, failAt)) return;
  }
}

for (const [size, octets] of Object.entries(SIZES)) {
  Deno.test(`commit() of a ${size} message leaves none behind whichever disk call fails`, () =>
    atEachCall(async (path, failAt) => {
      await using disk = await onFaultyDisk(path);
      const first = await disk.failing(failAt, () => commit(disk.spool, octets));
      strictEqual(first.result.status, first.failed ? "rejected" : "fulfilled", `call ${failAt}`);
      const second = await commit(disk.spool, octets); // The next one gets through.
      const wanted = first.result.status === "rejected"
        ? [second.id]
        : [first.result.value.id, second.id];
      equal((await loaded(path)).map(({ message }) => message.id), wanted, `call ${failAt}`);
      return first.failed;
    }));

  Deno.test(`commit() of a ${size} message reports the first error when the disk stays broken`, () =>
    atEachCall(async (path, failAt) => {
      await using disk = await onFaultyDisk(path, { andAllAfter: true });
      const { result, failed } = await disk.failing(failAt, () => commit(disk.spool, octets));
      if (result.status === "fulfilled") return failed;
      ok(String(result.reason).includes("os error 28"));
      await commit(disk.spool, octets);
      strictEqual((await loaded(path)).length, 1, `call ${failAt}`);
      return true;
    }));

  Deno.test(`saveState() of a ${size} message keeps it, whichever disk call fails`, () =>
    atEachCall(async (path, failAt) => {
      await using disk = await onFaultyDisk(path);
      const { id } = await commit(disk.spool, octets);
      const { result, failed } = await disk.failing(
        failAt,
        () => disk.spool.saveState(id, state(1)),
      );
      const found = await loaded(path);
      equal(found.map(({ message }) => message.id), [id], `call ${failAt}`);
      if (result.status === "fulfilled") equal(found[0]?.state, state(1), `call ${failAt}`);
      return failed;
    }));

  Deno.test(`saveState() of a ${size} message can be repeated whichever disk call fails`, () =>
    atEachCall(async (path, failAt) => {
      await using disk = await onFaultyDisk(path);
      const { id } = await commit(disk.spool, octets);
      const { failed } = await disk.failing(failAt, () => disk.spool.saveState(id, state(1)));
      await disk.spool.saveState(id, state(2));
      equal((await loaded(path)).map(({ state }) => state), [state(2)], `call ${failAt}`);
      return failed;
    }));

  for (const hasState of [false, true]) {
    const which = `a ${size} message ${hasState ? "with" : "without"} state`;
    const commitWhich = async (spool: Spool) => {
      const { id } = await commit(spool, octets);
      if (hasState) await spool.saveState(id, state(1));
      return id;
    };

    Deno.test(`remove() of ${which} can be repeated whichever disk call fails`, () =>
      atEachCall(async (path, failAt) => {
        await using disk = await onFaultyDisk(path);
        const id = await commitWhich(disk.spool);
        const { result, failed } = await disk.failing(failAt, () => disk.spool.remove(id));
        strictEqual(result.status, failed ? "rejected" : "fulfilled", `call ${failAt}`);
        await disk.spool.remove(id);
        await disk.spool.tidy();
        equal(await names(path), [], `call ${failAt}`);
        return failed;
      }));

    Deno.test(`remove() of ${which} never leaves it without its state`, () =>
      atEachCall(async (path, failAt) => {
        await using disk = await onFaultyDisk(path, { andAllAfter: true });
        const id = await commitWhich(disk.spool);
        const { result, failed } = await disk.failing(failAt, () => disk.spool.remove(id));
        const found = await loaded(path);
        if (result.status === "fulfilled") equal(found, [], `call ${failAt}`);
        for (const item of found) {
          equal(item.state, hasState ? state(1) : undefined, `call ${failAt}`);
        }
        return failed;
      }));
  }
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
  await using spool = await open(dir.path, files);
  await rejects(commit(spool, SIZES.large), /os error 28/);
  equal(await names(dir.path), []);
});

Deno.test("commit() fails all who share an append that fails, and none of them comes back", async () => {
  await using dir = await tempDir();
  await using disk = await onFaultyDisk(dir.path);
  const { id } = await commit(disk.spool);
  const { result } = await disk.failing(
    1,
    () => Promise.allSettled(Array.from({ length: 5 }, () => commit(disk.spool))),
  );
  const results = result.status === "fulfilled" ? result.value : [];
  equal(results.map(({ status }) => status), Array(5).fill("rejected"));
  equal((await loaded(dir.path)).map(({ message }) => message.id), [id]);
});

Deno.test("a log that cannot be cut back is left, and what was refused is taken back", async () => {
  await using dir = await tempDir();
  const real = diskFiles();
  let appends = 0;
  const files: Files = {
    ...real,
    async openAppend(path) {
      const file = await real.openAppend(path);
      return {
        ...file,
        async append(octets) {
          await file.append(octets);
          if (++appends === 2) throw diskFullError(); // Though all of it is on the disk.
        },
        truncate: () => Promise.reject(diskFullError()),
      };
    },
  };
  const spool = await open(dir.path, files);
  const first = await commit(spool);
  await rejects(commit(spool), /os error 28/);
  const third = await commit(spool);
  equal((await names(dir.path)).length, 2);
  // As after kill -9: the spool was not closed.
  equal((await loaded(dir.path)).map(({ message }) => message.id), [first.id, third.id]);
  await spool[Symbol.asyncDispose]();
});

/** A spool that was killed with two messages in its log. */
async function killed(path: string): Promise<readonly QueueId[]> {
  const spool = await open(path);
  return [(await commit(spool)).id, (await commit(spool)).id];
}

Deno.test("load() finds what the log has whichever disk call fails, then or the next time", () =>
  atEachCall(async (path, failAt) => {
    const ids = await killed(path);
    await using disk = await onFaultyDisk(path);
    const { result, failed } = await disk.failing(
      failAt,
      () => spooled(disk.spool),
    );
    const found = result.status === "fulfilled" ? result.value : [];
    for (const { message } of found) await disk.spool.remove(message.id);
    // As after kill -9: the spool was not closed.
    const rest = (await loaded(path)).map(({ message }) => message.id);
    equal([...found.map(({ message }) => message.id), ...rest].sort(), ids, `call ${failAt}`);
    return failed;
  }));

Deno.test("load() delivers from memory what a full disk takes no files of", async () => {
  await using dir = await tempDir();
  const ids = await killed(dir.path);
  const full = { ...diskFiles(), create: () => Promise.reject(diskFullError()) };
  await using spool = await open(dir.path, full);
  const found = await spooled(spool);
  equal(found.map(({ message }) => message.id), ids);
  equal(await collected(found[0]!.message.open()), "\0".repeat(SIZES.small));
  await spool.remove(ids[0]!);
  equal((await loaded(dir.path)).map(({ message }) => message.id), ids.slice(1));
});

for (const failAt of [3, 4]) {
  Deno.test(`load() passes over one file when disk call ${failAt} fails`, async () => {
    await using dir = await tempDir();
    await using writing = await open(dir.path);
    const ids = [
      (await commit(writing, SIZES.large)).id,
      (await commit(writing, SIZES.large)).id,
    ];
    await using disk = await onFaultyDisk(dir.path);
    const { result } = await disk.failing(failAt, () => Array.fromAsync(disk.spool.load()));
    strictEqual(result.status === "fulfilled" && result.value.length, 1);
    equal(await names(dir.path), ids.map((id) => `${id}.msg`));
  });
}

Deno.test("load() goes on when what a crash left cannot be removed", async () => {
  await using dir = await tempDir();
  await killed(dir.path);
  await Deno.writeTextFile(`${dir.path}/0000000000000000.tmp`, "");
  await using disk = await onFaultyDisk(dir.path);
  const { result } = await disk.failing(3, () => spooled(disk.spool));
  strictEqual(result.status === "fulfilled" && result.value.length, 2);
});
