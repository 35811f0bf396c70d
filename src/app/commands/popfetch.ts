import type { AccountReport, CallProgress, CallReport } from "../../domain/link/mod.ts";
import { Appliance } from "../appliance.ts";
import { CallView } from "../call_view.ts";
import { type Command, type CommandCall, EXIT } from "../command.ts";
import { type Configured, configured } from "./configured.ts";
import { askRunning, why } from "./running.ts";

/** `dmail popfetch`: one call now (C24). */
export const popfetch: Command = {
  name: "popfetch",
  summary: "make one call now: collect mail, send what waits",
  help: `Usage: dmail popfetch [-once] [--json] [-i FILE]
       dmail popfetch -test

Makes one call now and shows what it does: collects from every pf_user account
and sends what waits. If the server runs, it makes the call; if not, this
command does everything itself and ends. Ends with 0 if all went well.

  -once     the same; for those who expect it to be needed
  -test     dials, connects and says what would be collected, and for whom;
            changes nothing, here or there
  --json    prints the call's report as JSON and nothing else`,
  flags: ["once", "test", "json"],
  options: [],
  maxWords: 0,
  usesConfig: true,

  async run(call) {
    const usable = await configured(call, { quiet: true });
    if (usable === undefined) return EXIT.failed;
    const { work } = usable.config.paths;
    const mode = call.flag("test") ? "test" : "once";
    if (mode === "test" && usable.config.popfetch.accounts.length === 0 && !call.flag("json")) {
      call.world.terminal.line("No mailbox would be collected: there is no pf_user line");
      return EXIT.done;
    }
    const show = shower(call);
    const answer = await askRunning(call, work, {
      command: "popfetch",
      args: [mode],
      event: show,
    });
    if (answer.kind === "answered") return answer.code;
    if (answer.kind === "not running") return await alone(call, usable, { mode, show });
    call.world.terminal.error(`dmail popfetch: ${why(answer, work)}`);
    return EXIT.failed;
  },
};

/** What comes while a call runs, and at its end. */
type ShownEvent =
  | CallProgress
  | { readonly kind: "report"; readonly report: CallReport }
  | { readonly kind: "preview"; readonly reports: readonly AccountReport[] };

/** Shows events on the terminal, or only the report at the end as JSON. */
function shower(call: CommandCall): (event: unknown) => void {
  const { terminal } = call.world;
  const view = new CallView(call.world);
  const json = call.flag("json");
  return (value) => {
    const event = value as ShownEvent;
    if (event.kind === "report" || event.kind === "preview") {
      if (json) terminal.line(JSON.stringify("report" in event ? event.report : event.reports));
    } else if (!json) {
      view.show(event);
    }
  };
}

/** No server runs: an appliance that listens nowhere makes the call, delivers, and ends. */
async function alone(
  call: CommandCall,
  usable: Configured,
  { mode, show }: { mode: "once" | "test"; show: (event: unknown) => void },
): Promise<number> {
  const { privileges, signals: { stop }, terminal } = call.world;
  await privileges.becomeOwnerOf(usable.config.paths.work);
  const result = await Appliance.start({
    ...usable,
    listens: false,
    world: call.world,
    onCall: (event) => event.kind === "progress" && show(event.event),
  });
  if (result.kind === "already running") {
    terminal.error("dmail popfetch: A server is starting or stopping; try again in a moment");
    return EXIT.failed;
  }
  await using appliance = result.appliance;
  const { caller, popfetch: agent } = appliance.core.calls;
  if (mode === "test") {
    using _lease = await appliance.core.link.hold(stop);
    const reports = await agent.preview(show, stop);
    show({ kind: "preview", reports });
    return reports.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
  }
  const ended = await caller.callNow("command").report;
  show({ kind: "report", report: ended });
  return ended.ok ? EXIT.done : EXIT.failed;
}
