/** Files that messages are appended to because a rule names them (B18). */
import { deepStrictEqual as equal, match, ok, rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type Files } from "../../../src/platform/mod.ts";
import { type MailFiles, NotAMailFileError, openMailFiles } from "../../../src/store/mod.ts";
import { crashingFiles } from "../../support/crashing_files.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { delivery } from "../../support/maildrop_store.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { octetsOf } from "../../support/octet_text.ts";
import { installed, run } from "../../support/peers.ts";
import { silentLog } from "../../support/silent_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const HELLO = "Subject: hello\r\n\r\nFrom me\r\n";

function openAt(directory: string, files: Files = diskFiles()): MailFiles {
  return openMailFiles({
    files,
    clock: new ManualClock(),
    log: silentLog,
    workDir: `${directory}/work`,
  });
}

async function setUp() {
  const directory = await tempDir();
  return {
    directory: directory.path,
    path: `${directory.path}/archive`,
    store: openAt(directory.path),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

/** Locks that end at once, as those of a process that crashed do. */
function withPassingLocks(real: Files): Files {
  return {
    ...real,
    async tryLock(path) {
      await (await real.tryLock(path))?.[Symbol.asyncDispose]();
      return { [Symbol.asyncDispose]: () => Promise.resolve() };
    },
  };
}

/** What stands behind the From_ lines, one entry a message. */
async function idsIn(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path);
  return [...text.matchAll(/^X-UIDL: (.*)$/gm)].map(([, id]) => id!);
}

Deno.test("append() writes mbox into a private file that it makes", async () => {
  await using at = await setUp();
  await at.store.append(at.path, [delivery("q1", HELLO)]);
  await at.store.append(at.path, [delivery("q2", HELLO)]);
  const one = (id: string) =>
    "From fred@a.example Mon Jan  1 00:00:00 2024\nX-DMail-Length: 66\n" +
    `Return-Path: <fred@a.example>\nX-UIDL: ${id}\nSubject: hello\n\n>From me\n\n`;
  strictEqual(await Deno.readTextFile(at.path), one("q1") + one("q2"));
  if (Deno.build.os !== "windows") {
    strictEqual((await Deno.stat(at.path)).mode! & 0o777, 0o600);
  }
});

Deno.test({
  name: "append() writes what mail programs read",
  ignore: !installed("python3"),
  async fn() {
    await using at = await setUp();
    await at.store.append(at.path, [delivery("q1", HELLO), delivery("q2", "Subject: b\r\n\r\n")]);
    const program = "import mailbox,sys\nfor m in mailbox.mbox(sys.argv[1]): print(m['Subject'])";
    const { stdout } = await run("python3", ["-c", program, at.path]);
    strictEqual(stdout, "hello\nb\n");
  },
});

Deno.test("append() begins on a line of its own, whatever stood there", async (t) => {
  for (const left of ["", "text", "text\n", "text\n\n"]) {
    await t.step(JSON.stringify(left), async () => {
      await using at = await setUp();
      await Deno.writeTextFile(at.path, left);
      await at.store.append(at.path, [delivery("q1", HELLO)]);
      match(await Deno.readTextFile(at.path), /^(?:text\n\n)?From fred/);
    });
  }
});

Deno.test("append() refuses what is no plain file, and waits for nobody", async (t) => {
  const cases = [
    { name: "directory", make: (path: string) => Deno.mkdir(path) },
    {
      name: "pipe",
      make: async (path: string) => void await run("mkfifo", [path]),
    },
    {
      name: "link to a file",
      make: async (path: string) => {
        await Deno.writeTextFile(`${path}.elsewhere`, "secret\n");
        await Deno.symlink(`${path}.elsewhere`, path);
      },
    },
    { name: "link to nothing", make: (path: string) => Deno.symlink(`${path}.new`, path) },
  ];
  for (const { name, make } of cases) {
    await t.step({
      name,
      ignore: Deno.build.os === "windows",
      async fn() {
        await using at = await setUp();
        await make(at.path);
        await rejects(at.store.append(at.path, [delivery("q1", HELLO)]), NotAMailFileError);
        await rejects(at.store.wasAppended(at.path, "q1"), NotAMailFileError);
        const elsewhere = await Deno.readTextFile(`${at.path}.elsewhere`).catch(() => "secret\n");
        strictEqual(elsewhere, "secret\n");
        await rejects(Deno.stat(`${at.path}.new`), Deno.errors.NotFound);
      },
    });
  }
  await t.step({
    name: "device",
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using at = await setUp();
      await rejects(at.store.append("/dev/full", [delivery("q1", HELLO)]), NotAMailFileError);
    },
  });
});

Deno.test("append() makes no directory: a disk may be missing", async () => {
  await using at = await setUp();
  await rejects(at.store.append(`${at.directory}/none/archive`, [delivery("q1", HELLO)]));
  await rejects(Deno.stat(`${at.directory}/none`), Deno.errors.NotFound);
});

Deno.test("append() writes nothing while another program has the file", async () => {
  await using at = await setUp();
  {
    await using lock = await diskFiles().tryLock(at.path);
    ok(lock);
    await rejects(at.store.append(at.path, [delivery("q1", HELLO)]), /another program has it/);
  }
  await at.store.append(at.path, [delivery("q1", HELLO)]);
  equal(await idsIn(at.path), ["q1"]);
});

Deno.test("append() takes calls for one file in turn", async () => {
  await using at = await setUp();
  const ids = Array.from({ length: 20 }, (_, index) => `q${index}`);
  await Promise.all(ids.map((id) => at.store.append(at.path, [delivery(id, HELLO)])));
  equal(await idsIn(at.path), ids);
});

Deno.test("append() takes a message larger than it keeps in memory", async () => {
  await using at = await setUp();
  const chunk = octetsOf(`${"x".repeat(70)}\r\n`.repeat(1000));
  const body = Array.from({ length: 10 }, () => chunk);
  await at.store.append(at.path, [{ deliveryId: "q1", sender: "", body }]);
  strictEqual((await Deno.readTextFile(at.path)).match(/^x{70}$/gm)?.length, 10_000);
});

Deno.test("wasAppended() knows what is at the end of the file, also by a new store", async () => {
  await using at = await setUp();
  strictEqual(await at.store.wasAppended(at.path, "q1"), false);
  await rejects(Deno.stat(at.path), Deno.errors.NotFound);
  await at.store.append(at.path, [delivery("q1", HELLO), delivery("q2", HELLO)]);
  for (const store of [at.store, openAt(at.directory)]) {
    strictEqual(await store.wasAppended(at.path, "q1"), true);
    strictEqual(await store.wasAppended(at.path, "q2"), true);
    strictEqual(await store.wasAppended(at.path, "q3"), false);
  }
});

Deno.test("append() to a large archive reads its end only", async () => {
  await using at = await setUp();
  const filler = `From a Mon Jan  1 00:00:00 2024\nX-UIDL: no\n\n${"x".repeat(99)}\n\n`;
  await Deno.writeTextFile(at.path, filler.repeat(40_000));
  let octets = 0;
  const real = diskFiles();
  const files: Files = {
    ...real,
    read: (path, range) =>
      real.read(path, range).pipeThrough(
        new TransformStream({
          transform(chunk: Uint8Array, controller) {
            octets += chunk.length;
            controller.enqueue(chunk);
          },
        }),
      ),
  };
  const store = openAt(at.directory, files);
  await store.append(at.path, [delivery("q1", HELLO)]);
  await store.append(at.path, [delivery("q2", HELLO)]);
  strictEqual(octets, 1024 * 1024);
  strictEqual(await store.wasAppended(at.path, "q1"), true);
  ok((await Deno.readTextFile(at.path)).startsWith(filler));
});

Deno.test("append() repairs the end that a crash left, wherever it cut, in front of old mail of any size", async (t) => {
  const large = `A: 1\r\n\r\n${`${"y".repeat(70)}\r\n`.repeat(20_000)}`; // More than is read at first.
  for (const [name, old] of [["small", HELLO], ["large", large]] as const) {
    await t.step(name, async () => {
      await using at = await setUp();
      await at.store.append(at.path, [delivery("old", old)]);
      const { size: before } = await Deno.stat(at.path);
      await at.store.append(at.path, [delivery("new", large)]);
      const whole = await Deno.readFile(at.path);
      const cuts = [1, 20, 60, 100, 200, 1_100_000, whole.length - before - 10];
      for (const cut of cuts) {
        await Deno.writeFile(at.path, whole.subarray(0, before + cut));
        const store = openAt(at.directory);
        strictEqual(await store.wasAppended(at.path, "new"), false, `cut at ${cut}`);
        strictEqual((await Deno.stat(at.path)).size, before, `cut at ${cut}`);
        await store.append(at.path, [delivery("new", large)]);
        equal((await Deno.readFile(at.path)).length, whole.length, `cut at ${cut}`);
      }
    });
  }
});

Deno.test("append() takes no From_ line within a long line of a message for its end", async () => {
  await using at = await setUp();
  // What is read at first begins exactly here, in the middle of a line.
  const bait = "From a Mon Jan  1 00:00:00 2024\nX-DMail-Length: 999999999\n";
  const rest = "z".repeat(1024 * 1024 - bait.length - "\n\n".length);
  const body = octetsOf(`A: 1\n\n${"b".repeat(100)}${bait}${rest}\n`);
  await at.store.append(at.path, [{ deliveryId: "q1", sender: "", body: [body] }]);
  const text = await Deno.readTextFile(at.path);
  strictEqual(text.length - 1024 * 1024, text.indexOf("From a Mon"));
  await openAt(at.directory).append(at.path, [delivery("q2", HELLO)]);
  ok((await Deno.readTextFile(at.path)).startsWith(text));
});

Deno.test("append() leaves no half message when a disk call fails, and the next call goes on", async (t) => {
  const calls = await (async () => {
    await using at = await setUp();
    const disk = faultyFiles(diskFiles(), { failAt: 0, error: new Error("EIO") });
    const store = openAt(at.directory, disk.files);
    await store.append(at.path, [delivery("q1", HELLO)]);
    await store.append(at.path, [delivery("q2", HELLO)]);
    return disk.calls;
  })();
  for (const error of [new Error("EIO"), diskFullError()]) {
    for (let failAt = 1; failAt <= calls; failAt++) {
      await t.step(`${error.message}, call ${failAt} of ${calls}`, async () => {
        await using at = await setUp();
        const { files } = faultyFiles(diskFiles(), { failAt, error });
        const store = openAt(at.directory, files);
        for (const id of ["q1", "q2"]) {
          try {
            await store.append(at.path, [delivery(id, HELLO)]);
          } catch {
            if (!await store.wasAppended(at.path, id)) {
              await store.append(at.path, [delivery(id, HELLO)]);
            }
          }
        }
        equal(await idsIn(at.path), ["q1", "q2"]);
      });
    }
  }
});

Deno.test("append() is found out after a crash at any call: once and whole, or not at all", async (t) => {
  for (let crashAt = 1; crashAt <= 8; crashAt++) {
    for (const mode of ["undone", "half done", "done"] as const) {
      await t.step(`call ${crashAt} ${mode}`, async () => {
        await using at = await setUp();
        await at.store.append(at.path, [delivery("q0", HELLO)]);
        const { files } = crashingFiles(withPassingLocks(diskFiles()), { crashAt, mode });
        await openAt(at.directory, files).append(at.path, [delivery("q1", HELLO)])
          .catch(() => {});
        const store = openAt(at.directory);
        if (!await store.wasAppended(at.path, "q1")) {
          await store.append(at.path, [delivery("q1", HELLO)]);
        }
        await store.append(at.path, [delivery("q2", HELLO)]);
        equal(await idsIn(at.path), ["q0", "q1", "q2"]);
      });
    }
  }
});
