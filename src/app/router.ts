import type { Config } from "../config/mod.ts";
import type { Accounts } from "../domain/accounts/mod.ts";
import { chainLog, type ChainStep, createRouter, type Router } from "../domain/routing/mod.ts";
import type { Logs } from "../platform/mod.ts";
import type { MaildropLayout } from "../store/mod.ts";
import { openForwardFiles } from "./forward_files.ts";
import { perConfig } from "./per_config.ts";
import { routingTables } from "./routing_tables.ts";
import type { World } from "./world.ts";

/** What the router works with. */
export interface RouterParts {
  /** The configuration of now. */
  readonly config: () => Config;
  readonly accounts: Accounts;
  /** Where drop files are, and forward files beside them. */
  readonly layout: () => MaildropLayout;
  readonly logs: Logs;
  readonly world: Pick<World, "clock" | "files" | "machine" | "privileges">;
  readonly onChain?: (steps: readonly ChainStep[]) => void;
}

/** The recipient chain over the configuration of now. */
export function openRouter(
  { config, accounts, layout, logs, world, ...rest }: RouterParts,
): Router {
  return createRouter({
    ...rest,
    // Made once a configuration: an index of all aliases is too much for each recipient.
    tables: perConfig(config, (now) => routingTables(now, world.machine)),
    accounts,
    forwardFiles: openForwardFiles({ layout, logs, world }),
  });
}

/** Logs each chain while log_chain says so (S14). */
export function logsChains(
  { config, logs }: Pick<RouterParts, "config" | "logs">,
): (steps: readonly ChainStep[]) => void {
  const log = logs.for("dsmtp");
  return (steps) => {
    if (!config().forwarding.logChain) return;
    for (const line of chainLog(steps)) log.debug(line);
  };
}
