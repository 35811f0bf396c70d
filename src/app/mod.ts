/**
 * Builds, starts, stops and reloads the appliance; the commands of the program.
 *
 * @module
 */
import { calledAs, systemArguments, systemSignals } from "../platform/mod.ts";
import { COMMANDS } from "./commands/mod.ts";
import { runProgram } from "./program.ts";
import { systemWorld } from "./world.ts";

/** Runs the program with the words and the signals of this process; resolves to the exit code. */
export async function main(): Promise<number> {
  return await runProgram({
    calledAs: calledAs(),
    words: systemArguments(),
    commands: COMMANDS,
    world: systemWorld(systemSignals()),
  });
}
