import { deepStrictEqual, match, notStrictEqual, strictEqual } from "node:assert/strict";
import { findProgram, installed, run } from "../support/peers.ts";
import { isRoot } from "../support/root.ts";
import { tempDir } from "../support/temp_dir.ts";
import { pack } from "../../tools/pack/pack.ts";

const unix = Deno.build.os !== "windows";

/** Prints what it was called with, and can be told to fail. */
const PROGRAM = `
const [command] = Deno.args;
if (command === "exit") Deno.exit(7);
if (command === "count") {
  let octets = 0;
  for await (const chunk of Deno.stdin.readable) octets += chunk.length;
  console.log(octets);
} else if (command === "wait") {
  Deno.addSignalListener("SIGTERM", () => Deno.exit(9));
  console.log("ready " + Deno.pid);
  setInterval(() => {}, 60_000);
} else {
  console.log(JSON.stringify({ as: Deno.env.get("DMAIL_CALLED_AS"), args: Deno.args }));
}
`;

/** Stands in for Deno where only the script before it is tested: skips Deno's own options. */
const FAKE_RUNTIME = `#!/bin/sh
for arg do shift; case $arg in */dmail-*.js) break ;; esac; done
printf '%s:' "$DMAIL_CALLED_AS" "$@"
`;

/** A packed executable with its own cache, in a directory of its own. */
async function packed(kind: "real" | "fake") {
  const directory = await tempDir();
  const at = (name: string) => `${directory.path}/${name}`;
  await Deno.writeTextFile(at("tiny.ts"), PROGRAM);
  await Deno.writeTextFile(at("runtime"), FAKE_RUNTIME);
  await pack({
    entry: at("tiny.ts"),
    output: at("dmail"),
    sharedCache: at("shared"),
    ...(kind === "fake" ? { runtime: at("runtime") } : {}),
  });
  return {
    ...directory,
    at,
    env: { DMAIL_CACHE: at("cache") },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

async function cached(directory: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(directory)) names.push(name);
  return names.sort();
}

async function cacheEntry(directory: string, prefix: string): Promise<string> {
  const name = (await cached(directory)).find((name) => name.startsWith(prefix));
  if (name === undefined) throw new Error(`Nothing in ${directory} begins with ${prefix}`);
  return `${directory}/${name}`;
}

Deno.test({
  name: "pack() makes one file that runs the program",
  ignore: !unix,
  async fn(t) {
    await using made = await packed("real");
    const { env } = made;

    await t.step("with its arguments unharmed", async () => {
      const args = ["a b", "x\ny", "", "'\"$HOME`", "--help", "-i", "*"];
      const { code, stdout, stderr } = await run(made.at("dmail"), args, { env });
      strictEqual(stderr, "");
      deepStrictEqual(JSON.parse(stdout), { as: "dmail", args });
      strictEqual(code, 0);
    });
    await t.step("under the name of a link", async () => {
      await Deno.symlink("dmail", made.at("tellpop"));
      const { stdout } = await run(made.at("tellpop"), ["status"], { env });
      deepStrictEqual(JSON.parse(stdout), { as: "tellpop", args: ["status"] });
    });
    await t.step("with its exit code", async () => {
      strictEqual((await run(made.at("dmail"), ["exit"], { env })).code, 7);
    });
    await t.step("with its stdin and stdout", async () => {
      const stdin = "line\n".repeat(50_000);
      strictEqual((await run(made.at("dmail"), ["count"], { env, stdin })).stdout, "250000\n");
    });
    await t.step("as the very process that was started, so that signals reach it", async () => {
      await using child = new Deno.Command(made.at("dmail"), {
        args: ["wait"],
        env,
        stdout: "piped",
      }).spawn();
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      strictEqual((await reader.read()).value, `ready ${child.pid}\n`);
      child.kill("SIGTERM");
      strictEqual((await child.status).code, 9);
      await reader.cancel();
    });
  },
});

Deno.test({
  name: "A packed executable is found however it is called",
  ignore: !unix,
  async fn(t) {
    await using made = await packed("fake");
    const { env, at, path } = made;
    await Deno.mkdir(at("bin dir"));
    await Deno.symlink("../dmail", at("bin dir/dsmtp"));
    await Deno.symlink(at("dmail"), at("bin dir/popfetch"));
    const cases = [
      { call: `"./bin dir/dsmtp" x`, want: "dsmtp:x:" },
      { call: `cd "bin dir" && ./popfetch x`, want: "popfetch:x:" },
      { call: `PATH="$PWD/bin dir:$PATH" && dsmtp "a b" c`, want: "dsmtp:a b:c:" },
      { call: `sh dmail x`, want: "dmail:x:" },
      { call: `DMAIL_CACHE=relative ./dmail x`, want: "dmail:x:" },
      { call: `DMAIL_CACHE= HOME="$PWD/a home" ./dmail x`, want: "dmail:x:" },
      { call: `DMAIL_CACHE= XDG_CACHE_HOME="$PWD/xdg" ./dmail x`, want: "dmail:x:" },
    ];
    for (const { call, want } of cases) {
      await t.step(call, async () => {
        const { stdout, stderr } = await run("sh", ["-c", call], { cwd: path, env });
        deepStrictEqual({ stdout, stderr }, { stdout: want, stderr: "" });
      });
    }
    await t.step("and unpacks where it was told", async () => {
      const own = isRoot() ? ["shared"] : ["a home/.cache/dmail", "xdg/dmail"];
      for (const directory of ["relative", ...own]) {
        strictEqual((await cached(at(directory))).length, 3, directory);
      }
    });
  },
});

for (const shell of ["dash", "bash", "busybox"]) {
  Deno.test({
    name: `A packed executable runs under ${shell}`,
    ignore: !unix || !installed(shell),
    async fn() {
      await using made = await packed("fake");
      const call = shell === "busybox" ? await busyboxCall(made.at("applets")) : [shell];
      const [program = shell, ...args] = [...call, made.at("dmail"), "a b", "x\ny", ""];
      const { stdout, stderr } = await run(program, args, {
        env: {
          ...made.env,
          ...(shell === "busybox" ? { PATH: made.at("applets") } : {}),
        },
      });
      deepStrictEqual({ stdout, stderr }, { stdout: "dmail:a b:x\ny::", stderr: "" });
    },
  });
}

/** A machine on which every command is busybox's. */
async function busyboxCall(directory: string): Promise<string[]> {
  const busybox = findProgram("busybox") ?? "busybox";
  await Deno.mkdir(directory);
  const { stdout } = await run(busybox, ["--list"]);
  for (const applet of stdout.trim().split("\n")) {
    await Deno.symlink(busybox, `${directory}/${applet}`);
  }
  return [`${directory}/sh`];
}

Deno.test({
  name: "A packed executable unpacks once, for its owner alone",
  ignore: !unix,
  async fn() {
    await using made = await packed("fake");
    const { at, env } = made;
    await run(at("dmail"), [], { env });
    const before = await Deno.stat(await cacheEntry(at("cache"), "deno-"));
    await run(at("dmail"), [], { env });
    const after = await Deno.stat(await cacheEntry(at("cache"), "deno-"));
    strictEqual(after.ino, before.ino);
    for (const name of ["", ...(await cached(at("cache")))]) {
      strictEqual((await Deno.stat(`${at("cache")}/${name}`)).mode! & 0o777, 0o700, name);
    }
  },
});

Deno.test({
  name: "A packed executable that root has called runs for those without a home",
  ignore: !unix || !isRoot(),
  async fn(t) {
    await using made = await packed("real");
    const { at, path } = made;
    await Deno.chmod(path, 0o755);
    await Deno.symlink(at("dmail"), at("sendmail"));
    const asNobody = (env: Record<string, string> = {}) =>
      run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", at("sendmail"), "x"], {
        env: { HOME: "/nonexistent", ...env },
      });
    await t.step("not before", async () => {
      const { code, stderr } = await asNobody();
      strictEqual(code, 75);
      match(stderr, /^sendmail: Cannot make \/nonexistent/m);
    });
    strictEqual((await run(at("dmail"), [], { env: {} })).code, 0);
    await t.step("then it does", async () => {
      const { stdout, stderr } = await asNobody();
      strictEqual(stdout + stderr, '{"as":"sendmail","args":["x"]}\n');
    });
    await t.step("but never what others may have put there", async () => {
      await Deno.chmod(at("shared"), 0o777);
      strictEqual((await asNobody()).code, 75);
      await Deno.chmod(at("shared"), 0o755);
      await Deno.chown(at("shared"), 65534, 65534);
      strictEqual((await asNobody()).code, 75);
    });
  },
});

Deno.test({
  name: "A packed executable bears many first runs at once",
  ignore: !unix,
  async fn() {
    await using made = await packed("fake");
    const { at, env } = made;
    const runs = Array.from({ length: 8 }, (_, n) => run(at("dmail"), [`${n}`], { env }));
    for (const [n, { code, stdout, stderr }] of (await Promise.all(runs)).entries()) {
      deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: `dmail:${n}:`, stderr: "" });
    }
    strictEqual((await cached(at("cache"))).length, 3);
  },
});

Deno.test({
  name: "A packed executable never runs what a crash left in the cache",
  ignore: !unix,
  async fn(t) {
    await using made = await packed("fake");
    const { at, env } = made;
    await run(at("dmail"), [], { env });
    for (const prefix of ["deno-", "dmail-"]) {
      for (const damage of ["shorter", "empty", "gone"]) {
        await t.step(`${prefix}* ${damage}`, async () => {
          const entry = await cacheEntry(at("cache"), prefix);
          const { size, ino } = await Deno.stat(entry);
          if (damage === "gone") await Deno.remove(entry);
          else await Deno.truncate(entry, damage === "empty" ? 0 : size - 1);
          strictEqual((await run(at("dmail"), ["x"], { env })).stdout, "dmail:x:");
          const healed = await Deno.stat(entry);
          strictEqual(healed.size, size);
          if (damage !== "gone") notStrictEqual(healed.ino, ino);
        });
      }
    }
    await t.step("and removes what a killed run and an older version left", async () => {
      const program = await cacheEntry(at("cache"), "dmail-");
      await Deno.writeTextFile(at("cache/deno-0123.999999999.tmp"), "half");
      await Deno.writeTextFile(at("cache/deno-0123"), "old");
      await Deno.writeTextFile(at("cache/dmail-0123.js"), "old");
      await Deno.remove(program);
      await run(at("dmail"), [], { env });
      strictEqual((await cached(at("cache"))).length, 3);
    });
  },
});

Deno.test({
  name: "A packed executable says what to do when it cannot unpack",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    await using made = await packed("fake");
    const { at } = made;
    await Deno.writeTextFile(at("file"), "");
    await Deno.mkdir(at("open"), { mode: 0o777 });
    await Deno.chmod(at("open"), 0o777);
    const bytes = await Deno.readFile(at("dmail"));
    bytes[bytes.length - 12]! ^= 0xff;
    await Deno.writeFile(at("damaged"), bytes, { mode: 0o755 });
    const cases = [
      {
        what: "a directory that cannot be made",
        program: "dmail",
        env: { DMAIL_CACHE: at("file/cache") },
        want: /^mkdir: .*\ndmail: Cannot make .*file\/cache; set DMAIL_CACHE to a directory/,
      },
      {
        what: "a directory that cannot be written to",
        program: "dmail",
        env: { DMAIL_CACHE: `/proc/${Deno.pid}` },
        want: /dmail: Cannot (?:unpack into|use|make) \/proc/,
      },
      {
        what: "a directory that others can write to",
        program: "dmail",
        env: { DMAIL_CACHE: at("open") },
        want: /^dmail: Cannot use .*open: others may write there \(drwxrwxrwx\); run chmod go-w/,
      },
      {
        what: "a damaged executable",
        program: "damaged",
        env: { DMAIL_CACHE: at("cache") },
        want: /damaged: Cannot unpack into .*cache/,
      },
    ];
    for (const { what, program, env, want } of cases) {
      await t.step(what, async () => {
        const { code, stdout, stderr } = await run(at(program), [], { env });
        match(stderr, want);
        deepStrictEqual({ code, stdout }, { code: 1, stdout: "" });
      });
    }
    await t.step("and leaves nothing half done", async () => {
      const left = (await cached(at("cache"))).filter((name) =>
        name !== "run" && !name.startsWith("dmail-")
      );
      deepStrictEqual(left, []);
      deepStrictEqual(await cached(at("open")), []);
    });
  },
});

Deno.test({
  name: "A packed executable does not use a cache of somebody else",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  async fn() {
    await using made = await packed("fake");
    const { at, env } = made;
    await Deno.mkdir(at("cache"), { mode: 0o700 });
    await Deno.chown(at("cache"), 65534, 65534);
    const { code, stderr } = await run(at("dmail"), [], { env });
    match(stderr, /^dmail: Cannot use .*cache: it belongs to user 65534; set DMAIL_CACHE/);
    strictEqual(code, 1);
  },
});

Deno.test({
  name: "pack() says what is wrong with a program that cannot be bundled, and leaves nothing",
  ignore: !unix,
  async fn() {
    await using directory = await tempDir();
    const entry = `${directory.path}/broken.ts`;
    await Deno.writeTextFile(entry, `import "./missing.ts";`);
    const error = await pack({ entry, output: `${directory.path}/dmail` }).catch((error) => error);
    match(error.message, /^Cannot bundle .*broken\.ts: [^]*missing\.ts/);
    deepStrictEqual(await cached(directory.path), ["broken.ts"]);
  },
});
