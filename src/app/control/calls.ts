import type { CallEvent, CallReason } from "../../domain/link/mod.ts";
import type { Log } from "../../platform/mod.ts";
import { EXIT } from "../command.ts";
import type { ControlCommands, ControlSession } from "./command.ts";

/** Calls over the line. */
export const CALL_COMMANDS: ControlCommands = {
  async popfetch({ appliance, args: [mode], event, text, signal }) {
    const { calls: { caller, popfetch } } = appliance.core;
    const log = appliance.logs.for("popfetch");
    if (mode === "test") {
      using _lease = await appliance.core.link.hold(signal);
      const reports = await popfetch.preview((progress) => void tell(event, progress, log), signal);
      await event({ kind: "preview", reports });
      return reports.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
    }
    const { outcome, report } = caller.callNow("command" satisfies CallReason);
    if (outcome === "already running") {
      await text("A call is already running; this is what it does");
    }
    using _subscribed = caller.subscribe((happened: CallEvent) => {
      if (happened.kind === "progress") void tell(event, happened.event, log);
    });
    const done = await report;
    await event({ kind: "report", report: done });
    return done.ok ? EXIT.done : EXIT.failed;
  },
};

/** A client that went away must not end what it watched. */
async function tell(event: ControlSession["event"], value: unknown, log: Log): Promise<void> {
  try {
    await event(value);
  } catch (error) {
    log.debug("A watcher of the call has gone", { reason: String(error) });
  }
}
