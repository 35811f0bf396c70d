import { COMMANDS } from "../../src/app/commands/mod.ts";
import { runProgram } from "../../src/app/program.ts";
import { type ApplianceHere, applianceHere } from "./appliance_here.ts";
import { type FakeSignals, type FakeTerminal, testWorld } from "./world.ts";

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

/** An appliance in this process, and commands that talk to it as a user's would. */
export interface RunningOffice extends ApplianceHere {
  /** Starts a command with this configuration; `secrets` is what is typed where it asks. */
  start(words: readonly string[], secrets?: readonly string[]): Telling;
  /** Runs a command to its end. */
  tell(...words: readonly string[]): Promise<Told>;
}

/** Starts one with the usual settings and `settings`. */
export async function startOffice(...settings: readonly string[]): Promise<RunningOffice> {
  const here = await applianceHere(...settings);
  const start = (words: readonly string[], secrets: readonly string[] = []): Telling => {
    const world = testWorld();
    world.terminal.secrets = [...secrets];
    const given = [...words, "-i", here.configPath];
    const code = runProgram({ calledAs: "dmail", words: given, commands: COMMANDS, world });
    const { terminal, signals } = world;
    const told = code.then((code) => ({ code, output: terminal.output, errors: terminal.errors }));
    return { terminal, signals, told };
  };
  return { ...here, start, tell: (...words) => start(words).told };
}
