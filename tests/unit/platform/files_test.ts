import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { diskFiles, isDiskFull, parentOf } from "../../../src/platform/mod.ts";
import { installed, run } from "../../support/peers.ts";
import { tempDir } from "../../support/temp_dir.ts";

const files = diskFiles();
const bytes = (text: string) => new TextEncoder().encode(text);

async function text(path: string, range?: { start?: number; end?: number }): Promise<string> {
  return await new Response(files.read(path, range)).text();
}

async function* failingAfter(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield bytes(part);
  await Promise.reject(new Error("Line dropped"));
}

async function setUp() {
  const directory = await tempDir();
  return {
    at: (name: string) => `${directory.path}/${name}`,
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

Deno.test("create() writes a private file that must be new, and tells its size", async () => {
  await using disk = await setUp();
  const octets = await files.create(disk.at("a"), [bytes("one "), bytes("two")]);
  strictEqual(octets, 7);
  strictEqual(await Deno.readTextFile(disk.at("a")), "one two");
  if (Deno.build.os !== "windows") {
    strictEqual((await Deno.stat(disk.at("a"))).mode! & 0o777, 0o600);
  }
  await rejects(files.create(disk.at("a"), []), Deno.errors.AlreadyExists);
});

Deno.test("create() passes on a failure of the body", async () => {
  await using disk = await setUp();
  await rejects(files.create(disk.at("a"), failingAfter("half")), /Line dropped/);
});

Deno.test("append() tells where a record begins and how long it is", async () => {
  await using disk = await setUp();
  const [first, second] = [
    await files.append(disk.at("a"), [bytes("one")]),
    await files.append(disk.at("a"), [bytes("t"), bytes("wo")]),
  ];
  deepStrictEqual([first.offset, first.octets], [0, 3]);
  deepStrictEqual([second.offset, second.octets], [3, 3]);
  deepStrictEqual(second.after, await files.stat(disk.at("a")));
  strictEqual(await Deno.readTextFile(disk.at("a")), "onetwo");
});

Deno.test("append() cuts the file back when the body fails half way", async () => {
  await using disk = await setUp();
  await files.append(disk.at("a"), [bytes("whole\n")]);
  await rejects(files.append(disk.at("a"), failingAfter("ha", "lf")), /Line dropped/);
  strictEqual(await Deno.readTextFile(disk.at("a")), "whole\n");
});

Deno.test({
  name: "append() says that the disk is full",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using disk = await setUp();
    await Deno.symlink("/dev/full", disk.at("a"));
    const error = await files.append(disk.at("a"), [bytes("x")]).catch((error) => error);
    strictEqual(isDiskFull(error), true, String(error));
  },
});

Deno.test("openAppend() makes a private file that must be new, and appends again and again", async () => {
  await using disk = await setUp();
  using file = await files.openAppend(disk.at("a"));
  await file.append(bytes("one "));
  await file.append(bytes("two"));
  strictEqual(await Deno.readTextFile(disk.at("a")), "one two");
  if (Deno.build.os !== "windows") {
    strictEqual((await Deno.stat(disk.at("a"))).mode! & 0o777, 0o600);
  }
  await rejects(files.openAppend(disk.at("a")), Deno.errors.AlreadyExists);
});

Deno.test("openAppend() goes on behind the cut after truncate()", async () => {
  await using disk = await setUp();
  using file = await files.openAppend(disk.at("a"));
  await file.append(bytes("one two"));
  await file.truncate(4);
  await file.append(bytes("three"));
  strictEqual(await Deno.readTextFile(disk.at("a")), "one three");
});

Deno.test("openAppend() gives a file that may be disposed twice", async () => {
  await using disk = await setUp();
  const file = await files.openAppend(disk.at("a"));
  file[Symbol.dispose]();
  file[Symbol.dispose]();
  await rejects(file.append(bytes("x")));
});

Deno.test("isDiskFull() knows a full disk from other failures", async (t) => {
  const cases = [
    { error: Object.assign(new Error("x"), { code: "ENOSPC" }), want: true },
    { error: Object.assign(new Error("x"), { code: "EDQUOT" }), want: true },
    { error: new Error("No space left on device (os error 28)"), want: true },
    { error: Object.assign(new Error("x"), { code: "EIO" }), want: false },
    { error: new Error("Permission denied (os error 13)"), want: false },
    { error: undefined, want: false },
    { error: null, want: false },
  ];
  for (const { error, want } of cases) {
    await t.step(String(error), () => strictEqual(isDiskFull(error), want));
  }
});

Deno.test("replace() makes or replaces a file, also behind what a crash left", async () => {
  await using disk = await setUp();
  await files.replace(disk.at("a"), bytes("one"));
  await Deno.writeTextFile(disk.at("a.tmp"), "half");
  await files.replace(disk.at("a"), bytes("two"));
  strictEqual(await Deno.readTextFile(disk.at("a")), "two");
  deepStrictEqual((await files.list(disk.at(""))).map(({ name }) => name), ["a"]);
});

Deno.test("replace() keeps the old file and leaves nothing when it fails", async () => {
  await using disk = await setUp();
  await Deno.mkdir(disk.at("a"));
  await Deno.writeTextFile(disk.at("a/inside"), "");
  await rejects(files.replace(disk.at("a"), bytes("x")));
  deepStrictEqual((await files.list(disk.at(""))).map(({ name }) => name), ["a"]);
});

Deno.test("replace() by many at once ends with the last, whole", async () => {
  await using disk = await setUp();
  const versions = Array.from({ length: 20 }, (_, n) => String(n).repeat(50_000));
  await Promise.all(versions.map((version) => files.replace(disk.at("a"), bytes(version))));
  strictEqual(await Deno.readTextFile(disk.at("a")), versions.at(-1));
});

Deno.test("rename() moves a file, replacing what is there", async () => {
  await using disk = await setUp();
  await files.makeDir(disk.at("sub"));
  await files.create(disk.at("a"), [bytes("new")]);
  await files.create(disk.at("sub/b"), [bytes("old")]);
  await files.rename(disk.at("a"), disk.at("sub/b"));
  strictEqual(await Deno.readTextFile(disk.at("sub/b")), "new");
  strictEqual(await files.stat(disk.at("a")), undefined);
});

Deno.test("remove() does not mind a file that is gone", async () => {
  await using disk = await setUp();
  await files.create(disk.at("a"), []);
  await files.remove(disk.at("a"));
  await files.remove(disk.at("a"));
  strictEqual(await files.stat(disk.at("a")), undefined);
});

Deno.test("read() streams a range", async (t) => {
  await using disk = await setUp();
  await files.create(disk.at("a"), [bytes("0123456789")]);
  const cases = [
    { range: {}, want: "0123456789" },
    { range: { start: 3 }, want: "3456789" },
    { range: { end: 4 }, want: "0123" },
    { range: { start: 3, end: 7 }, want: "3456" },
    { range: { start: 5, end: 5 }, want: "" },
    { range: { start: 7, end: 3 }, want: "" },
    { range: { start: 8, end: 99 }, want: "89" },
    { range: { start: 99 }, want: "" },
  ];
  for (const { range, want } of cases) {
    await t.step(JSON.stringify(range), async () => {
      strictEqual(await text(disk.at("a"), range), want);
    });
  }
});

Deno.test("read() gives back the same octets for any range of a file of many blocks", async () => {
  await using disk = await setUp();
  const content = crypto.getRandomValues(new Uint8Array(60_000));
  await files.create(disk.at("a"), [content, content, content]);
  const whole = await Deno.readFile(disk.at("a"));
  const position = fc.nat({ max: whole.length });
  await fc.assert(
    fc.asyncProperty(position, position, async (start, end) => {
      const got = await new Response(files.read(disk.at("a"), { start, end })).bytes();
      deepStrictEqual(got, whole.slice(start, end));
    }),
    { numRuns: 30 },
  );
});

Deno.test("read() without following links reads files alone", async () => {
  await using disk = await setUp();
  await Deno.writeTextFile(disk.at("a"), "0123456789");
  const plain = (name: string, range = {}) =>
    new Response(files.read(disk.at(name), { followLinks: false, ...range })).text();
  strictEqual(await plain("a"), "0123456789");
  strictEqual(await plain("a", { start: 2, end: 5 }), "234");
  await Deno.symlink(disk.at("a"), disk.at("link"));
  await Deno.mkdir(disk.at("dir"));
  await rejects(plain("link"), /ELOOP/);
  await rejects(plain("dir"), /Not a file/);
  await rejects(plain("none"), /ENOENT/);
  if (!installed("mkfifo")) return;
  await run("mkfifo", [disk.at("pipe")]);
  await rejects(plain("pipe"), /Not a file/);
});

Deno.test("read() fails at the first read of a file that is not there", async () => {
  await using disk = await setUp();
  await rejects(text(disk.at("a")), Deno.errors.NotFound);
});

Deno.test({
  name: "read() holds no file when the stream is cancelled, at any moment, or never read",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using disk = await setUp();
    await files.create(disk.at("a"), [new Uint8Array(200_000)]);
    files.read(disk.at("a"));
    await files.read(disk.at("a")).cancel();
    const begun = files.read(disk.at("a")).getReader();
    await begun.read();
    await begun.cancel();
    const opening = files.read(disk.at("a")).getReader();
    const first = opening.read();
    await opening.cancel();
    await first;
    await files.stat(disk.at("a")); // Behind the open that was under way.
    const held = [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
      try {
        return [Deno.readLinkSync(`/proc/self/fd/${name}`)];
      } catch {
        return []; // The descriptor of this very listing.
      }
    });
    strictEqual(held.filter((path) => path === disk.at("a")).length, 0);
  },
});

Deno.test("readAll() reads a whole file up to a bound, or tells that there is none", async () => {
  await using disk = await setUp();
  strictEqual(await files.readAll(disk.at("a")), undefined);
  await files.create(disk.at("a"), [bytes("four")]);
  deepStrictEqual(await files.readAll(disk.at("a"), 4), bytes("four"));
  await rejects(files.readAll(disk.at("a"), 3), RangeError);
});

Deno.test("list() sorts by name and takes a missing directory for an empty one", async () => {
  await using disk = await setUp();
  deepStrictEqual(await files.list(disk.at("none")), []);
  await files.create(disk.at("b"), []);
  await files.create(disk.at("B"), []);
  await files.makeDir(disk.at("a"));
  deepStrictEqual(await files.list(disk.at("")), [
    { name: "B", kind: "file" },
    { name: "a", kind: "directory" },
    { name: "b", kind: "file" },
  ]);
});

Deno.test("stat() tells kind and size, or that there is nothing", async () => {
  await using disk = await setUp();
  await files.create(disk.at("a"), [bytes("four")]);
  const info = await files.stat(disk.at("a"));
  deepStrictEqual([info?.kind, info?.sizeOctets], ["file", 4]);
  ok((info?.mtimeMs ?? 0) > 0);
  strictEqual((await files.stat(disk.at("")))?.kind, "directory");
  strictEqual(await files.stat(disk.at("a/b")), undefined);
  strictEqual(await files.stat(disk.at("none")), undefined);
});

Deno.test("makeDir() makes private directories all the way, also by many at once", async () => {
  await using disk = await setUp();
  await Promise.all(Array.from({ length: 8 }, () => files.makeDir(disk.at("a/b/c"))));
  strictEqual((await files.stat(disk.at("a/b/c")))?.kind, "directory");
  if (Deno.build.os !== "windows") {
    strictEqual((await Deno.stat(disk.at("a"))).mode! & 0o777, 0o700);
  }
});

Deno.test("makeDir() names the file that stands in its way", async () => {
  await using disk = await setUp();
  await Deno.writeTextFile(disk.at("a"), "mail");
  for (const path of ["a", "a/b", "a/b/c"]) {
    await rejects(files.makeDir(disk.at(path)), { message: /directory .*\/a: a file is there$/ });
  }
  strictEqual(await Deno.readTextFile(disk.at("a")), "mail");
});

Deno.test("append() without following links makes no file, nor one that a link leads to", async () => {
  await using disk = await setUp();
  await Deno.symlink(disk.at("elsewhere"), disk.at("link"));
  for (const name of ["none", "link"]) {
    const appended = files.append(disk.at(name), [bytes("x")], { followLinks: false });
    await rejects(appended, Deno.errors.NotFound);
  }
  strictEqual(await files.stat(disk.at("elsewhere")), undefined);
});

Deno.test("truncate() cuts a file", async () => {
  await using disk = await setUp();
  await files.create(disk.at("a"), [bytes("0123456789")]);
  await files.truncate(disk.at("a"), 4);
  strictEqual(await Deno.readTextFile(disk.at("a")), "0123");
});

Deno.test("tryLock() is held by one caller at a time", async () => {
  await using disk = await setUp();
  const lock = await files.tryLock(disk.at("lock"));
  ok(lock);
  strictEqual(await files.tryLock(disk.at("lock")), undefined);
  strictEqual(await diskFiles().tryLock(disk.at("lock")), undefined);
  await lock[Symbol.asyncDispose]();
  await lock[Symbol.asyncDispose]();
  await using again = await files.tryLock(disk.at("lock"));
  ok(again);
});

Deno.test("tryLock() is held by one process at a time, and ends with it", async () => {
  await using disk = await setUp();
  const module = new URL("../../../src/platform/files.ts", import.meta.url);
  const program = `
    import { diskFiles } from ${JSON.stringify(module.href)};
    const lock = await diskFiles().tryLock(${JSON.stringify(disk.at("lock"))});
    console.log(lock === undefined ? "taken" : "held");
    if (Deno.args[0] === "hold") await new Promise((r) => Deno.stdin.read(new Uint8Array(1)).then(r));
    Deno.exit(0);
  `;
  await Deno.writeTextFile(disk.at("lock.ts"), program);
  const start = (...args: string[]) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", disk.at("lock.ts"), ...args],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
  {
    await using holder = start("hold");
    const reader = holder.stdout.getReader();
    deepStrictEqual((await reader.read()).value, bytes("held\n"));
    strictEqual(await files.tryLock(disk.at("lock")), undefined);
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    await holder.stdin.close().catch(() => {});
  }
  await using lock = await files.tryLock(disk.at("lock"));
  ok(lock);
  await using other = start();
  await other.stdin.close();
  strictEqual(await new Response(other.stdout).text(), "taken\n");
});

Deno.test({
  name: "tryLock() is free again at once, also while programs are being started",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using disk = await setUp();
    const done = new AbortController();
    const startMany = async () => {
      while (!done.signal.aborted) await new Deno.Command("true").output();
    };
    const starting = Array.from({ length: 3 }, startMany);
    for (let number = 0; number < 1000; number++) {
      const lock = await files.tryLock(disk.at("lock"));
      ok(lock, `lock ${number}`);
      await lock[Symbol.asyncDispose]();
    }
    done.abort();
    await Promise.all(starting);
  },
});

Deno.test("parentOf() finds the directory of a path", async (t) => {
  const cases = [
    { path: "/var/spool/dmail", want: "/var/spool" },
    { path: "/var/", want: "/" },
    { path: "/var", want: "/" },
    { path: "/", want: "/" },
    { path: "/var/spool//", want: "/var" },
    { path: "C:\\dmail\\spool", want: "C:\\dmail" },
    { path: "C:/dmail/spool", want: "C:/dmail" },
  ];
  for (const { path, want } of cases) {
    await t.step(path, () => strictEqual(parentOf(path), want));
  }
});
