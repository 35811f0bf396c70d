import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { Pickup, type PickupDeps } from "../../../../src/agents/pickup/mod.ts";
import { createFilters } from "../../../../src/domain/filter/mod.ts";
import type { Submission } from "../../../../src/domain/queue/mod.ts";
import { type Chunks, diskFiles, type Files } from "../../../../src/platform/mod.ts";
import type { QueueId } from "../../../../src/store/mod.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { RememberingLog } from "../../../support/remembering_log.ts";
import { silentLog } from "../../../support/silent_log.ts";
import { tempDir } from "../../../support/temp_dir.ts";

const MESSAGE = "From: ann@office.test\nTo: bob@office.test\nSubject: hello\n\nline 1\nline 2\n";

/** A queue that keeps what it is given, or fails as told. */
class FakeQueue {
  readonly taken: {
    envelope: Submission["envelope"];
    origin: Submission["origin"];
    text: string;
  }[] = [];
  failure: Error | undefined;
  /** Dies between the commit and what follows it. */
  crashesAfterCommit = false;

  async submit(submission: Submission, body: Chunks): Promise<QueueId> {
    if (this.failure !== undefined) throw this.failure;
    const id = `Q${this.taken.length + 1}` as QueueId;
    const decoder = new TextDecoder();
    let text = submission.trace?.(id) ?? "";
    for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
    const { envelope, origin } = submission;
    this.taken.push({ envelope, origin, text });
    if (this.crashesAfterCommit) throw new Error("crash");
    await submission.afterCommit?.(id);
    return id;
  }
}

async function setUp({ files = diskFiles() }: { files?: Files } = {}) {
  const directory = await tempDir();
  const filters = createFilters({
    rules: [
      { number: 1, test: { kind: "header", name: "Subject", pattern: "*lottery*" } },
      { number: 2, test: { kind: "body", text: "happy99" } },
    ],
    clock: new ManualClock(),
    log: silentLog,
  });
  const queue = new FakeQueue();
  const log = new RememberingLog();
  const deps: PickupDeps = {
    options: () => ({
      directory: directory.path,
      hostname: "office.test",
      maxMessageOctets: 10_000,
      timezone: "+0000",
    }),
    ...{ queue, files, clock: new ManualClock(Date.UTC(2024, 0, 1)), log },
    filters: () => filters,
  };
  return {
    ...{ queue, log, deps, directory, pickup: new Pickup(deps) },
    put: (name: string, text: string) => Deno.writeTextFile(`${directory.path}/${name}`, text),
    names: async () =>
      (await Array.fromAsync(Deno.readDir(directory.path), ({ name }) => name)).sort(),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

async function lookTwice(pickup: Pickup): Promise<void> {
  await pickup.look();
  await pickup.look();
}

Deno.test("look() sends a file that was the same at two looks, and removes it", async () => {
  await using rig = await setUp();
  await rig.put("one.eml", MESSAGE);
  await rig.pickup.look();
  strictEqual(rig.queue.taken.length, 0);
  await rig.pickup.look();
  const [sent, ...more] = rig.queue.taken;
  deepStrictEqual(more, []);
  deepStrictEqual(sent?.envelope, {
    sender: "ann@office.test",
    recipients: [{ address: "bob@office.test" }],
  });
  match(sent.text, /^Received: by office\.test \(picked up from a file\) id Q1; Mon, 1 Jan 2024/);
  match(sent.text, /\r\nDate: .*\r\nMessage-ID: <Q1@office\.test>\r\nFrom: ann/);
  match(sent.text, /\r\n\r\nline 1\r\nline 2\r\n$/);
  deepStrictEqual(await rig.names(), []);
});

Deno.test("look() waits while a file grows, and leaves unfinished names alone", async () => {
  await using rig = await setUp();
  await rig.put("one.eml", MESSAGE.slice(0, 30));
  await rig.put(".hidden", MESSAGE);
  await rig.put("two.tmp", MESSAGE);
  await rig.pickup.look();
  await rig.put("one.eml", MESSAGE);
  await rig.pickup.look();
  deepStrictEqual(rig.queue.taken, []);
  await rig.pickup.look();
  strictEqual(rig.queue.taken.length, 1);
  deepStrictEqual(await rig.names(), [".hidden", "two.tmp"]);
});

Deno.test("look() takes the envelope of CDONTS, and keeps secret what is for us alone", async () => {
  await using rig = await setUp();
  await rig.put(
    "cdo",
    "x-sender: web@shop.test\r\nx-receiver: bob@office.test\r\nx-receiver: ann@away.test\r\n" +
      "From: shop@shop.test\r\nTo: list@shop.test\r\nBcc: secret@shop.test\r\n\r\nhi\r\n",
  );
  await lookTwice(rig.pickup);
  const [sent] = rig.queue.taken;
  deepStrictEqual(sent?.envelope, {
    sender: "web@shop.test",
    recipients: [{ address: "bob@office.test" }, { address: "ann@away.test" }],
  });
  match(sent.text, /From: shop@shop\.test\r\nTo: list@shop\.test\r\n\r\nhi\r\n$/);
  strictEqual(/x-receiver|x-sender|secret/i.test(sent.text), false);
});

Deno.test("look() takes Bcc for recipients, and bare names for ours", async () => {
  await using rig = await setUp();
  await rig.put("one", "From: cron\nTo: root\nBcc: ann@away.test\n\nhi\n");
  await lookTwice(rig.pickup);
  deepStrictEqual(rig.queue.taken[0]?.envelope, {
    sender: "",
    recipients: [{ address: "root@office.test" }, { address: "ann@away.test" }],
  });
});

Deno.test("look() says so if an address is beyond ASCII, whatever the rest of the header", async () => {
  await using rig = await setUp();
  for (const to of ["jürgen@away.test", "ann@office.test"]) {
    await rig.put("one", `From: a@b.test\nTo: ${to}\nSubject: grüße\n\nhi\n`);
    await lookTwice(rig.pickup);
  }
  deepStrictEqual(rig.queue.taken.map(({ envelope }) => envelope.smtpUtf8), [true, undefined]);
});

Deno.test("look() takes a message out of an mbox without its From_ line", async () => {
  await using rig = await setUp();
  await rig.put("one", `From ann@x Mon Jan  1 00:00:00 2024\n${MESSAGE}`);
  await lookTwice(rig.pickup);
  match(rig.queue.taken[0]?.text ?? "", /Message-ID: <Q1@office\.test>\r\nFrom: ann@office/);
});

Deno.test("look() puts aside what cannot be sent, and says why", async () => {
  await using rig = await setUp();
  await rig.put("nobody", "Subject: for nobody\n\nhi\n");
  await rig.put("large", MESSAGE + "x".repeat(10_000));
  await rig.put("binary", "\0\x01\x02");
  await lookTwice(rig.pickup);
  await rig.put("nobody", "Subject: again\n\nhi\n");
  await lookTwice(rig.pickup);
  deepStrictEqual(rig.queue.taken, []);
  deepStrictEqual(await rig.names(), ["bad"]);
  const bad = await Array.fromAsync(Deno.readDir(`${rig.directory.path}/bad`), ({ name }) => name);
  deepStrictEqual(bad.sort(), ["binary", "large", "nobody", `nobody.${Date.UTC(2024, 0, 1)}`]);
});

Deno.test("look() puts aside what a filter rule fits, in the header or in the body", async () => {
  await using rig = await setUp();
  await rig.put("header", "To: bob@office.test\nSubject: lottery!\n\nhi\n");
  await rig.put("body", "To: bob@office.test\nSubject: x\n\nbegin 0666 happy99.exe\n");
  await lookTwice(rig.pickup);
  deepStrictEqual([rig.queue.taken.length, await rig.names()], [0, ["bad"]]);
  const reasons = rig.log.of("Cannot send a picked up message, put it aside");
  deepStrictEqual(reasons.map(({ reason }) => reason), [
    "Filter rule 2 fits: reject body happy99",
    "Filter rule 1 fits: reject Subject: *lottery*",
  ]);
});

Deno.test("look() keeps the file, and complains once, while the queue refuses", async () => {
  await using rig = await setUp();
  await rig.put("one.eml", MESSAGE);
  rig.queue.failure = new Error("No space left on device (os error 28)");
  await lookTwice(rig.pickup);
  await lookTwice(rig.pickup);
  deepStrictEqual(await rig.names(), ["one.eml"]);
  strictEqual(rig.log.events("error").length, 1);
  rig.queue.failure = undefined;
  await rig.pickup.look();
  deepStrictEqual([rig.queue.taken.length, await rig.names()], [1, []]);
});

Deno.test("look() sends nothing twice when a crash came before the file was removed", async () => {
  await using rig = await setUp();
  await rig.put("one.eml", MESSAGE);
  rig.queue.crashesAfterCommit = true;
  await lookTwice(rig.pickup);
  deepStrictEqual([rig.queue.taken.length, await rig.names()], [1, ["one.eml"]]);

  rig.queue.crashesAfterCommit = false;
  const afterwards = new Pickup(rig.deps);
  await afterwards.recover([{ origin: rig.queue.taken[0]!.origin }]);
  await lookTwice(afterwards);
  deepStrictEqual([rig.queue.taken.length, await rig.names()], [1, []]);
});

Deno.test("look() sends another file of the same name", async () => {
  await using rig = await setUp();
  for (const text of ["first", "second, longer"]) {
    await rig.put("one.eml", MESSAGE + text);
    await lookTwice(rig.pickup);
  }
  strictEqual(rig.queue.taken.length, 2);
});

Deno.test("look() keeps the message when only the directory cannot be synced", async () => {
  const files: Files = { ...diskFiles(), syncDir: () => Promise.reject(new Error("I/O error")) };
  await using rig = await setUp({ files });
  await rig.put("one.eml", MESSAGE);
  await lookTwice(rig.pickup);
  deepStrictEqual([rig.queue.taken.length, await rig.names()], [1, []]);
});

Deno.test("run() looks again and again until it is stopped", async () => {
  await using rig = await setUp();
  const clock = rig.deps.clock as ManualClock;
  const stop = new AbortController();
  const running = rig.pickup.run(stop.signal);
  await rig.put("one.eml", MESSAGE);
  while (rig.queue.taken.length === 0) await clock.advance(2_000);
  stop.abort();
  await running;
  deepStrictEqual(await rig.names(), []);
});

Deno.test("look() follows no link out of the directory, and enters none", async () => {
  await using rig = await setUp();
  await using elsewhere = await tempDir();
  await Deno.writeTextFile(`${elsewhere.path}/secret`, MESSAGE);
  await Deno.symlink(`${elsewhere.path}/secret`, `${rig.directory.path}/link`);
  await Deno.mkdir(`${rig.directory.path}/sub`);
  await lookTwice(rig.pickup);
  deepStrictEqual(rig.queue.taken, []);
});

Deno.test("look() reads no file that was swapped for a link or a pipe after it was looked at", async () => {
  await using elsewhere = await tempDir();
  const secret = `${elsewhere.path}/secret`;
  await Deno.writeTextFile(secret, MESSAGE);
  const disk = diskFiles();
  for (const swap of [["ln", "-sf", secret], ["mkfifo"]]) {
    const files: Files = {
      ...disk,
      read(path, range) {
        Deno.removeSync(path);
        new Deno.Command(swap[0]!, { args: [...swap.slice(1), path] }).outputSync();
        return disk.read(path, range);
      },
    };
    await using rig = await setUp({ files });
    await rig.put("one.eml", MESSAGE);
    await lookTwice(rig.pickup);
    deepStrictEqual([rig.queue.taken.length, rig.log.events("error").length], [0, 1]);
  }
});

Deno.test("look() sends nothing of a file that changes while it is read", async () => {
  const disk = diskFiles();
  let grows = true;
  const files: Files = {
    ...disk,
    read(path, range) {
      if (grows) Deno.writeTextFileSync(path, "more\n".repeat(10_000), { append: true });
      return disk.read(path, range);
    },
  };
  await using rig = await setUp({ files });
  await rig.put("one.eml", MESSAGE);
  await lookTwice(rig.pickup);
  deepStrictEqual([rig.queue.taken.length, await rig.names()], [0, ["one.eml"]]);
  grows = false;
  await rig.put("one.eml", MESSAGE + "the end");
  await lookTwice(rig.pickup);
  match(rig.queue.taken[0]?.text ?? "", /the end$/);
});

Deno.test("look() puts nothing aside where a link leads to", async () => {
  await using rig = await setUp();
  await using elsewhere = await tempDir();
  await Deno.symlink(elsewhere.path, `${rig.directory.path}/bad`);
  await rig.put("nobody", "Subject: for nobody\n\nhi\n");
  await lookTwice(rig.pickup);
  deepStrictEqual(await Array.fromAsync(Deno.readDir(elsewhere.path)), []);
  deepStrictEqual(await rig.names(), ["bad", "nobody"]);
});

Deno.test("look() comes to files behind a thousand that stay for ever", async () => {
  const disk = diskFiles();
  const stuck = Array.from({ length: 2500 }, (_, index) => `a${index}`);
  const files: Files = {
    ...disk,
    list: async (path) => [
      ...stuck.map((name) => ({ name, kind: "file" as const })),
      ...await disk.list(path),
    ],
    stat: (path, options) =>
      path.includes("/a")
        ? Promise.resolve({ kind: "file", sizeOctets: 1, mtimeMs: 1 })
        : disk.stat(path, options),
  };
  await using rig = await setUp({ files });
  await rig.put("one.eml", MESSAGE);
  for (let looks = 0; looks < 5; looks++) await rig.pickup.look();
  strictEqual(rig.queue.taken.length, 1);
  strictEqual(rig.log.events("error").length, 1000); // Not more, however many there are.
});

Deno.test("run() says once that there is no directory, and takes it when it comes", async () => {
  await using rig = await setUp();
  const clock = rig.deps.clock as ManualClock;
  await Deno.remove(rig.directory.path);
  const stop = new AbortController();
  const running = rig.pickup.run(stop.signal);
  while (rig.log.events("error").length === 0) await clock.advance(2_000);
  for (let looks = 0; looks < 3; looks++) await clock.advance(2_000);
  strictEqual(rig.log.events("error").length, 1);
  await Deno.mkdir(rig.directory.path);
  await rig.put("one.eml", MESSAGE);
  while (rig.queue.taken.length === 0) await clock.advance(2_000);
  stop.abort();
  await running;
});

Deno.test("look() sends no message of which it cannot tell all recipients", async () => {
  await using rig = await setUp();
  const deps = { ...rig.deps, options: () => ({ ...rig.deps.options(), maxMessageOctets: 1e7 }) };
  const pickup = new Pickup(deps);
  const many = Array.from({ length: 10_001 }, (_, index) => `u${index}@x.test`).join(", ");
  await rig.put("many", `To: ${many}\n\nhi\n`);
  await rig.put("long", `To: bob@x.test\nX-Long: ${"x".repeat(2 ** 20)}\nBcc: ann@x.test\n\nhi\n`);
  await lookTwice(pickup);
  deepStrictEqual([rig.queue.taken.length, await rig.names()], [0, ["bad"]]);
});

Deno.test("recover() removes what the queue has, and no later file of the same name", async () => {
  await using rig = await setUp();
  await rig.put("one.eml", MESSAGE);
  rig.queue.crashesAfterCommit = true;
  await lookTwice(rig.pickup);
  const { mtime } = await Deno.stat(`${rig.directory.path}/one.eml`);
  rig.queue.crashesAfterCommit = false;

  const afterwards = new Pickup(rig.deps);
  await afterwards.recover([{ origin: rig.queue.taken[0]!.origin }]);
  deepStrictEqual(await rig.names(), []);
  await rig.put("one.eml", MESSAGE);
  await Deno.utime(`${rig.directory.path}/one.eml`, mtime!, mtime!);
  await lookTwice(afterwards);
  strictEqual(rig.queue.taken.length, 2);
});
