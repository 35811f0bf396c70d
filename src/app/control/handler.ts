import type { ControlHandler } from "../../servers/control/mod.ts";
import type { Appliance } from "../appliance.ts";
import { EXIT } from "../command.ts";
import { CALL_COMMANDS } from "./calls.ts";
import type { ControlCommands } from "./command.ts";
import { MONITOR_COMMANDS } from "./monitors.ts";
import { POLICY_COMMANDS } from "./policy.ts";
import { QUEUE_COMMANDS } from "./queue.ts";
import { SENDING_COMMANDS } from "./sending.ts";
import { SERVER_COMMANDS } from "./server.ts";

/** Answers what `tellsmtp`, `tellpop`, `queue` and `popfetch` ask of a running appliance. */
export function controlHandler(appliance: Appliance): ControlHandler {
  return async ({ command, args }, { text, event }, signal) => {
    const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
    if (run === undefined) {
      await text(`The running appliance does not know ${command}; it may be of another version`);
      return EXIT.usage;
    }
    return await run({ appliance, args, text, event, signal });
  };
}

const COMMANDS: ControlCommands = {
  ...SERVER_COMMANDS,
  ...POLICY_COMMANDS,
  ...MONITOR_COMMANDS,
  ...SENDING_COMMANDS,
  ...QUEUE_COMMANDS,
  ...CALL_COMMANDS,
};
