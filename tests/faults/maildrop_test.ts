import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type Files } from "../../src/platform/mod.ts";
import type { Maildrops } from "../../src/store/mod.ts";
import { cutAt } from "../support/chunks.ts";
import { crashingFiles, type CrashMode, twoFileSystems } from "../support/crashing_files.ts";
import { diskFullError, faultyFiles } from "../support/faulty_files.ts";
import {
  delivery,
  locked,
  served,
  storeAt,
  texts,
  uids,
  uidsNow,
} from "../support/maildrop_store.ts";
import { octetsOf } from "../support/octet_text.ts";
import { tempDir } from "../support/temp_dir.ts";

const HELLO = "Subject: hello\r\n\r\nFrom me\r\n";
const LARGE = "Subject: large\r\n\r\n" + "0123456789abcdef\r\n".repeat(20_000);

/** What is done while the disk fails, and what was in the maildrop before. */
const SCENES = [
  { name: "deliver() into no drop file", deliver: ["n1", "n2"], binned: ["b1"], dropped: [] },
  { name: "deliver() behind others", deliver: ["n1", "n2"], binned: ["b1"], dropped: ["d1"] },
  { name: "deliver() of a large message", deliver: ["n1", "large"], binned: [], dropped: ["d1"] },
  { name: "first burst", binned: [], dropped: ["d1", "d2"] },
  { name: "later burst", binned: ["b1"], dropped: ["d1", "d2"] },
  { name: "remove() of some", binned: ["b1", "b2"], dropped: [], remove: ["b1"] },
  { name: "remove() of all", binned: ["b1", "b2"], dropped: [], remove: ["b1", "b2"] },
] as const;

type Scene = typeof SCENES[number];

/** Only a burst moves a file from one directory to another. */
const DISKS: readonly { name: string; disk: Files; scenes: readonly Scene[] }[] = [
  { name: "one file system", disk: diskFiles(), scenes: SCENES },
  { name: "two file systems", disk: twoFileSystems(diskFiles()), scenes: SCENES.slice(3, 5) },
];

function message(id: string) {
  const whole = octetsOf(textOf(id));
  return { ...delivery(id, ""), body: cutAt(whole, [100_000, 200_000, 300_000]) };
}

function textOf(id: string): string {
  return id === "large" ? LARGE : HELLO;
}

/** Makes the maildrop as it is before the failure. */
async function prepare(root: string, disk: Files, scene: Scene): Promise<void> {
  const store = storeAt(root, { files: disk });
  for (const id of scene.binned) {
    await store.deliver("bob", [message(id)]);
    await uidsNow(store, "bob");
  }
  await store.deliver("bob", scene.dropped.map(message));
}

async function act(store: Maildrops, scene: Scene): Promise<void> {
  if ("deliver" in scene) return await store.deliver("bob", scene.deliver.map(message));
  await using maildrop = await locked(store, "bob");
  if ("remove" in scene) await maildrop.remove(scene.remove);
}

/** Runs the scene once without a failure to learn how many calls can fail. */
async function countCalls(disk: Files, scene: Scene): Promise<number> {
  await using dir = await tempDir();
  await prepare(dir.path, disk, scene);
  const counting = faultyFiles(disk, { failAt: 0, error: diskFullError() });
  await act(storeAt(dir.path, { files: counting.files }), scene);
  return counting.calls;
}

/** What is found once the disk works again; each message must be whole. */
async function foundAfter(root: string, disk: Files): Promise<string[]> {
  await using maildrop = await locked(storeAt(root, { files: disk }), "bob");
  const found = uids(maildrop);
  const wanted = found.map((id) => served(id, textOf(id)));
  ok((await texts(maildrop)).every((text, i) => text === wanted[i]), "a message was changed");
  return found;
}

for (const { name, disk, scenes } of DISKS) {
  for (const scene of scenes) {
    for (const andAllAfter of [false, true]) {
      const broken = andAllAfter ? "and all after it fail" : "fails";
      Deno.test(`${scene.name} does all or nothing when a disk call ${broken}, ${name}`, async () => {
        const calls = await countCalls(disk, scene);
        for (let failAt = 1; failAt <= calls; failAt++) {
          await using dir = await tempDir();
          await prepare(dir.path, disk, scene);
          const options = { failAt, error: diskFullError(), andAllAfter };
          const { files } = faultyFiles(disk, options);
          const store = storeAt(dir.path, { files });
          const failed = await act(store, scene).then(() => false, () => true);
          const before = [...scene.binned, ...scene.dropped];
          const after = "deliver" in scene
            ? [...before, ...scene.deliver]
            : before.filter((id) => !("remove" in scene && scene.remove.some((r) => r === id)));
          const want = failed ? before : after;
          deepStrictEqual(await foundAfter(dir.path, disk), want, `call ${failAt}`);
        }
      });
    }

    for (const mode of ["undone", "half done", "done"] as const satisfies readonly CrashMode[]) {
      Deno.test(`${scene.name} is there once and whole after a crash, a call ${mode}, ${name}`, async () => {
        const calls = await countCalls(disk, scene);
        for (let crashAt = 1; crashAt <= calls; crashAt++) {
          await using dir = await tempDir();
          await prepare(dir.path, disk, scene);
          const crashing = crashingFiles(disk, { crashAt, mode });
          await act(storeAt(dir.path, { files: crashing.files }), scene).catch(() => {});
          strictEqual(crashing.crashed, true);
          const store = storeAt(dir.path, { files: disk });
          for (const id of "deliver" in scene ? scene.deliver : []) {
            if (!await store.wasDelivered("bob", id)) {
              await store.deliver("bob", [message(id)]);
            }
          }
          const found = await foundAfter(dir.path, disk);
          const all = [
            ...scene.binned,
            ...scene.dropped,
            ..."deliver" in scene ? scene.deliver : [],
          ];
          const removed = all.filter((id) => !found.includes(id));
          deepStrictEqual(found, all.filter((id) => !removed.includes(id)), `call ${crashAt}`);
          const mayBeGone: readonly string[] = "remove" in scene ? scene.remove : [];
          ok(removed.length === 0 || removed.join() === mayBeGone.join(), `call ${crashAt}`);
        }
      });
    }
  }
}

Deno.test("a store goes on with the same maildrop after a failure", async () => {
  const calls = await countCalls(diskFiles(), SCENES[4]);
  for (let failAt = 1; failAt <= calls; failAt++) {
    await using dir = await tempDir();
    await prepare(dir.path, diskFiles(), SCENES[4]);
    const { files } = faultyFiles(diskFiles(), { failAt, error: diskFullError() });
    const store = storeAt(dir.path, { files });
    await act(store, SCENES[4]).catch(() => {});
    deepStrictEqual(await uidsNow(store, "bob"), ["b1", "d1", "d2"], `call ${failAt}`);
    deepStrictEqual((await store.size("bob")).messages, 3);
  }
});

Deno.test("deliver() fails for a large message that is another one the second time", async () => {
  await using dir = await tempDir();
  await prepare(dir.path, diskFiles(), SCENES[2]);
  let reads = 0;
  const body = {
    *[Symbol.iterator]() {
      const line = octetsOf("0123456789abcdef\r\n");
      for (let left = 20_000 + reads++; left > 0; left--) yield line;
    },
  };
  const delivering = storeAt(dir.path).deliver("bob", [{ ...message("n1"), body }]);
  await rejects(delivering, /Message has changed while it was delivered/);
  deepStrictEqual(await foundAfter(dir.path, diskFiles()), ["d1"]);
});

Deno.test("deliver() closes what it reads from, whichever disk call fails", async () => {
  const calls = await countCalls(diskFiles(), SCENES[2]);
  for (let failAt = 1; failAt <= calls; failAt++) {
    await using dir = await tempDir();
    const { files } = faultyFiles(diskFiles(), { failAt, error: diskFullError() });
    const bodies = [new Source(), new Source()];
    const messages = bodies.map((body, i) => ({ deliveryId: `q${i}`, sender: "a@b", body }));
    await storeAt(dir.path, { files }).deliver("bob", messages).catch(() => {});
    deepStrictEqual(bodies.map(({ open }) => open), [0, 0], `call ${failAt}`);
  }
});

/** A large message that knows how often it was opened and not closed. */
class Source implements AsyncIterable<Uint8Array> {
  open = 0;

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.open++;
    try {
      for (let left = 40; left > 0; left--) {
        await Promise.resolve();
        yield octetsOf("0123456789abcde\n".repeat(1000));
      }
    } finally {
      this.open--;
    }
  }
}
