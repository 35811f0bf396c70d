import { Appliance } from "../appliance.ts";
import { type Command, type CommandCall, EXIT } from "../command.ts";
import { configured } from "./configured.ts";

/** `dmail serve`: all servers and agents the configuration asks for. */
export const serve: Command = {
  name: "serve",
  summary: "run the mail server",
  help: `Usage: dmail serve [-i FILE]

Runs everything the configuration asks for: SMTP, POP3, the status page, the
queue, and the calls over the line. Prints a line for each listener and then
"ready". SIGHUP reads the configuration again, SIGUSR1 makes a call now, SIGTERM
lets what is under way come to its end and stops.`,
  flags: [],
  options: [],
  maxWords: 0,
  usesConfig: true,

  async run(call: CommandCall): Promise<number> {
    const { terminal, signals } = call.world;
    const usable = await configured(call);
    if (usable === undefined) return EXIT.failed;
    const result = await Appliance.start({ ...usable, listens: true, world: call.world });
    if (result.kind === "already running") {
      terminal.error(
        `dmail serve: Another dmail works in ${result.workPath}; stop it, or give this one a work_path of its own`,
      );
      return EXIT.failed;
    }
    await using appliance = result.appliance;
    // A mistake in one part must not stop the mail of a whole office.
    using _unforeseen = signals.onUnforeseen((reason) => appliance.noteUnforeseen(reason));
    using _reload = signals.onReload(() => void appliance.reload());
    using _callNow = signals.onCallNow(() => appliance.core.calls.caller.callNow("command"));
    signals.stop.addEventListener("abort", () => appliance.askToStop(), { once: true });
    if (signals.stop.aborted) appliance.askToStop();
    for (const listener of appliance.listening) terminal.line(listener);
    terminal.line("ready");
    await appliance.stopAsked;
    return EXIT.done;
  },
};
