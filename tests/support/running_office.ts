import { Appliance } from "../../src/app/appliance.ts";
import { COMMANDS } from "../../src/app/commands/mod.ts";
import { runProgram } from "../../src/app/program.ts";
import { VERSION } from "../../src/app/version.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { tempDir } from "./temp_dir.ts";
import { FakeSignals, FakeTerminal, testWorld } from "./world.ts";

/** How a command went. */
export interface Told {
  readonly code: number;
  readonly output: string;
  readonly errors: readonly string[];
}

/** A command that may be running still. */
export interface Telling {
  readonly terminal: FakeTerminal;
  readonly signals: FakeSignals;
  readonly told: Promise<Told>;
}

/**
 * An appliance in this process, and commands that talk to it as a user's would. Disposing stops it
 * and removes its files.
 */
export interface RunningOffice extends AsyncDisposable {
  readonly appliance: Appliance;
  readonly path: string;
  readonly configPath: string;
  port(listener: string): number;
  /** Writes the configuration anew: the usual settings and these. */
  write(...lines: readonly string[]): Promise<void>;
  /** Starts a command with this configuration; `secrets` is what is typed where it asks. */
  start(words: readonly string[], secrets?: readonly string[]): Telling;
  /** Runs a command to its end. */
  tell(...words: readonly string[]): Promise<Told>;
}

/** Starts one with the usual settings and `settings`. */
export async function startOffice(...settings: readonly string[]): Promise<RunningOffice> {
  const dir = await tempDir();
  const configPath = `${dir.path}/dmail.conf`;
  const usual = [
    "bind_ip 127.0.0.1",
    "smtp_port 0",
    "pop_port 0",
    "authent_method nwauth",
    `work_path ${dir.path}/work`,
    `drop_path ${dir.path}/drop`,
  ];
  const write = (...lines: readonly string[]) => {
    const own = lines.some((line) => line.startsWith("host_domain "));
    const all = [...own ? [] : ["host_domain office.example"], ...usual, ...lines];
    return Deno.writeTextFile(configPath, all.join("\n") + "\n", { mode: 0o600 });
  };
  await write(...settings);
  const appliance = await startAppliance(configPath);
  const start = (words: readonly string[], secrets: readonly string[] = []): Telling => {
    const world = testWorld();
    world.terminal.secrets = [...secrets];
    const given = [...words, "-i", configPath];
    const code = runProgram({ calledAs: "dmail", words: given, commands: COMMANDS, world });
    const { terminal, signals } = world;
    const told = code.then((code) => ({ code, output: terminal.output, errors: terminal.errors }));
    return { terminal, signals, told };
  };
  return {
    appliance,
    path: dir.path,
    configPath,
    port: (listener) =>
      Number(
        appliance.listening.find((at) => at.startsWith(`${listener} `))?.split(":").at(-1),
      ),
    write,
    start,
    tell: (...words) => start(words).told,
    async [Symbol.asyncDispose]() {
      await appliance[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function startAppliance(path: string): Promise<Appliance> {
  const world = testWorld();
  const { files, machine } = world;
  const result = await loadConfig({ path, files, machine, version: VERSION });
  if (result.kind === "bad") throw new Error(JSON.stringify(result.problems));
  const started = await Appliance.start({ ...result, listens: true, world });
  if (started.kind !== "started") throw new Error(started.kind);
  return started.appliance;
}
