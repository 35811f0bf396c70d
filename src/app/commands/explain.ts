import { createRouter } from "../../domain/routing/mod.ts";
import { isAddress } from "../../formats/address.ts";
import { openLogs } from "../../platform/mod.ts";
import { type Command, type CommandCall, EXIT } from "../command.ts";
import { openAccounts } from "../core.ts";
import { routingTables } from "../routing_tables.ts";
import { configuredAsOwner } from "./configured.ts";

/** `dmail explain ADDRESS`: the recipient chain, step by step (S14). */
export const explain: Command = {
  name: "explain",
  summary: "say where mail for an address goes, step by step",
  help: `Usage: dmail explain ADDRESS [-i FILE]

Says step by step where a message for ADDRESS would go, and why. Nothing is sent.`,
  flags: [],
  options: [],
  maxWords: 1,
  usesConfig: true,

  async run(call: CommandCall): Promise<number> {
    const { args: [address], world } = call;
    const { terminal, clock } = world;
    if (address === undefined || !(isAddress(address) || /^postmaster$/i.test(address))) {
      const given = address === undefined ? "Give an address" : `${address} is not an address`;
      terminal.error(`dmail explain: ${given}; write it as in dmail explain bob@office.example`);
      return EXIT.usage;
    }
    const usable = await configuredAsOwner(call);
    if (usable === undefined) return EXIT.failed;
    const { config } = usable;
    await using logs = openLogs({ ...config.logs, clock, keepRecent: 0 });
    const { accounts } = await openAccounts({ config: () => config, logs, world });
    const router = createRouter({ tables: () => routingTables(config), accounts });
    const resolution = await router.resolve(address);
    if (resolution.kind === "unavailable") {
      terminal.error(`dmail explain: It cannot be said now: ${resolution.reason}`);
      return EXIT.failed;
    }
    for (const { address, text } of resolution.steps) terminal.line(`${address}: ${text}`);
    for (const destination of resolution.destinations) {
      if (destination.kind !== "maildrop") continue;
      terminal.line(`${destination.user}: drop file ${config.paths.drop}/${destination.user}`);
    }
    return resolution.destinations.every(({ kind }) => kind === "reject") ? EXIT.failed : EXIT.done;
  },
};
