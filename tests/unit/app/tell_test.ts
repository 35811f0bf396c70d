import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import {
  complaintAbout,
  findWord,
  type Word,
  type Words,
} from "../../../src/app/commands/tell/word.ts";
import { findTarget, givenPlace } from "../../../src/app/commands/tell/target.ts";
import type { CommandCall } from "../../../src/app/command.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { testWorld } from "../../support/world.ts";

const word = (takes = ""): Word => ({ takes, help: "", act: () => Promise.resolve(0) });
const WORDS: Words = {
  stats: word(),
  statistics: word("[TIMEFRAME…]"),
  log_level: word("LEVEL"),
  config: word("[NAME]"),
};

Deno.test("findWord() takes the exact name first, then what can mean one word only (A26)", async (t) => {
  const cases = [
    { typed: "stats", want: "stats" },
    { typed: "statistics", want: "statistics" },
    { typed: "stati", want: "statistics" },
    { typed: "LOG-level", want: "log_level" },
    { typed: "l", want: "log_level" },
    { typed: "stat", want: /stat may mean stats or statistics/ },
    { typed: "", want: /may mean/ },
    { typed: "log_levels", want: /Unknown command log_levels; did you mean log_level/ },
    { typed: "confg", want: /^Unknown command confg; did you mean config\?$/ },
    { typed: "toString", want: /Unknown command toString/ },
  ];
  for (const { typed, want } of cases) {
    await t.step(typed || "nothing", () => {
      const found = findWord(WORDS, typed);
      if (typeof want === "string") strictEqual(found.kind === "found" && found.name, want);
      else match(found.kind === "not found" ? found.complaint : "", want);
    });
  }
});

Deno.test("complaintAbout() counts the words behind a name", async (t) => {
  const cases: readonly [takes: string, args: string[], want: string | undefined][] = [
    ["", [], undefined],
    ["", ["x"], "w does not take the word x"],
    ["ADDRESS", [], "Write ADDRESS behind w"],
    ["ADDRESS", ["x"], undefined],
    ["ADDRESS", ["x", "y"], "w does not take the word y"],
    ["[NAME]", [], undefined],
    ["[NAME]", ["x"], undefined],
    ["[NAME]", ["x", "y"], "w does not take the word y"],
    ["[ACTION…]", ["x", "y", "z"], undefined],
  ];
  for (const [takes, args, want] of cases) {
    await t.step(
      `${takes} ${args}`,
      () => strictEqual(complaintAbout(word(takes), "w", args), want),
    );
  }
});

/** A call with options, and a configuration with `lines` unless there is none. */
async function callWith(options: Record<string, string>, lines: readonly string[] | undefined) {
  const dir = await tempDir();
  const configPath = `${dir.path}/dmail.conf`;
  const usual = [
    "host_domain office.example",
    `work_path ${dir.path}`,
    `drop_path ${dir.path}`,
    "authent_method nwauth",
  ];
  if (lines !== undefined) await Deno.writeTextFile(configPath, [...usual, ...lines].join("\n"));
  const world = testWorld();
  const machine = { ...world.machine, hostname: "Box", addresses: () => ["192.168.1.2"] };
  const call: CommandCall = {
    args: [],
    configPath,
    world: { ...world, machine },
    flag: () => false,
    option: (name) => options[name],
  };
  return { call, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

const HERE = { kind: "here" };
const there = (host: string, port: number) => ({ kind: "there", at: { host, port } });

Deno.test("findTarget() finds the appliance that is meant", async (t) => {
  const far = ["dpop_host mail.far.example:110", "manager_port 4110"];
  const cases: readonly {
    name: string;
    options?: Record<string, string>;
    lines?: readonly string[];
    want: unknown;
  }[] = [
    { name: "nothing said", lines: [], want: HERE },
    { name: "nothing said, no configuration", want: HERE },
    { name: "host and port", options: { n: "a.example", p: "4" }, want: there("a.example", 4) },
    { name: "an IPv6 address", options: { n: "fd00::1", p: "4" }, want: there("fd00::1", 4) },
    { name: "port alone", options: { p: "4" }, want: there("127.0.0.1", 4) },
    {
      name: "host alone",
      options: { n: "a.example" },
      lines: ["manager_port 5"],
      want: there("a.example", 5),
    },
    { name: "dpop_host", lines: far, want: there("mail.far.example", 4110) },
    { name: "dpop_host and port", options: { p: "4" }, lines: far, want: there("127.0.0.1", 4) },
    { name: "dpop_host without manager_port", lines: far.slice(0, 1), want: HERE },
    { name: "dpop_host, this name", lines: ["dpop_host box", "manager_port 5"], want: HERE },
    {
      name: "dpop_host, this address",
      lines: ["dpop_host 192.168.1.2", "manager_port 5"],
      want: HERE,
    },
    { name: "dpop_host, loopback", lines: ["dpop_host 127.0.0.1", "manager_port 5"], want: HERE },
  ];
  for (const { name, options = {}, lines, want } of cases) {
    await t.step(name, async () => {
      await using made = await callWith(options, lines);
      equal(await findTarget(made.call, { usesDpopHost: true }), want);
    });
  }
});

Deno.test("findTarget() leaves dpop_host to tellpop", async () => {
  await using made = await callWith({}, ["dpop_host mail.far.example", "manager_port 4110"]);
  equal(await findTarget(made.call, { usesDpopHost: false }), HERE);
});

Deno.test("findTarget() says what is missing or wrong", async (t) => {
  const cases = [
    { options: { n: "a.example" }, want: /Write -p and the manager_port of a\.example/ },
    { options: { n: "a/b", p: "4" }, want: /Write a name or an address behind -n, not a\/b/ },
    { options: { p: "0" }, want: /Write a port from 1 to 65535, not 0/ },
    { options: { p: "65536" }, want: /Write a port/ },
    { options: { p: "-1" }, want: /Write a port/ },
    { options: { p: "1e3" }, want: /Write a port/ },
  ];
  for (const { options, want } of cases) {
    await t.step(JSON.stringify(options), async () => {
      await using made = await callWith(options, []);
      const target = await findTarget(made.call, { usesDpopHost: true });
      match(target.kind === "unclear" ? target.complaint : "", want);
    });
  }
  strictEqual(givenPlace({ option: () => undefined }).kind, "given");
});
