import { type Config, type ConfigProblem, formatProblem, loadConfig } from "../../config/mod.ts";
import type { CommandCall } from "../command.ts";
import { VERSION } from "../version.ts";

/** A configuration that can be used, with its warnings. */
export interface Configured {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the configuration of a command. Problems go to standard error.
 *
 * @returns `undefined` if it cannot be used.
 */
export async function configured(
  { configPath, world: { files, machine, terminal } }: CommandCall,
  { quiet = false }: { quiet?: boolean } = {},
): Promise<Configured | undefined> {
  const result = await loadConfig({ path: configPath, files, machine, version: VERSION });
  for (const problem of result.problems) {
    if (!quiet || problem.severity === "error") terminal.error(formatProblem(problem));
  }
  return result.kind === "ok" ? result : undefined;
}

/**
 * {@linkcode configured} for a command that writes where the server does. Called by root it goes on
 * as the user who owns work_path: files of root would lock that user's server out.
 */
export async function configuredAsOwner(call: CommandCall): Promise<Configured | undefined> {
  const usable = await configured(call, { quiet: true });
  if (usable !== undefined) await call.world.privileges.becomeOwnerOf(usable.config.paths.work);
  return usable;
}
