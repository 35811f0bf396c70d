import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import { type CommandCall, defaultConfigPath, parseCommandLine } from "../../../src/app/command.ts";
import { COMMANDS } from "../../../src/app/commands/mod.ts";
import { runProgram } from "../../../src/app/program.ts";
import { testWorld } from "../../support/world.ts";

const COMMAND = { flags: ["once", "json"], options: ["to"], maxWords: 2, usesConfig: true };

function read(...words: string[]) {
  const parsed = parseCommandLine(COMMAND, words, testWorld());
  if (parsed.kind !== "call") return parsed;
  const { args, configPath, flag, option } = parsed.call;
  return { args, configPath, once: flag("once"), json: flag("json"), to: option("to") };
}

Deno.test("parseCommandLine() reads", async (t) => {
  const plain = {
    args: [],
    configPath: "/etc/dmail.conf",
    once: false,
    json: false,
    to: undefined,
  };
  const cases = [
    { words: [], want: plain },
    { words: ["-once"], want: { ...plain, once: true } },
    { words: ["--once", "-json"], want: { ...plain, once: true, json: true } },
    { words: ["-i", "/x.conf", "list"], want: { ...plain, configPath: "/x.conf", args: ["list"] } },
    { words: ["list", "-i", "/x.conf"], want: { ...plain, configPath: "/x.conf", args: ["list"] } },
    { words: ["a", "--to", "2", "b"], want: { ...plain, args: ["a", "b"], to: "2" } },
    { words: ["-to=2"], want: { ...plain, to: "2" } },
    { words: ["--", "-once"], want: { ...plain, args: ["-once"] } },
    { words: ["007"], want: { ...plain, args: ["007"] } },
  ];
  for (const { words, want } of cases) {
    await t.step(words.join(" ") || "nothing", () => assertEquals(read(...words), want));
  }
});

Deno.test("parseCommandLine() refuses", async (t) => {
  const cases = [
    { words: ["--twice"], want: /Unknown option --twice/ },
    { words: ["-x"], want: /Unknown option -x/ },
    { words: ["--to"], want: /--to needs a value/ },
    { words: ["--to", "1", "--to", "2"], want: /--to was given more than once/ },
    { words: ["a", "b", "c"], want: /does not take the word c/ },
    { words: ["-i"], want: /-i needs a value/ },
  ];
  for (const { words, want } of cases) {
    await t.step(words.join(" "), () => {
      const got = read(...words);
      assertEquals("kind" in got && got.kind, "wrong");
      match("kind" in got && got.kind === "wrong" ? got.message : "", want);
    });
  }
});

Deno.test("parseCommandLine() shows help for -h and --help", () => {
  for (const word of ["-h", "-help", "--help"]) assertEquals(read(word), { kind: "help" });
});

Deno.test("defaultConfigPath() is the documents' on either system", () => {
  const world = testWorld();
  assertEquals(defaultConfigPath({ machine: { ...world.machine, os: "unix" } }), "/etc/dmail.conf");
  const windows = {
    os: "windows",
    hostname: "box",
    environment: (name: string) => (name === "SystemRoot" ? "C:\\WINNT" : undefined),
    userName: () => undefined,
    addresses: () => [],
  } as const;
  assertEquals(defaultConfigPath({ machine: windows }), "C:\\WINNT\\system32\\dmail.conf");
});

/** Runs the program with one command that remembers its call. */
async function program(calledAs: string, words: string[], run = () => Promise.resolve(0)) {
  const world = testWorld();
  const calls: CommandCall[] = [];
  const command = {
    name: "serve",
    summary: "runs it",
    help: "Usage: dmail serve",
    ...COMMAND,
    run(call: CommandCall) {
      calls.push(call);
      return run();
    },
  };
  const code = await runProgram({ calledAs, words, commands: [command], world });
  return { code, calls, output: world.terminal.output, errors: world.terminal.errors };
}

Deno.test("runProgram() finds the command", async (t) => {
  const cases = [
    { calledAs: "dmail", words: ["serve"], code: 0, calls: 1 },
    { calledAs: "dsmtp", words: [], code: 0, calls: 1 },
    { calledAs: "DSMTP", words: ["-once"], code: 0, calls: 1 },
    { calledAs: "dmail", words: ["dance"], code: 2, calls: 0 },
    { calledAs: "dmail", words: ["serve", "--dance"], code: 2, calls: 0 },
    { calledAs: "dmail", words: [], code: 2, calls: 0 },
    { calledAs: "dmail", words: ["--help"], code: 0, calls: 0 },
    { calledAs: "dmail", words: ["--version"], code: 0, calls: 0 },
    { calledAs: "dmail", words: ["serve", "--help"], code: 0, calls: 0 },
  ];
  for (const { calledAs, words, ...want } of cases) {
    await t.step([calledAs, ...words].join(" "), async () => {
      const { code, calls } = await program(calledAs, words);
      assertEquals({ code, calls: calls.length }, want);
    });
  }
});

Deno.test("runProgram() guesses what was meant", async () => {
  const { code, errors } = await program("dmail", ["srve"]);
  assertEquals({ code, errors }, {
    code: 2,
    errors: ["dmail: There is no command srve; did you mean serve?"],
  });
});

Deno.test("runProgram() turns what nobody foresaw into one sentence", async () => {
  const { code, errors } = await program(
    "dmail",
    ["serve"],
    () => Promise.reject(new Error("The moon is full")),
  );
  assertEquals({ code, errors }, { code: 1, errors: ["dmail serve: The moon is full"] });
});

Deno.test("every help text fits into a terminal of 80 columns", () => {
  const long = COMMANDS.flatMap(({ name, help }) =>
    help.split("\n").filter((line) => line.length > 80).map((line) => `${name}: ${line}`)
  );
  assertEquals(long, []);
});
