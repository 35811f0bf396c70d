import { chainStory, type Destination } from "../../domain/routing/mod.ts";
import { isAddress } from "../../formats/address.ts";
import { openLogs } from "../../platform/mod.ts";
import { type MaildropLayout, maildropPaths } from "../../store/mod.ts";
import { type Command, type CommandCall, EXIT } from "../command.ts";
import { openAccounts } from "../core.ts";
import { openRouter } from "../router.ts";
import { configuredAsOwner } from "./configured.ts";

/** `dmail explain ADDRESS`: the recipient chain, step by step (S14). */
export const explain: Command = {
  name: "explain",
  summary: "say where mail for an address goes, step by step",
  help: `Usage: dmail explain ADDRESS [-i FILE]

Says step by step where a message for ADDRESS would go, and why, as log_chain
logs it, and which drop files, programs, files and servers it ends in. Nothing
is sent.`,
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
    const { layout } = config.mailboxes;
    const router = openRouter({
      ...{ config: () => config, accounts, layout: () => layout, logs, world },
    });
    const resolution = await router.resolve(address);
    if (resolution.kind === "unavailable") {
      terminal.error(`dmail explain: It cannot be said now: ${resolution.reason}`);
      return EXIT.failed;
    }
    for (const line of chainStory(resolution.steps)) terminal.line(line);
    for (const line of endsInWords(resolution.destinations, layout)) terminal.line(line);
    const { destinations } = resolution;
    const leadsNowhere = destinations.every(({ kind }) => kind === "reject");
    return leadsNowhere && destinations.length > 0 ? EXIT.failed : EXIT.done;
  },
};

/** Where the chain ends, a line each. */
function endsInWords(
  destinations: readonly Destination[],
  layout: MaildropLayout,
): readonly string[] {
  if (destinations.length === 0) return ["The message is thrown away"];
  return destinations.map((destination) => {
    switch (destination.kind) {
      case "maildrop":
        return `${destination.user}: ${dropFileInWords(destination.user, layout)}`;
      case "robot": {
        const { command, user } = destination;
        return `Program ${command}${user === undefined ? "" : ` of ${user}`}`;
      }
      case "file":
        return `File ${destination.path}`;
      case "relay":
        return `${destination.address}: sent on`;
      case "reject":
        return `${destination.address}: rejected, ${destination.status} ${destination.reason}`;
    }
  });
}

function dropFileInWords(user: string, layout: MaildropLayout): string {
  try {
    return `drop file ${maildropPaths(user, layout).dropFile}`;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return "can have no drop file under this name";
  }
}
