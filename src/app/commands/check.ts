import { type Command, EXIT } from "../command.ts";
import { configured } from "./configured.ts";

/** `dmail check`: every problem of the configuration, with file and line. */
export const check: Command = {
  name: "check",
  summary: "read the configuration and report every problem",
  help: `Usage: dmail check [-i FILE]

Reads the configuration as "serve" would and reports every problem as
FILE:LINE: what was found, and what to write. Ends with 0 if the configuration
can be used; warnings do not count.`,
  flags: [],
  options: [],

  async run(call) {
    const usable = await configured(call);
    if (usable === undefined) return EXIT.failed;
    const { length } = usable.problems;
    call.world.terminal.line(
      `${call.configPath}: ${length === 0 ? "no problems" : `can be used, ${length} warnings`}`,
    );
    return EXIT.done;
  },
};
