import { deepStrictEqual as equal, match, ok, rejects, strictEqual } from "node:assert/strict";
import { deadline, type ProgramCall, systemPrograms } from "../../../src/platform/mod.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { octetsOf } from "../../support/octet_text.ts";
import { isRoot } from "../../support/root.ts";
import { isGone, lineOf, script } from "../../support/scripts.ts";
import { smallRoot } from "../../support/small_root.ts";
import { tempDir } from "../../support/temp_dir.ts";

const unix = Deno.build.os !== "windows";
const linux = Deno.build.os === "linux";

/** The user nobody, who has a number on every Debian. */
const NOBODY = { uid: 65534, gid: 65534 };

const never = new AbortController().signal;

function call(program: string, facts: Partial<ProgramCall> = {}): ProgramCall {
  return { program, args: [], environment: {}, stdin: [], ...facts };
}

function run(program: string, facts: Partial<ProgramCall> = {}, signal = never) {
  return systemPrograms(new ManualClock()).run(call(program, facts), signal);
}

Deno.test({
  name: "run() gives the program its input and tells how it ended",
  ignore: !unix,
  async fn(t) {
    await using directory = await tempDir();
    const cases = [
      { lines: ["cat"], want: { kind: "exited", code: 0, output: "one two" } },
      { lines: ["echo bad >&2; exit 65"], want: { kind: "exited", code: 65, output: "bad" } },
      { lines: ["exit 0"], want: { kind: "exited", code: 0, output: "" } },
      { lines: ["kill -SEGV $$"], want: { kind: "killed", by: "SIGSEGV", output: "" } },
      {
        lines: ['printf \'%s|\' "$#" "$@"'],
        want: { kind: "exited", code: 0, output: "2|a b|;|" },
      },
    ];
    for (const [index, { lines, want }] of cases.entries()) {
      await t.step(lines.join(), async () => {
        const program = await script(directory.path, `robot${index}`, ...lines);
        const stdin = [octetsOf("one "), octetsOf("two\n")];
        equal(await run(program, { stdin, args: ["a b", ";"] }), want);
      });
    }
  },
});

Deno.test({
  name: "run() tells why a program cannot be started",
  ignore: !unix,
  async fn(t) {
    await using directory = await tempDir();
    const plain = `${directory.path}/plain`;
    await Deno.writeTextFile(plain, "no program", { mode: 0o644 });
    const foreign = await script(directory.path, "foreign");
    await Deno.writeTextFile(foreign, "#!/no/such/interpreter\n");
    const cases = [
      { program: `${directory.path}/missing`, reason: /No such file/ },
      { program: plain, reason: /[Pp]ermission denied/ },
      { program: directory.path, reason: /[Pp]ermission denied/ },
      { program: foreign, reason: /No such file/ },
    ];
    for (const { program, reason } of cases) {
      await t.step(program.replace(directory.path, ""), async () => {
        const result = await run(program);
        if (result.kind !== "not started") throw new Error(`It ran: ${JSON.stringify(result)}`);
        match(result.reason, reason);
        strictEqual(result.passing, false);
      });
    }
  },
});

Deno.test({
  name: "run() takes arguments that are too long for the machine as a failure to start",
  ignore: !linux,
  async fn() {
    const result = await run("/bin/true", { args: ["x".repeat(300_000)] });
    strictEqual(result.kind, "not started");
  },
});

Deno.test({
  name: "run() gives the program its environment and nothing of ours",
  ignore: !linux,
  async fn() {
    Deno.env.set("DMAIL_TEST_SECRET", "hunter2");
    try {
      const result = await run("/usr/bin/env", { environment: { SENDER: "a@b", EMPTY: "" } });
      equal(result, { kind: "exited", code: 0, output: "EMPTY=\nSENDER=a@b" });
    } finally {
      Deno.env.delete("DMAIL_TEST_SECRET");
    }
  },
});

Deno.test({
  name: "run() starts in / with a umask of 077 and leaves ours alone",
  ignore: !unix,
  async fn() {
    await using directory = await tempDir();
    const before = Deno.umask();
    const program = await script(directory.path, "robot", "pwd; umask");
    equal(await run(program), { kind: "exited", code: 0, output: "/\n0077" });
    strictEqual(Deno.umask(), before);
  },
});

Deno.test({
  name: "run() keeps the first part of a flood, and reads it all",
  ignore: !unix,
  async fn() {
    await using directory = await tempDir();
    const program = await script(
      directory.path,
      "robot",
      "echo first; yes | head -c 3000000; yes no | head -c 3000000 >&2",
    );
    const result = await run(program);
    if (result.kind !== "exited") throw new Error(`It did not end: ${JSON.stringify(result)}`);
    strictEqual(result.code, 0);
    match(result.output, /^first\ny\n/);
    ok(result.output.length <= 8 * 1024);
  },
});

Deno.test({
  name: "run() lets a program leave its input unread, wholly or in part",
  ignore: !unix,
  async fn(t) {
    await using directory = await tempDir();
    const cases = [
      { lines: ["exit 0"], want: 0 },
      { lines: ["head -c 10 >/dev/null", "exit 0"], want: 0 },
      { lines: ["exec <&-", "exit 67"], want: 67 },
    ];
    for (const [index, { lines, want }] of cases.entries()) {
      await t.step(lines.join("; "), async () => {
        const program = await script(directory.path, `robot${index}`, ...lines);
        let closed = false;
        async function* large() {
          try {
            const chunk = new Uint8Array(64 * 1024);
            for (let count = 0; count < 10_000; count++) yield await Promise.resolve(chunk);
          } finally {
            closed = true;
          }
        }
        equal(await run(program, { stdin: large() }), { kind: "exited", code: want, output: "" });
        strictEqual(closed, true);
      });
    }
  },
});

Deno.test({
  name: "run() feeds a large message no faster than the program reads",
  ignore: !linux,
  async fn() {
    await using directory = await tempDir();
    const go = `${directory.path}/go`;
    const program = await script(directory.path, "robot", `cat ${go} >/dev/null; wc -c`);
    await new Deno.Command("mkfifo", { args: [go] }).output();
    let given = 0;
    const stuck = Promise.withResolvers<void>();
    const chunk = new Uint8Array(64 * 1024);
    function* large() {
      for (let count = 0; count < 800; count++) {
        given++;
        // A pipe holds 64 KiB: what is beyond the first few waits.
        if (given === 2) stuck.resolve();
        yield chunk;
      }
    }
    const running = run(program, { stdin: large() });
    await stuck.promise;
    // Opening the pipe waits until the program opens its end.
    const opened = await Deno.open(go, { write: true });
    const before = given;
    opened.close();
    equal(await running, { kind: "exited", code: 0, output: String(800 * chunk.length) });
    ok(before <= 5, `${before} chunks before anything was read`);
  },
});

Deno.test({
  name: "run() kills what is aborted, with all it has started, however it clings to its input",
  ignore: !linux,
  async fn() {
    await using directory = await tempDir();
    const pids = `${directory.path}/pids`;
    const program = await script(
      directory.path,
      "robot",
      "trap '' TERM INT HUP",
      "sleep 300 &",
      `echo $$ $! >${pids}`,
      "wait",
    );
    const clock = new ManualClock();
    using limit = deadline(clock, 60_000);
    const stdin = [new Uint8Array(1024 * 1024)];
    const running = systemPrograms(clock).run(call(program, { stdin }), limit.signal);
    running.catch(() => {});
    const [robot, child] = (await lineOf(pids)).split(" ").map(Number);
    await clock.advance(60_000);
    await rejects(running, { name: "TimeoutError" });
    ok(await isGone(robot!));
    ok(await isGone(child!));
  },
});

Deno.test({
  name: "run() starts nothing when it is aborted already",
  ignore: !unix,
  async fn() {
    await using directory = await tempDir();
    const program = await script(directory.path, "robot", `touch ${directory.path}/ran`);
    const signal = AbortSignal.abort(new Error("Stopped"));
    await rejects(run(program, {}, signal), /Stopped/);
    await rejects(Deno.stat(`${directory.path}/ran`), Deno.errors.NotFound);
  },
});

Deno.test({
  name: "run() kills the program before it can take half a message for a whole one",
  ignore: !linux,
  async fn() {
    await using directory = await tempDir();
    const ended = `${directory.path}/ended`;
    const program = await script(directory.path, "robot", "cat >/dev/null", `touch ${ended}`);
    async function* failing() {
      yield octetsOf("half");
      await Promise.reject(new Error("input/output error"));
    }
    await rejects(run(program, { stdin: failing() }), /input\/output error/);
    await rejects(Deno.stat(ended), Deno.errors.NotFound);
  },
});

Deno.test({
  name: "run() does not wait for a daemon that holds the output open",
  ignore: !linux,
  async fn() {
    await using directory = await tempDir();
    const pidFile = `${directory.path}/pid`;
    const program = await script(
      directory.path,
      "robot",
      `sleep 300 & echo $! >${pidFile}`,
      "echo up; exit 3",
    );
    const clock = new ManualClock();
    const running = systemPrograms(clock).run(call(program), never);
    // Both streams wait for more, a moment each.
    while (clock.sleeping < 2) await clock.advance(0);
    await clock.advance(200);
    equal(await running, { kind: "exited", code: 3, output: "up" });
    Deno.kill(Number(await Deno.readTextFile(pidFile)), "SIGKILL");
  },
});

Deno.test({
  name: "run() makes the program another user, with that user's group and no other",
  ignore: !linux || !isRoot(),
  async fn() {
    await using directory = await tempDir();
    const program = await script(directory.path, "robot", "id -u; id -g; id -G; cat");
    const result = await run(program, { runAs: NOBODY, stdin: [octetsOf("mail")] });
    equal(result, { kind: "exited", code: 0, output: "65534\n65534\n65534\nmail" });
  },
});

Deno.test({
  name: "run() shuts the program into another root directory, as another user",
  ignore: !linux || !isRoot(),
  async fn() {
    await using directory = await tempDir();
    const root = await smallRoot(directory.path, "sh", "id", "ls", "cat");
    await script(
      root,
      "robot",
      "/bin/id -u; /bin/id -G; pwd; /bin/ls /; /bin/cat; echo $SENDER $1",
    );
    const result = await run("/robot", {
      ...{ root, runAs: NOBODY, args: ["one two"], environment: { SENDER: "a@b" } },
      stdin: [octetsOf("mail\n")],
    });
    if (result.kind !== "exited") throw new Error(`It did not run: ${JSON.stringify(result)}`);
    const listing = ["bin", "lib", "lib64", "robot"];
    const lines = result.output.split("\n").filter((line) => !listing.includes(line));
    equal(lines, ["65534", "65534", "/", "mail", "a@b one two"]);
  },
});

Deno.test({
  name: "run() says when there is nothing to run in the other root directory",
  ignore: !linux || !isRoot(),
  async fn() {
    await using directory = await tempDir();
    await Deno.chmod(directory.path, 0o755);
    const missing = await run("/robot", { root: directory.path, runAs: NOBODY });
    equal(missing.kind === "exited" && missing.code, 127);
    const nowhere = await run("/robot", { root: `${directory.path}/none`, runAs: NOBODY });
    equal(nowhere.kind === "exited" && nowhere.code, 125);
    const asWhom = await run("/robot", { root: directory.path });
    strictEqual(asWhom.kind, "not started");
  },
});
