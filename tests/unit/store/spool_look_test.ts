import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import { diskFiles, type Files, systemClock, systemRandom } from "../../../src/platform/mod.ts";
import { openSpool, type QueueId, type Spool, type SpoolState } from "../../../src/store/mod.ts";
import { silentLog } from "../../support/silent_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const STATE: SpoolState = {
  held: false,
  recipients: [{
    address: "bob@example.net",
    settled: [],
    finished: false,
    attempts: 1,
    firstAttemptMs: 1,
    lastAttemptMs: 1,
    agedMs: 0,
    nextAttemptMs: 2,
    lastReason: "busy",
  }],
};

function open(path: string, files: Files = diskFiles()): Promise<Spool> {
  const options = { path, files, clock: systemClock, random: systemRandom, log: silentLog };
  return openSpool(options);
}

/** Large enough for a file of its own. */
async function commit(spool: Spool): Promise<QueueId> {
  const id = spool.newId();
  const envelope = { sender: "ann@example.org", recipients: [{ address: "bob@example.net" }] };
  const origin = { kind: "local", by: "test" } as const;
  await spool.commit({ id, envelope, origin }, [new Uint8Array(70_000)]);
  return id;
}

/** A file that was written some time ago: nobody is at it any more. */
async function settle(path: string): Promise<void> {
  const before = new Date(Date.now() - 60_000);
  await Deno.utime(path, before, before);
}

Deno.test("look() tells of messages that were put there and removed", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const [stays, goes] = [await commit(spool), await commit(spool)];
  const away = `${dir.path}.away`;
  await Deno.rename(`${dir.path}/${goes}.msg`, away);
  const known = new Set([stays, goes]);
  equal(await spool.look(known), { appeared: [], gone: [goes], unsettled: false });
  known.delete(goes);
  await settle(away);
  await Deno.rename(away, `${dir.path}/${goes}.msg`);
  equal(await spool.look(known), { appeared: [goes], gone: [], unsettled: false });
});

Deno.test("look() waits until a file that is being copied is whole", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const id = await commit(spool);
  const path = `${dir.path}/${id}.msg`;
  const nobody = new Set<QueueId>();
  equal(await spool.look(nobody), { appeared: [], gone: [], unsettled: true });
  await Deno.writeTextFile(path, "more", { append: true });
  equal(await spool.look(nobody), { appeared: [], gone: [], unsettled: true });
  equal(await spool.look(nobody), { appeared: [id], gone: [], unsettled: false });
});

Deno.test("look() keeps what is in the log of incoming mail", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const id = spool.newId();
  const envelope = { sender: "", recipients: [{ address: "bob@example.net" }] };
  await spool.commit({ id, envelope, origin: { kind: "local", by: "test" } }, []);
  equal(await spool.look(new Set([id])), { appeared: [], gone: [], unsettled: false });
});

Deno.test("look() removes a state whose message was taken away, after a month", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const id = await commit(spool);
  await spool.saveState(id, STATE);
  await Deno.remove(`${dir.path}/${id}.msg`);
  const names = () => Array.fromAsync(Deno.readDir(dir.path), ({ name }) => name);
  const day = 86_400_000;
  for (const { days, left } of [{ days: 29, left: 1 }, { days: 31, left: 0 }]) {
    const written = new Date(Date.now() - days * day);
    await Deno.utime(`${dir.path}/${id}.state`, written, written);
    await spool.look(new Set());
    strictEqual((await names()).length, left);
  }
});

Deno.test("look() finds a state that was put back with its message", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const id = await commit(spool);
  await spool.saveState(id, STATE);
  await settle(`${dir.path}/${id}.msg`);
  await using other = await open(dir.path);
  equal((await other.look(new Set())).appeared, [id]);
  const read = await other.read(id);
  equal(read.kind === "found" && read.state, STATE);
});

Deno.test("look() lists the directory only if it has changed", async () => {
  await using dir = await tempDir();
  let lists = 0;
  const real = diskFiles();
  const files: Files = {
    ...real,
    listNames(path) {
      lists++;
      return real.listNames(path);
    },
  };
  await using spool = await open(dir.path, files);
  const id = await commit(spool);
  await settle(`${dir.path}/${id}.msg`);
  await settle(dir.path);
  const known = new Set([id]);
  await spool.look(known);
  await spool.look(known);
  strictEqual(lists, 1);
  await Deno.writeTextFile(`${dir.path}/README`, "");
  await spool.look(known);
  strictEqual(lists, 2);
});

Deno.test("read() tells what is gone from what is damaged", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const [gone, damaged] = [await commit(spool), await commit(spool)];
  await Deno.remove(`${dir.path}/${gone}.msg`);
  await Deno.writeTextFile(`${dir.path}/${damaged}.msg`, "no JSON\n");
  equal(await spool.read(gone), { kind: "gone" });
  const read = await spool.read(damaged);
  ok(read.kind === "damaged" && read.reason !== "");
});

Deno.test("look() reads no names again after load() until something changes", async () => {
  await using dir = await tempDir();
  {
    await using spool = await open(dir.path);
    await commit(spool);
  }
  await settle(dir.path);
  const real = diskFiles();
  let lists = 0;
  const listNames = (path: string) => {
    lists++;
    return real.listNames(path);
  };
  await using spool = await open(dir.path, { ...real, listNames });
  const known = new Set((await Array.fromAsync(spool.load())).map(({ message }) => message.id));
  equal([await spool.look(known), lists], [{ appeared: [], gone: [], unsettled: false }, 1]);
  const [id] = known;
  await Deno.remove(`${dir.path}/${id}.msg`);
  equal([await spool.look(known), lists], [{ appeared: [], gone: [id], unsettled: false }, 2]);
});
