import { Changes, type LogLine, logLine } from "../../platform/mod.ts";
import { EXIT } from "../command.ts";
import type { ControlCommands } from "./command.ts";

/** How many lines wait for a client that reads slowly; later ones are left out. */
const MAX_WAITING = 1000;

/** What happens, as it happens. */
export const MONITOR_COMMANDS: ControlCommands = {
  async monitors({ appliance, text, signal }) {
    const waiting: LogLine[] = [];
    const changes = new Changes();
    let leftOut = 0;
    using _subscribed = appliance.logs.subscribe((line) => {
      if (waiting.length < MAX_WAITING) waiting.push(line);
      else leftOut++;
      changes.notify();
    });
    await text("This is what happens from now on; press Ctrl-C to end");
    for (let seen = -1; !signal.aborted;) {
      if (seen === changes.version) await changes.next(signal);
      seen = changes.version;
      for (const line of waiting.splice(0)) await text(shown(line));
      if (leftOut > 0) await text(`${leftOut} lines were left out`);
      leftOut = 0;
    }
    return EXIT.done;
  },
};

function shown({ program, atMs, level, text }: LogLine): string {
  return `${program.padEnd("popfetch".length)} ${logLine(atMs, level, text)}`;
}
