import type { Command } from "../command.ts";
import { runDemo } from "../demo/demo.ts";

/** `dmail demo`: the whole story on one machine. */
export const demo: Command = {
  name: "demo",
  summary: "watch a branch office collect its mail, with nothing installed",
  help: `Usage: dmail demo [--once]

A provider with waiting mail, a simulated thin line, and an office that calls:
all in this one program, on this machine alone. Shows the call, checks that
every message arrived whole and once, and goes on until Ctrl-C.

  --once    ends after the first call; exit code 0 if every message arrived`,
  flags: ["once"],
  options: [],
  maxWords: 0,
  usesConfig: false,

  async run(call) {
    return await runDemo({ once: call.flag("once") }, call.world);
  },
};
