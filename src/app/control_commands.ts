import type { CallEvent, CallReason } from "../domain/link/mod.ts";
import type { Log, LogLevel, LogProgram } from "../platform/mod.ts";
import type { ControlHandler } from "../servers/control/mod.ts";
import type { QueueId } from "../store/mod.ts";
import type { Appliance } from "./appliance.ts";
import { EXIT } from "./command.ts";
import { queueDetails, queueTable } from "./queue_view.ts";
import { statusText } from "./status_view.ts";

/** What a control command can do while it runs. */
interface Session {
  readonly appliance: Appliance;
  readonly args: readonly string[];
  readonly text: (text: string) => Promise<void>;
  readonly event: (event: unknown) => Promise<void>;
  readonly signal: AbortSignal;
}

type ControlCommand = (session: Session) => Promise<number>;

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

const COMMANDS: Readonly<Record<string, ControlCommand>> = {
  async reload({ appliance, text }) {
    const { kind, problems } = await appliance.reload();
    for (const problem of problems) await text(problem);
    await text(kind === "reloaded" ? "Reloaded" : "Not reloaded: the old configuration stays");
    return kind === "reloaded" ? EXIT.done : EXIT.failed;
  },

  async status({ appliance, text }) {
    await text(statusText(await appliance.status.snapshot()));
    return EXIT.done;
  },

  async shutdown({ appliance, text }) {
    await text("Stopping");
    appliance.askToStop();
    return EXIT.done;
  },

  async log_level({ appliance, args, text }) {
    const [program, level] = args as [LogProgram, LogLevel];
    appliance.logs.setLevel(level, program);
    await text(`${program} logs at level ${level} until the next reload`);
    return EXIT.done;
  },

  async config({ appliance, args: [name], text }) {
    const { config } = appliance;
    if (name === undefined) {
      for (const { name, text: values } of config.settings) await text(settingLines(name, values));
      return EXIT.done;
    }
    const setting = config.setting(name);
    if (setting === undefined) {
      await text(`There is no setting ${name}; conf/REFERENCE.md lists them`);
      return EXIT.failed;
    }
    await text(`${settingLines(setting.name, setting.text)}\n# ${setting.source}`);
    return EXIT.done;
  },

  async password({ appliance, args: [password = ""], text }) {
    await appliance.password.set(password);
    await text("The manager password is set");
    return EXIT.done;
  },

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

  async queue({ appliance, args: [action = "list", id = "", format], text, event, signal }) {
    const { queue } = appliance.core;
    const entries = queue.entries();
    const nowMs = appliance.world.clock.now();
    switch (action) {
      case "list":
        if (format === "json") await event({ kind: "queue", entries });
        else await text(queueTable(entries, nowMs));
        return EXIT.done;
      case "show": {
        const entry = entries.find((each) => each.id === id);
        if (entry === undefined) return await notInQueue(id, text);
        if (format === "json") await event({ kind: "queue", entries: [entry] });
        else await text(queueDetails(entry, nowMs));
        return EXIT.done;
      }
      case "flush": {
        using _lease = await appliance.core.link.hold(signal);
        const report = await queue.flush(id === "" ? {} : { domain: id }, signal);
        for (const problem of report.problems) await text(problem);
        await text(
          `Sent ${report.delivered}, put off ${report.deferred}, given back ${report.failed}`,
        );
        return report.deferred + report.failed === 0 ? EXIT.done : EXIT.failed;
      }
      case "hold":
      case "release":
      case "delete":
        if (!await queue[action](id as QueueId)) return await notInQueue(id, text);
        await text(`${id} ${{ hold: "held", release: "released", delete: "deleted" }[action]}`);
        return EXIT.done;
      default:
        await text(`The queue does not know ${action}`);
        return EXIT.usage;
    }
  },
};

/** As it would stand in dmail.conf, a line for each value. */
function settingLines(name: string, values: string): string {
  return values.split("\n").map((value) => `${name} ${value}`.trimEnd()).join("\n");
}

async function notInQueue(id: string, text: Session["text"]): Promise<number> {
  await text(`There is no message ${id} in the queue`);
  return EXIT.failed;
}

/** A client that went away must not end what it watched. */
async function tell(event: Session["event"], value: unknown, log: Log): Promise<void> {
  try {
    await event(value);
  } catch (error) {
    log.debug("A watcher of the call has gone", { reason: String(error) });
  }
}
