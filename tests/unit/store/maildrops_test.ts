import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type Files, parentOf } from "../../../src/platform/mod.ts";
import { type MaildropLayout, maildropPaths } from "../../../src/store/mod.ts";
import {
  delivery,
  layoutAt,
  locked,
  served,
  storeAt,
  texts,
  uids,
  uidsNow,
} from "../../support/maildrop_store.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";
import { silentLog } from "../../support/silent_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const HELLO = "Subject: hello\r\n\r\nFrom me\r\n.\r\n";

async function fileNames(directory: string): Promise<string[]> {
  return (await diskFiles().list(directory)).map(({ name }) => name);
}

Deno.test("deliver() writes mbox that other programs can read", async () => {
  await using dir = await tempDir();
  await storeAt(dir.path).deliver("bob", [delivery("q1", HELLO), delivery("q2", "A: 1\r\n")]);
  strictEqual(
    await Deno.readTextFile(`${dir.path}/in/bob`),
    "From fred@a.example Mon Jan  1 00:00:00 2024\nX-DMail-Length: 68\n" +
      "Return-Path: <fred@a.example>\nX-UIDL: q1\nSubject: hello\n\n>From me\n.\n\n" +
      "From fred@a.example Mon Jan  1 00:00:00 2024\nX-DMail-Length: 46\n" +
      "Return-Path: <fred@a.example>\nX-UIDL: q2\nA: 1\n\n",
  );
});

Deno.test("deliver() makes the name of a new drop file durable before the mail", async () => {
  await using dir = await tempDir();
  const calls: string[] = [];
  const files = new Proxy(diskFiles(), {
    get: (target, name: keyof Files) => {
      calls.push(name);
      return target[name];
    },
  });
  await storeAt(dir.path, { files }).deliver("bob", [delivery("q1", HELLO)]);
  deepStrictEqual(calls.slice(-3), ["create", "syncDir", "append"]);
});

Deno.test("deliver() puts its own blank line behind what another program left without", async (t) => {
  for (const [left, want] of [["", 1], ["\n", 1], ["junk", 2], ["From x\n", 2], ["a\n\n", 2]]) {
    await t.step(JSON.stringify(left), async () => {
      await using dir = await tempDir();
      await Deno.mkdir(`${dir.path}/in`);
      await Deno.writeTextFile(`${dir.path}/in/bob`, String(left));
      const store = storeAt(dir.path);
      await store.deliver("bob", [delivery("q1", HELLO)]);
      await using maildrop = await locked(store, "bob");
      strictEqual(maildrop.messages.length, want);
      strictEqual((await texts(maildrop)).at(-1), served("q1", HELLO));
    });
  }
});

Deno.test("deliver() takes a message larger than it keeps in memory", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  const line = "From " + "x".repeat(70) + "\r\n";
  const chunk = octetsOf(line.repeat(1000));
  const body = Array.from({ length: 40 }, () => chunk);
  await store.deliver("bob", [{ deliveryId: "q1", sender: "", body }, delivery("q2", HELLO)]);
  await using maildrop = await locked(store, "bob");
  const [large, small] = await texts(maildrop);
  strictEqual(large === `Return-Path: <>\r\nX-UIDL: q1\r\n${line.repeat(40_000)}`, true);
  strictEqual(small, served("q2", HELLO));
  strictEqual((await fileNames(`${dir.path}/bin/bob.bin`)).length, 2); // Index and segment.
});

Deno.test("deliver() leaves nothing when a body fails", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await store.deliver("bob", [delivery("q1", HELLO)]);
  const failing = (async function* () {
    yield octetsOf("Subject: half");
    await Promise.reject(new Error("spool is gone"));
  })();
  const bodies = [[octetsOf(HELLO)], failing, [octetsOf(HELLO)]];
  const messages = bodies.map((body, i) => ({ deliveryId: `f${i}`, sender: "a@b", body }));
  await rejects(store.deliver("bob", messages), /spool is gone/);
  deepStrictEqual(await uidsNow(store, "bob"), ["q1"]);
});

Deno.test("deliver() refuses an id that cannot be a unique-id and a user that cannot be a file", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await rejects(store.deliver("bob", [delivery("a b", HELLO)]), RangeError);
  await rejects(store.deliver("../bob", [delivery("q1", HELLO)]), RangeError);
  await rejects(store.lock(""), RangeError);
  deepStrictEqual(await fileNames(dir.path), []);
});

Deno.test("lock() empties the drop file into the bin and keeps order, ids and octets", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await store.deliver("bob", [delivery("q1", HELLO)]);
  deepStrictEqual(await uidsNow(store, "bob"), ["q1"]);
  await store.deliver("bob", [delivery("q2", "A: 1\r\n"), delivery("q3", HELLO)]);
  await using maildrop = await locked(store, "bob");
  deepStrictEqual(uids(maildrop), ["q1", "q2", "q3"]);
  const all = await texts(maildrop);
  deepStrictEqual(all, [served("q1", HELLO), served("q2", "A: 1\r\n"), served("q3", HELLO)]);
  deepStrictEqual(maildrop.messages.map((m) => m.sizeOctets), all.map((text) => text.length));
  deepStrictEqual(await fileNames(`${dir.path}/in`), []);
});

Deno.test("lock() is for one at a time; mail that comes meanwhile waits for the next", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  const first = await locked(store, "bob");
  strictEqual(await store.lock("bob"), undefined);
  await using _other = await locked(store, "ann");
  await store.deliver("bob", [delivery("q1", HELLO)]);
  deepStrictEqual(first.messages, []);
  await first[Symbol.asyncDispose]();
  await using second = await locked(store, "bob");
  await first[Symbol.asyncDispose](); // Again: must not give the second lock back.
  strictEqual(await store.lock("bob"), undefined);
  deepStrictEqual(uids(second), ["q1"]);
});

Deno.test("lock() finds messages that another program delivered", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await Deno.mkdir(`${dir.path}/in`);
  const foreign = "From ann Tue Jan  2 10:00:00 2024\nSubject: local\n\nFrom here\n\n";
  await Deno.writeTextFile(`${dir.path}/in/bob`, foreign + foreign);
  await using maildrop = await locked(store, "bob");
  deepStrictEqual(await texts(maildrop), [
    "Subject: local\r\n\r\nFrom here\r\n",
    "Subject: local\r\n\r\nFrom here\r\n",
  ]);
  for (const uid of uids(maildrop)) match(uid, /^[0-9a-z]+-[0-9a-f]+\.[12]$/);
});

Deno.test("lock() leaves a link in its place and keeps what came through it", async (t) => {
  for (const target of ["../elsewhere", undefined]) {
    await t.step(target ?? "absolute", async () => {
      await using dir = await tempDir();
      await Deno.mkdir(`${dir.path}/in`);
      await Deno.writeTextFile(`${dir.path}/elsewhere`, "");
      await Deno.symlink(target ?? `${dir.path}/elsewhere`, `${dir.path}/in/bob`);
      const store = storeAt(dir.path);
      await store.deliver("bob", [delivery("q1", HELLO)]);
      deepStrictEqual(await uidsNow(store, "bob"), ["q1"]);
      await store.deliver("bob", [delivery("q2", HELLO)]);
      await using again = await locked(storeAt(dir.path), "bob");
      deepStrictEqual(await texts(again), [served("q1", HELLO), served("q2", HELLO)]);
      strictEqual((await Deno.lstat(`${dir.path}/in/bob`)).isSymlink, true);
    });
  }
});

Deno.test("deliver() and lock() refuse a drop file that is a pipe", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/in`);
  await new Deno.Command("mkfifo", { args: [`${dir.path}/in/bob`] }).output();
  const store = storeAt(dir.path);
  await rejects(() => store.deliver("bob", [delivery("q1", HELLO)]), /not a file/);
  await rejects(() => store.lock("bob"), /not a file/);
});

Deno.test("lock() never gives one unique-id to two messages", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  const messages = [delivery("q1", HELLO), delivery("q1", "A: 1\r\n")];
  await store.deliver("bob", messages);
  {
    await using maildrop = await locked(store, "bob");
    strictEqual(new Set(uids(maildrop)).size, 2);
    await maildrop.remove(uids(maildrop));
  }
  await store.deliver("bob", messages);
  const again = await uidsNow(storeAt(dir.path), "bob");
  strictEqual(again.includes("q1"), false);
  strictEqual(new Set(again).size, 2);
});

Deno.test("remove() deletes durably and removes segments without live messages", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await store.deliver("bob", [delivery("q1", HELLO), delivery("q2", HELLO)]);
  await uidsNow(store, "bob");
  await store.deliver("bob", [delivery("q3", HELLO)]);
  {
    await using maildrop = await locked(store, "bob");
    await maildrop.remove(["q1", "q3"]);
  }
  deepStrictEqual(await uidsNow(storeAt(dir.path), "bob"), ["q2"]);
  strictEqual((await fileNames(`${dir.path}/bin/bob.bin`)).length, 2);
});

Deno.test("remove() refuses an unknown message and removes none then", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await store.deliver("bob", [delivery("q1", HELLO)]);
  await using maildrop = await locked(store, "bob");
  await rejects(maildrop.remove(["q1", "q9"]), RangeError);
  await maildrop[Symbol.asyncDispose]();
  await rejects(maildrop.remove(["q1"]), TypeError);
  deepStrictEqual(await uidsNow(storeAt(dir.path), "bob"), ["q1"]);
});

Deno.test("wasDelivered() knows a message in the drop file, in the bin, and after its deletion", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  strictEqual(await store.wasDelivered("bob", "q1"), false);
  await store.deliver("bob", [delivery("q1", HELLO), delivery("q2", HELLO)]);
  strictEqual(await storeAt(dir.path).wasDelivered("bob", "q1"), true);
  {
    await using maildrop = await locked(store, "bob");
    strictEqual(await store.wasDelivered("bob", "q1"), true);
    await maildrop.remove(["q1", "q2"]);
  }
  strictEqual(await storeAt(dir.path).wasDelivered("bob", "q1"), true);
  strictEqual(await store.wasDelivered("ann", "q1"), false);
});

Deno.test("wasDelivered() forgets deleted messages after a week, once the index is rewritten", async () => {
  await using dir = await tempDir();
  const clock = new ManualClock();
  const store = storeAt(dir.path, { clock });
  const many = (name: string) =>
    Array.from({ length: 600 }, (_, i) => delivery(`${name}${i}`, HELLO));
  for (const name of ["a", "b"]) {
    await store.deliver("bob", many(name));
    await using maildrop = await locked(store, "bob");
    await maildrop.remove(uids(maildrop));
    strictEqual(await store.wasDelivered("bob", `${name}0`), true);
    await clock.advance(8 * 24 * 3_600_000);
  }
  strictEqual(await store.wasDelivered("bob", "a0"), false);
  strictEqual(await store.wasDelivered("bob", "b0"), true);
});

Deno.test("size() counts drop file and bin, whatever another program does to the drop file", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  const sizeOf = (id: string) => served(id, HELLO).length;
  deepStrictEqual(await store.size("bob"), { user: "bob", messages: 0, octets: 0 });
  await store.deliver("bob", [delivery("q1", HELLO)]);
  deepStrictEqual(await store.size("bob"), { user: "bob", messages: 1, octets: sizeOf("q1") });
  await uidsNow(store, "bob");
  await store.deliver("bob", [delivery("q2", HELLO)]);
  deepStrictEqual(await store.size("bob"), {
    user: "bob",
    messages: 2,
    octets: 2 * sizeOf("q1"),
  });
  await Deno.remove(`${dir.path}/in/bob`);
  deepStrictEqual(await store.size("bob"), { user: "bob", messages: 1, octets: sizeOf("q1") });
  deepStrictEqual(await storeAt(dir.path).size("bob"), await store.size("bob"));
});

Deno.test("size() reads a drop file only when it has changed", async () => {
  await using dir = await tempDir();
  let reads = 0;
  const files = { ...diskFiles() };
  const read = files.read;
  files.read = (...args) => (reads++, read(...args));
  await storeAt(dir.path).deliver("bob", [delivery("q1", HELLO)]);
  const store = storeAt(dir.path, { files });
  await store.size("bob");
  await store.size("bob");
  await store.deliver("bob", [delivery("q2", HELLO)]);
  strictEqual((await store.size("bob")).messages, 2);
  strictEqual(reads, 1);
});

Deno.test("a message cut off by a crash is not served, and what there is of it is kept", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await store.deliver("bob", [delivery("q1", HELLO), delivery("q2", HELLO)]);
  const path = `${dir.path}/in/bob`;
  await Deno.truncate(path, (await Deno.stat(path)).size - 5);
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (text: string) => warnings.push(text) };
  const after = storeAt(dir.path, { log });
  strictEqual(await after.wasDelivered("bob", "q2"), false);
  await after.deliver("bob", [delivery("q2", HELLO)]);
  await using maildrop = await locked(after, "bob");
  deepStrictEqual(await texts(maildrop), [served("q1", HELLO), served("q2", HELLO)]);
  match(await Deno.readTextFile(`${dir.path}/bin/bob.bin/torn.remains`), /^From fred[^]*>From m$/);
  strictEqual(warnings.length, 1);
});

Deno.test("size() cuts nothing out of what another program is writing", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await store.deliver("bob", [delivery("q1", HELLO)]);
  const pieces = ["From a@b Mon Jan  1 00:00:00 2024\n", "X-", "Spam: no\n\nHi\n\nF", "rom me\n\n"];
  for (const piece of pieces) {
    await Deno.writeTextFile(`${dir.path}/in/bob`, piece, { append: true });
    await store.size("bob");
  }
  await using bob = await locked(store, "bob");
  deepStrictEqual(await texts(bob), [
    served("q1", HELLO),
    "X-Spam: no\r\n\r\nHi\r\n\r\nFrom me\r\n",
  ]);
});

Deno.test("an index whose last batch is unfinished loses that batch and nothing after it", async () => {
  await using dir = await tempDir();
  await storeAt(dir.path).deliver("bob", [delivery("q1", HELLO), delivery("q2", HELLO)]);
  await uidsNow(storeAt(dir.path), "bob");
  const index = `${dir.path}/bin/bob.bin/index`;
  await Deno.writeTextFile(index, "D q2 1700000000000\n= ", { append: true });
  {
    await using maildrop = await locked(storeAt(dir.path), "bob");
    deepStrictEqual(uids(maildrop), ["q1", "q2"]);
    await maildrop.remove(["q1"]);
  }
  deepStrictEqual(await uidsNow(storeAt(dir.path), "bob"), ["q2"]);
});

Deno.test("read() fails rather than end early when a segment was damaged", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await store.deliver("bob", [delivery("q1", HELLO)]);
  await using maildrop = await locked(store, "bob");
  const [segment] = (await fileNames(`${dir.path}/bin/bob.bin`)).filter((n) => n.endsWith(".mbox"));
  await Deno.truncate(`${dir.path}/bin/bob.bin/${segment}`, 120);
  await rejects(texts(maildrop), /octets/);
});

Deno.test("a segment that somebody removed takes its messages with it, and is reported", async () => {
  await using dir = await tempDir();
  await storeAt(dir.path).deliver("bob", [delivery("q1", HELLO)]);
  await uidsNow(storeAt(dir.path), "bob");
  await storeAt(dir.path).deliver("bob", [delivery("q2", HELLO)]);
  const bin = `${dir.path}/bin/bob.bin`;
  const [segment] = (await fileNames(bin)).filter((name) => name.endsWith(".mbox"));
  await Deno.remove(`${bin}/${segment}`);
  const errors: string[] = [];
  const log = { ...silentLog, error: (text: string) => errors.push(text) };
  deepStrictEqual(await uidsNow(storeAt(dir.path, { log }), "bob"), ["q2"]);
  strictEqual(errors.length, 1);
});

Deno.test("an mbox file put into the bin by hand is served", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/bin/bob.bin`, { recursive: true });
  await Deno.writeFile(`${dir.path}/bin/bob.bin/old-mail.mbox`, octetsOf("A: 1\n\n\xff\n"));
  await using maildrop = await locked(storeAt(dir.path), "bob");
  deepStrictEqual(uids(maildrop), ["old-mail.1"]);
  strictEqual(octetText(octetsOf((await texts(maildrop))[0]!)), "A: 1\r\n\r\n\xff\r\n");
});

Deno.test("maildrops make the directories of hash_spool and virtual domains as they need them", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path, {
    virtualDomains: [{ prefix: "abc", dropPath: `${dir.path}/v` }],
    hashSpool: 2,
    hashBinDir: true,
  });
  const store = storeAt(dir.path, { layout: () => layout });
  for (const user of ["bob", "abc_bob"]) {
    await store.deliver(user, [delivery("q1", HELLO)]);
    strictEqual(
      (await Deno.stat(parentOf(maildropPaths(user, layout).dropFile))).mode! & 0o777,
      0o700,
    );
    deepStrictEqual(await uidsNow(store, user), ["q1"]);
  }
  const names = await Promise.all(
    ["in/b/o", "v/b/o", "bin/b/o"].map((path) => fileNames(`${dir.path}/${path}`)),
  );
  deepStrictEqual(names, [[], [], ["abc_bob.bin", "bob.bin"]]);
});

Deno.test("deliver() says that a former drop file stands where hash_spool wants a directory", async () => {
  await using dir = await tempDir();
  await storeAt(dir.path).deliver("a", [delivery("q1", HELLO)]);
  const layout = layoutAt(dir.path, { hashSpool: 2 });
  const store = storeAt(dir.path, { layout: () => layout });
  for (const user of ["a", "anna"]) {
    const refused = { message: /directory .*\/in\/a: a file is there/ };
    await rejects(store.deliver(user, [delivery("q2", HELLO)]), refused);
  }
  await Deno.rename(`${dir.path}/in/a`, `${dir.path}/in/a.old`);
  await store.deliver("a", [delivery("q2", HELLO)]);
  await Deno.writeFile(
    maildropPaths("a", layout).dropFile,
    await Deno.readFile(`${dir.path}/in/a.old`),
    {
      append: true,
    },
  );
  deepStrictEqual(await uidsNow(store, "a"), ["q2", "q1"]);
});

Deno.test("a name in any case is the same maildrop, with one lock", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await store.deliver("Bob", [delivery("q1", HELLO)]);
  await using maildrop = await locked(store, "bob");
  deepStrictEqual(uids(maildrop), ["q1"]);
  strictEqual(await store.lock("BOB"), undefined);
});

Deno.test("maildrops go by the layout of now; what is locked stays where it was", async () => {
  await using dir = await tempDir();
  let layout = layoutAt(dir.path);
  const store = storeAt(dir.path, { layout: () => layout });
  await store.deliver("abc_bob", [delivery("q1", HELLO)]);
  await using before = await locked(store, "abc_bob");
  layout = {
    ...layout,
    virtualDomains: [{ prefix: "abc", dropPath: `${dir.path}/v` }],
    hashBinDir: true,
  };
  await store.deliver("abc_bob", [delivery("q2", HELLO)]);
  deepStrictEqual(await fileNames(`${dir.path}/v`), ["abc_bob"]);
  deepStrictEqual(await texts(before), [served("q1", HELLO)]);
});

Deno.test("lock() lets nobody else into a bin whose drop file has moved", async () => {
  await using dir = await tempDir();
  const here = layoutAt(dir.path);
  const there = { ...here, virtualDomains: [{ prefix: "abc", dropPath: `${dir.path}/v` }] };
  let layout: MaildropLayout = here;
  const store = storeAt(dir.path, { layout: () => layout });
  await store.deliver("abc_bob", [delivery("q1", HELLO)]);
  {
    await using _before = await locked(store, "abc_bob");
    layout = there;
    await store.deliver("abc_bob", [delivery("q2", HELLO)]);
    strictEqual(await store.lock("abc_bob"), undefined);
  }
  {
    await using after = await locked(store, "abc_bob");
    deepStrictEqual(uids(after), ["q1", "q2"]);
    await after.remove(["q1", "q2"]);
  }
  layout = { ...here };
  deepStrictEqual(await uidsNow(store, "abc_bob"), []);
});
