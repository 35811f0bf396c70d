import type { Clock, CommandResult, Commands } from "../../platform/mod.ts";
import type { SlowLine } from "./slow_line.ts";

/** How long the simulated modem dials, in ms. */
const DIAL_MS = 1500;

/** The demo's modem: answers `link_up`, `link_down` and `link_check` of its configuration. */
export function demoModem(line: SlowLine, { clock }: { clock: Clock }): Commands {
  const done: CommandResult = { code: 0, output: "", timedOut: false };
  return {
    async run(command, _options, signal) {
      switch (command) {
        case "dial":
          await clock.sleep(DIAL_MS, signal);
          line.bringUp();
          return done;
        case "hang up":
          line.takeDown();
          return done;
        case "is it up":
          return line.isUp ? done : { ...done, code: 1, output: "no carrier" };
        default:
          return { ...done, code: 127, output: `The modem does not know ${command}` };
      }
    },
  };
}
