/** Drop files belong to their users where these are known (B22). */
import { lchown } from "node:fs/promises";
import { rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type Files } from "../../../src/platform/mod.ts";
import { crashingFiles } from "../../support/crashing_files.ts";
import { faultyFiles } from "../../support/faulty_files.ts";
import { delivery, storeAt, uidsNow } from "../../support/maildrop_store.ts";
import { isRoot } from "../../support/root.ts";
import { tempDir } from "../../support/temp_dir.ts";

const BOB = 1234;
const ignore = !isRoot();

Deno.test({
  name: "deliver() gives a drop file it makes to its owner, and writes there again",
  ignore,
  async fn() {
    await using dir = await tempDir();
    const store = storeAt(dir.path);
    await store.deliver("bob", [delivery("q1", "A: 1\r\n")], BOB);
    await store.deliver("bob", [delivery("q2", "A: 2\r\n")], BOB);
    const { uid, mode } = await Deno.stat(`${dir.path}/in/bob`);
    strictEqual(uid, BOB);
    strictEqual(mode! & 0o777, 0o600);
    strictEqual((await uidsNow(store, "bob")).join(), "q1,q2");
    await store.deliver("bob", [delivery("q3", "A: 3\r\n")], BOB); // After a login it is new again.
    strictEqual((await Deno.stat(`${dir.path}/in/bob`)).uid, BOB);
  },
});

Deno.test({
  name: "deliver() leaves the bin to the server: who may write there could lead it anywhere",
  ignore,
  async fn() {
    await using dir = await tempDir();
    const store = storeAt(dir.path);
    await store.deliver("bob", [delivery("q1", "A: 1\r\n")], BOB);
    await uidsNow(store, "bob");
    strictEqual((await Deno.stat(`${dir.path}/bin/bob.bin`)).uid, 0);
  },
});

Deno.test({
  name: "deliver() does not write a drop file of somebody else",
  ignore,
  async fn(t) {
    const cases = [
      { name: "another user's", uid: 4321, text: "" },
      { name: "root's, with something in it", uid: 0, text: "From a Mon Jan  1 00:00:00 2024\n\n" },
    ];
    for (const { name, uid, text } of cases) {
      await t.step(name, async () => {
        await using dir = await tempDir();
        await Deno.mkdir(`${dir.path}/in`);
        const path = `${dir.path}/in/bob`;
        await Deno.writeTextFile(path, text);
        await Deno.chown(path, uid, 0);
        const store = storeAt(dir.path);
        await rejects(
          store.deliver("bob", [delivery("q1", "A: 1\r\n")], BOB),
          new RegExp(`belongs to the user number ${uid}, not 1234`),
        );
        strictEqual(await Deno.readTextFile(path), text);
        strictEqual((await Deno.stat(path)).uid, uid);
      });
    }
  },
});

Deno.test({
  name: "deliver() neither writes nor gives away what a link leads to",
  ignore,
  async fn() {
    await using dir = await tempDir();
    await Deno.mkdir(`${dir.path}/in`);
    const secret = `${dir.path}/secret`;
    await Deno.writeTextFile(secret, "");
    await Deno.symlink(secret, `${dir.path}/in/bob`);
    const store = storeAt(dir.path);
    await rejects(store.deliver("bob", [delivery("q1", "A: 1\r\n")], BOB), /belongs to the user/);
    strictEqual(await Deno.readTextFile(secret), "");
    strictEqual((await Deno.stat(secret)).uid, 0);
  },
});

Deno.test({
  name: "deliver() and lock() follow no link that another user made",
  ignore,
  async fn() {
    await using dir = await tempDir();
    await Deno.mkdir(`${dir.path}/in`);
    const secret = `${dir.path}/secret`;
    const text = "From a Mon Jan  1 00:00:00 2024\nA: 1\n\n";
    await Deno.writeTextFile(secret, text);
    await Deno.symlink(secret, `${dir.path}/in/bob`);
    await lchown(`${dir.path}/in/bob`, BOB, BOB);
    const store = storeAt(dir.path);
    const refused = /a link that the user number 1234 made/;
    await rejects(store.deliver("bob", [delivery("q1", "A: 1\r\n")]), refused);
    await rejects(store.lock("bob"), refused);
    strictEqual(await Deno.readTextFile(secret), text);
    await Deno.chown(`${dir.path}/in`, BOB, 0); // Then he may do there what he likes.
    strictEqual((await uidsNow(store, "bob")).length, 1);
  },
});

Deno.test({
  name: "deliver() and lock() touch nothing that a link of the last moment leads to",
  ignore: Deno.build.os === "windows",
  async fn(t) {
    const hello = "From a Mon Jan  1 00:00:00 2024\nA: 1\n\n";
    const setUp = async (call: "append" | "rename") => {
      const dir = await tempDir();
      const [path, secret] = [`${dir.path}/in/bob`, `${dir.path}/secret`];
      await Deno.mkdir(`${dir.path}/in`);
      await Deno.writeTextFile(path, hello);
      await Deno.writeTextFile(secret, hello);
      const disk = diskFiles();
      const swapped = (at: string) => {
        if (at !== path) return;
        Deno.removeSync(path);
        Deno.symlinkSync(secret, path);
      };
      const files: Files = {
        ...disk,
        append: (at, body, options) => {
          if (call === "append") swapped(at);
          return disk.append(at, body, options);
        },
        rename: (from, to) => {
          if (call === "rename") swapped(from);
          return disk.rename(from, to);
        },
      };
      return { dir, secret, store: storeAt(dir.path, { files }) };
    };
    await t.step("append", async () => {
      const { dir, secret, store } = await setUp("append");
      await using _dir = dir;
      await rejects(store.deliver("bob", [delivery("q1", "A: 1\r\n")]), /a link, not a file/);
      strictEqual(await Deno.readTextFile(secret), hello);
    });
    await t.step("rename", async () => {
      const { dir, store } = await setUp("rename");
      await using _dir = dir;
      await rejects(store.lock("bob"), /something else in its place/);
      strictEqual((await uidsNow(store, "bob")).length, 0);
    });
  },
});

Deno.test({
  name: "deliver() asks after no owner when none is given",
  ignore,
  async fn() {
    await using dir = await tempDir();
    await Deno.mkdir(`${dir.path}/in`);
    await Deno.writeTextFile(`${dir.path}/in/bob`, "");
    await Deno.chown(`${dir.path}/in/bob`, 4321, 0);
    await storeAt(dir.path).deliver("bob", [delivery("q1", "A: 1\r\n")]);
    strictEqual((await Deno.stat(`${dir.path}/in/bob`)).uid, 4321);
  },
});

Deno.test({
  name: "deliver() gives the file away at last, wherever a disk call failed or the machine stopped",
  ignore,
  async fn(t) {
    const calls = await (async () => {
      await using dir = await tempDir();
      const disk = faultyFiles(diskFiles(), { failAt: 0, error: new Error("EIO") });
      const store = storeAt(dir.path, { files: disk.files });
      await store.deliver("bob", [delivery("q1", "A: 1\r\n")], BOB);
      return disk.calls;
    })();
    for (let at = 1; at <= calls; at++) {
      await t.step(`call ${at} of ${calls}`, async () => {
        for (const mode of ["failed", "undone", "half done", "done"] as const) {
          await using dir = await tempDir();
          const { files } = mode === "failed"
            ? faultyFiles(diskFiles(), { failAt: at, error: new Error("EIO") })
            : crashingFiles(diskFiles(), { crashAt: at, mode });
          const first = storeAt(dir.path, { files });
          await first.deliver("bob", [delivery("q1", "A: 1\r\n")], BOB).catch(() => {});
          const store = storeAt(dir.path);
          if (!await store.wasDelivered("bob", "q1")) {
            await store.deliver("bob", [delivery("q1", "A: 1\r\n")], BOB);
          }
          strictEqual((await Deno.stat(`${dir.path}/in/bob`)).uid, BOB);
          strictEqual((await uidsNow(store, "bob")).join(), "q1");
        }
      });
    }
  },
});
