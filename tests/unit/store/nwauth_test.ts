import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type Files, type Log } from "../../../src/platform/mod.ts";
import { type Nwauth, openNwauth } from "../../../src/store/mod.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { silentLog } from "../../support/silent_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const files = diskFiles();

function open(
  path: string,
  more: { files?: Files; log?: Log; clock?: ManualClock; mergeFromOctets?: number } = {},
): Nwauth {
  return openNwauth({ path, files, log: silentLog, clock: new ManualClock(), ...more });
}

/** A log that keeps its warnings. */
function warnings(): { log: Log; texts: string[] } {
  const texts: string[] = [];
  return { log: { ...silentLog, warn: (event) => void texts.push(event) }, texts };
}

Deno.test("openNwauth() on an empty directory has no users", async () => {
  await using dir = await tempDir();
  const database = open(`${dir.path}/not/made/yet`);
  strictEqual(await database.lookup("bob"), undefined);
  deepStrictEqual(await database.list(), []);
});

Deno.test("set() writes the journal as the documents describe it", async () => {
  await using dir = await tempDir();
  const database = open(dir.path);
  await database.set("Bob", "hash1", 'name="Bob"');
  await database.set("bob", "hash2", 'name="Bob"');
  await database.remove("BOB");
  strictEqual(
    await Deno.readTextFile(`${dir.path}/nwauth.add`),
    'bob:hash1:name="Bob"\nbob:hash2:name="Bob"\nbob:(DELETE):(DELETE)\n',
  );
});

Deno.test("lookup() takes the last word of nwauth.add, then nwauth.txt, whatever the case", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/nwauth.txt`, "Ann:a1:\r\nbob:b1:\nzoe:z1:x=1");
  await Deno.writeTextFile(`${dir.path}/nwauth.add`, "bob:b2:\nann:(DELETE):(DELETE)\nbob:b3:\n");
  const database = open(dir.path);
  deepStrictEqual(await database.lookup("BOB"), { user: "bob", passwordHash: "b3", info: "" });
  strictEqual(await database.lookup("ann"), undefined);
  deepStrictEqual(await database.lookup("zoe"), { user: "zoe", passwordHash: "z1", info: "x=1" });
  deepStrictEqual(await database.list(), ["bob", "zoe"]);
});

Deno.test("lookup() sees at once whom another process has added", async () => {
  await using dir = await tempDir();
  const [one, other] = [open(dir.path), open(dir.path)];
  strictEqual(await one.lookup("bob"), undefined);
  await other.set("bob", "b1", "");
  strictEqual((await one.lookup("bob"))?.passwordHash, "b1");
});

Deno.test("lookup() sees what another process has changed or removed, a moment later", async () => {
  await using dir = await tempDir();
  const clock = new ManualClock();
  const [one, other] = [open(dir.path, { clock }), open(dir.path)];
  await other.set("bob", "b1", "");
  await one.lookup("bob");
  await other.set("bob", "b2", "");
  strictEqual((await one.lookup("bob"))?.passwordHash, "b1");
  await clock.advance(25);
  strictEqual((await one.lookup("bob"))?.passwordHash, "b2");
  await other.remove("bob");
  await clock.advance(25);
  strictEqual(await one.lookup("bob"), undefined);
});

Deno.test("lookup() sees at once what its own process has changed", async () => {
  await using dir = await tempDir();
  const database = open(dir.path);
  await database.set("bob", "b1", "");
  await database.lookup("bob");
  await database.set("bob", "b2", "");
  strictEqual((await database.lookup("bob"))?.passwordHash, "b2");
  await database.remove("bob");
  strictEqual(await database.lookup("bob"), undefined);
});

Deno.test("lookup() asks the disk once for many who ask soon after one another", async () => {
  await using dir = await tempDir();
  let stats = 0;
  const counting: Files = { ...files, stat: (...args) => (stats++, files.stat(...args)) };
  const database = open(dir.path, { files: counting });
  await database.set("bob", "b1", "");
  await database.lookup("bob");
  const before = stats;
  for (let left = 10; left > 0; left--) await database.lookup("bob");
  strictEqual(stats, before);
});

Deno.test("lookup() sees a merge of another process", async () => {
  await using dir = await tempDir();
  const [one, other] = [open(dir.path), open(dir.path, { mergeFromOctets: 1 })];
  await one.set("ann", "a1", "");
  await one.set("zoe", "z1", "");
  await other.remove("zoe");
  deepStrictEqual(await one.list(), ["ann"]);
  strictEqual(await Deno.readTextFile(`${dir.path}/nwauth.txt`), "ann:a1:\n");
  strictEqual(await files.stat(`${dir.path}/nwauth.add`), undefined);
});

Deno.test("lookup() reads the files only when they have changed", async () => {
  await using dir = await tempDir();
  let reads = 0;
  const counting: Files = { ...files, readAll: (...args) => (reads++, files.readAll(...args)) };
  const database = open(dir.path, { files: counting });
  await database.set("bob", "b1", "");
  const before = reads;
  await Promise.all([database.lookup("bob"), database.lookup("ann"), database.list()]);
  strictEqual(reads, before);
});

Deno.test("update() lets nobody in between: a hundred changes by two instances all count", async () => {
  await using dir = await tempDir();
  const clock = new ManualClock();
  const [one, other] = [open(dir.path, { clock }), open(dir.path, { clock })];
  await one.set("bob", "x", "0");
  const add = (database: Nwauth) =>
    database.update("bob", (now) => ({
      kind: "set",
      passwordHash: "x",
      info: String(Number(now?.info) + 1),
    }));
  const changes = Array.from({ length: 100 }, (_, i) => add(i % 2 ? one : other));
  let done = false;
  const all = Promise.all(changes).then(() => done = true);
  while (!done) await clock.advance(20);
  await all;
  strictEqual((await one.lookup("bob"))?.info, "100");
});

Deno.test("update() gives up when another program keeps the lock", async () => {
  await using dir = await tempDir();
  await using _lock = await files.tryLock(`${dir.path}/nwauth.lock`);
  const clock = new ManualClock();
  const result = rejects(open(dir.path, { clock }).set("bob", "x", ""), /another program holds/);
  let done = false;
  result.finally(() => done = true);
  while (!done) await clock.advance(1000);
  await result;
});

Deno.test("update() goes on after a change that failed", async () => {
  await using dir = await tempDir();
  const database = open(dir.path);
  await rejects(database.set("../bob", "x", ""), RangeError);
  await rejects(database.set("bob", "a\nb", ""), RangeError);
  await database.set("bob", "x", "");
  deepStrictEqual(await database.list(), ["bob"]);
});

Deno.test("set() cuts off a line that a crash tore, and nobody ever sees it", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/nwauth.add`, "ann:a1:\nbob:(DEL");
  const { log, texts } = warnings();
  const database = open(dir.path, { log });
  deepStrictEqual(await database.list(), ["ann"]);
  await database.set("zoe", "z1", "");
  strictEqual(await Deno.readTextFile(`${dir.path}/nwauth.add`), "ann:a1:\nzoe:z1:\n");
  match(texts.join("\n"), /unfinished line/);
});

Deno.test("set() merges at the size threshold and keeps lines it cannot read", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/nwauth.txt`, "# our users\nann:a1:\nbob:b1:\n");
  const { log, texts } = warnings();
  const database = open(dir.path, { log, mergeFromOctets: 20 });
  await database.set("bob", "b2", "");
  strictEqual(await Deno.readTextFile(`${dir.path}/nwauth.add`), "bob:b2:\n");
  await database.set("zoe", "z1", 'name="Zoë"');
  strictEqual(
    await Deno.readTextFile(`${dir.path}/nwauth.txt`),
    'ann:a1:\nbob:b2:\nzoe:z1:name="Zoë"\n# our users\n',
  );
  strictEqual(await files.stat(`${dir.path}/nwauth.add`), undefined);
  deepStrictEqual(await database.list(), ["ann", "bob", "zoe"]);
  match(texts[0] ?? "", /Ignored a line/);
});

Deno.test("remove() says whether there was somebody", async () => {
  await using dir = await tempDir();
  const database = open(dir.path);
  strictEqual(await database.remove("bob"), false);
  await database.set("bob", "x", "");
  strictEqual(await database.remove("bob"), true);
  strictEqual(await database.remove("bob"), false);
});
