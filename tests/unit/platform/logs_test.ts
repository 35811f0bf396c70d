import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { type LogLevel, type LogProgram, type Logs, openLogs } from "../../../src/platform/mod.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { tempDir } from "../../support/temp_dir.ts";

const MIB = 1024 * 1024;

function open(
  directory: string,
  options: Partial<Parameters<typeof openLogs>[0]> = {},
): Logs {
  return openLogs({
    directory,
    level: "info",
    maxOctets: MIB,
    clock: new ManualClock(),
    keepRecent: 10,
    complain: (text) => {
      throw new Error(`Unexpected complaint: ${text}`);
    },
    ...options,
  });
}

async function names(directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(directory)) found.push(name);
  return found.sort();
}

Deno.test("Logs writes each program's lines to its own file, made by the first line", async () => {
  await using directory = await tempDir();
  {
    await using logs = open(`${directory.path}/deep/logs`);
    logs.for("dlist");
    logs.for("dpop").info("Login", { user: "bob" });
    logs.for("dsmtp").error("No disk");
  }
  deepStrictEqual(await names(`${directory.path}/deep/logs`), ["dpop.log", "dsmtp.log"]);
  match(
    await Deno.readTextFile(`${directory.path}/deep/logs/dpop.log`),
    /^\d\d\/\d\d \d\d:\d\d:\d\d Info: Login user=bob\n$/,
  );
});

Deno.test("Logs appends to a file that is there", async () => {
  await using directory = await tempDir();
  const path = `${directory.path}/dmail.log`;
  await Deno.writeTextFile(path, "before\n");
  {
    await using logs = open(directory.path);
    logs.for("dmail").info("after");
  }
  match(await Deno.readTextFile(path), /^before\n.* Info: after\n$/);
});

Deno.test("Logs levels are cumulative", async (t) => {
  const cases: { level: LogLevel; want: string[] }[] = [
    { level: "error", want: ["e"] },
    { level: "warn", want: ["e", "w"] },
    { level: "info", want: ["e", "w", "i"] },
    { level: "debug", want: ["e", "w", "i", "d"] },
  ];
  for (const { level, want } of cases) {
    await t.step(level, async () => {
      await using directory = await tempDir();
      await using logs = open(directory.path, { level });
      const log = logs.for("dsmtp");
      log.error("e");
      log.warn("w");
      log.info("i");
      log.debug("d");
      deepStrictEqual(logs.recent().map(({ text }) => text), want);
    });
  }
});

Deno.test("setLevel() refuses what it does not know, and logging goes on", async () => {
  await using directory = await tempDir();
  await using logs = open(directory.path);
  throws(() => logs.setLevel("loud" as LogLevel), RangeError);
  throws(() => logs.setLevel("constructor" as LogLevel, "dpop"), RangeError);
  throws(() => logs.setLevel("debug", "sendmail" as LogProgram), RangeError);
  logs.for("dpop").info("Login");
  strictEqual(logs.recent().length, 1);
});

Deno.test("setLevel() changes one program or all until reload()", async () => {
  await using directory = await tempDir();
  await using logs = open(directory.path);
  logs.setLevel("debug", "dpop");
  deepStrictEqual([logs.levelOf("dpop"), logs.levelOf("dsmtp")], ["debug", "info"]);
  logs.setLevel("error");
  deepStrictEqual([logs.levelOf("dpop"), logs.levelOf("dsmtp")], ["error", "error"]);
  await logs.reload({ directory: directory.path, level: "warn", maxOctets: MIB });
  deepStrictEqual([logs.levelOf("dpop"), logs.levelOf("dsmtp")], ["warn", "warn"]);
});

Deno.test("reload() moves to another directory and loses no line", async () => {
  await using directory = await tempDir();
  const [before, after] = [`${directory.path}/before`, `${directory.path}/after`];
  {
    await using logs = open(before);
    const log = logs.for("dsmtp");
    log.info("one");
    await logs.reload({ directory: after, level: "info", maxOctets: MIB });
    log.info("two");
  }
  match(await Deno.readTextFile(`${before}/dsmtp.log`), /Info: one\n$/);
  match(await Deno.readTextFile(`${after}/dsmtp.log`), /Info: two\n$/);
});

Deno.test("Logs keeps four old files, the fourth the oldest", async () => {
  await using directory = await tempDir();
  await using logs = open(directory.path, { maxOctets: 60 });
  for (let n = 1; n <= 8; n++) {
    logs.for("dpop").info(`line ${n} ${"x".repeat(30)}`);
    await logs.flush();
  }
  deepStrictEqual(await names(directory.path), [
    "dpop.log",
    "dpop1.log",
    "dpop2.log",
    "dpop3.log",
    "dpop4.log",
  ]);
  for (const [file, line] of [["dpop", 8], ["dpop1", 7], ["dpop4", 4]]) {
    match(
      await Deno.readTextFile(`${directory.path}/${file}.log`),
      RegExp(`^.*: line ${line} x+\n$`),
    );
  }
});

Deno.test("Logs fills a file up to its size and no further, also after a restart", async () => {
  await using directory = await tempDir();
  for (let run = 0; run < 3; run++) {
    await using logs = open(directory.path, { maxOctets: 1000 });
    for (let n = 0; n < 19; n++) logs.for("dpop").info("0123456789".repeat(3));
  }
  const files = await names(directory.path);
  deepStrictEqual(files, ["dpop.log", "dpop1.log", "dpop2.log"]); // 19 lines of 51 octets each.
  for (const file of files) {
    const { size } = await Deno.stat(`${directory.path}/${file}`);
    ok(size <= 1000, `${file} has ${size} octets`);
  }
});

Deno.test("Logs writes many lines that come at once in their order, and all of them", async () => {
  await using directory = await tempDir();
  await using logs = open(directory.path);
  const wanted = Array.from({ length: 900 }, (_, n) => `line ${n} ${"x".repeat(200)}`);
  for (const line of wanted) logs.for("dpop").info(line);
  await logs.flush();
  logs.for("dpop").info("last");
  await logs.flush();
  const text = await Deno.readTextFile(`${directory.path}/dpop.log`);
  const found = text.trimEnd().split("\n").map((line) => line.replace(/^.* Info: /, ""));
  deepStrictEqual(found, [...wanted, "last"]);
});

Deno.test("Logs makes a new file when somebody has moved the old one", async () => {
  await using directory = await tempDir();
  const clock = new ManualClock();
  await using logs = open(directory.path, { clock });
  logs.for("dpop").info("one");
  await logs.flush();
  await Deno.rename(`${directory.path}/dpop.log`, `${directory.path}/moved`);
  await clock.advance(2000);
  logs.for("dpop").info("two");
  await logs.flush();
  match(await Deno.readTextFile(`${directory.path}/dpop.log`), /Info: two\n$/);
});

Deno.test({
  name: "Logs goes on after a full disk, complains once, and tears no line",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using directory = await tempDir();
    const complaints: string[] = [];
    const path = `${directory.path}/dpop.log`;
    await Deno.symlink("/dev/full", path);
    const clock = new ManualClock();
    await using logs = open(directory.path, { clock, complain: (text) => complaints.push(text) });
    logs.for("dpop").info("lost");
    logs.for("dpop").info("lost too");
    await logs.flush();
    strictEqual(complaints.length, 1);
    match(complaints[0] ?? "", /^Cannot write .*dpop\.log, going on without: .*No space left/);
    await Deno.remove(path);
    await clock.advance(2000);
    logs.for("dpop").info("back");
    await logs.flush();
    match(await Deno.readTextFile(path), /^\n\d\d\/.* Info: back\n$/);
  },
});

Deno.test("Logs goes on when its directory cannot be made", async () => {
  await using directory = await tempDir();
  await Deno.writeTextFile(`${directory.path}/file`, "");
  const complaints: string[] = [];
  {
    await using logs = open(`${directory.path}/file/logs`, {
      complain: (text) => complaints.push(text),
    });
    for (let n = 0; n < 100; n++) logs.for("dsmtp").info(`line ${n}`);
    strictEqual(logs.recent().length, 10);
  }
  strictEqual(complaints.length, 1);
});

Deno.test("recent() tells the last lines of all programs, oldest first", async () => {
  await using directory = await tempDir();
  const clock = new ManualClock(1000);
  await using logs = open(directory.path, { clock, keepRecent: 2 });
  logs.for("dpop").info("one");
  await clock.advance(5);
  logs.for("dsmtp").info("two", { id: 7 });
  logs.for("dpop").error("three");
  deepStrictEqual(logs.recent(), [
    { atMs: 1005, program: "dsmtp", level: "info", text: "two id=7" },
    { atMs: 1005, program: "dpop", level: "error", text: "three" },
  ]);
});

Deno.test("subscribe() hears every line until disposed, and a listener that fails harms nobody", async () => {
  await using directory = await tempDir();
  await using logs = open(directory.path);
  const heard: string[] = [];
  using _broken = logs.subscribe(() => {
    throw new Error("The page is gone");
  });
  {
    using _subscription = logs.subscribe(({ text }) => heard.push(text));
    logs.for("dpop").info("one");
    logs.for("dpop").debug("not logged");
  }
  logs.for("dpop").info("two");
  deepStrictEqual(heard, ["one"]);
});

Deno.test("Logs of two appliances in one process do not mix", async () => {
  await using directory = await tempDir();
  {
    await using office = open(`${directory.path}/office`);
    await using provider = open(`${directory.path}/provider`);
    office.setLevel("debug");
    office.for("dsmtp").debug("office");
    provider.for("dsmtp").debug("not logged");
    provider.for("dsmtp").info("provider");
  }
  match(await Deno.readTextFile(`${directory.path}/office/dsmtp.log`), /^[^\n]*office\n$/);
  match(await Deno.readTextFile(`${directory.path}/provider/dsmtp.log`), /^[^\n]*provider\n$/);
});

Deno.test("Logs can be disposed twice, and forgets lines that come later", async () => {
  await using directory = await tempDir();
  const logs = open(directory.path);
  const log = logs.for("dmail");
  log.info("one");
  await logs[Symbol.asyncDispose]();
  await logs[Symbol.asyncDispose]();
  log.info("two");
  deepStrictEqual(logs.recent().map(({ text }) => text), ["one"]);
});
