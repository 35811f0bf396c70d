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
