import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { systemCommands } from "../../../src/platform/mod.ts";
import { isAlive, isGone, lineOf } from "../../support/scripts.ts";
import { tempDir } from "../../support/temp_dir.ts";

const unix = Deno.build.os !== "windows";
const LONG_MS = 60_000;

Deno.test({
  name: "run() tells exit code and output of a shell line",
  ignore: !unix,
  async fn(t) {
    const cases = [
      { command: "echo one; echo two >&2", want: { code: 0, output: /^one\ntwo$|^two\none$/ } },
      { command: "exit 3", want: { code: 3, output: /^$/ } },
      { command: "false | true", want: { code: 0, output: /^$/ } },
      { command: 'echo "$LINK"', want: { code: 0, output: /^ppp0 up$/ } },
      { command: "no-such-program", want: { code: 127, output: /not found/ } },
      { command: "kill -9 $$", want: { code: undefined, output: /^$/ } },
    ];
    for (const { command, want } of cases) {
      await t.step(command, async () => {
        const result = await systemCommands.run(command, {
          timeoutMs: LONG_MS,
          env: { LINK: "ppp0 up" },
        });
        strictEqual(result.code, want.code);
        match(result.output, want.output);
        strictEqual(result.timedOut, false);
      });
    }
  },
});

Deno.test({
  name: "run() kills what takes too long, with all it has started",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using directory = await tempDir();
    const command = `sleep 300 & echo $! >${directory.path}/pid; echo begun; wait`;
    const result = await systemCommands.run(command, { timeoutMs: 300 });
    deepStrictEqual(result, { code: undefined, output: "begun", timedOut: true });
    ok(await isGone(Number(await Deno.readTextFile(`${directory.path}/pid`))));
  },
});

Deno.test({
  name: "run() kills the command and throws the reason when it is aborted",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using directory = await tempDir();
    const stop = new AbortController();
    const pidFile = `${directory.path}/pid`;
    const run = systemCommands.run(
      `echo $$ >${pidFile}; sleep 300`,
      { timeoutMs: LONG_MS },
      stop.signal,
    );
    const pid = Number(await lineOf(pidFile));
    stop.abort(new Error("Shutting down"));
    await rejects(run, /Shutting down/);
    ok(await isGone(pid));
  },
});

Deno.test({
  name: "run() starts nothing when it is aborted already",
  ignore: !unix,
  async fn() {
    await using directory = await tempDir();
    const signal = AbortSignal.abort(new Error("Stopped"));
    const command = `touch ${directory.path}/ran`;
    await rejects(systemCommands.run(command, { timeoutMs: LONG_MS }, signal), /Stopped/);
    await rejects(Deno.stat(`${directory.path}/ran`), Deno.errors.NotFound);
  },
});

Deno.test({
  name: "run() keeps the first part of much output, and reads it all",
  ignore: !unix,
  async fn() {
    const result = await systemCommands.run("echo first; yes | head -c 1000000", {
      timeoutMs: LONG_MS,
    });
    strictEqual(result.code, 0);
    match(result.output, /^first\ny\n/);
    ok(result.output.length <= 8 * 1024);
  },
});

Deno.test({
  name: "run() does not wait for a daemon that holds the output open",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using directory = await tempDir();
    const command = `sleep 300 & echo $! >${directory.path}/pid; echo up`;
    const result = await systemCommands.run(command, { timeoutMs: LONG_MS });
    deepStrictEqual(result, { code: 0, output: "up", timedOut: false });
    const pid = Number(await Deno.readTextFile(`${directory.path}/pid`));
    strictEqual(await isAlive(pid), true);
    Deno.kill(pid, "SIGKILL");
  },
});
