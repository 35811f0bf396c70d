import { nearest } from "../../formats/did_you_mean.ts";
import { count, size, table } from "../../formats/words.ts";
import { type LogLevel, type LogProgram, processUsage } from "../../platform/mod.ts";
import { EXIT } from "../command.ts";
import { statusText } from "../status_view.ts";
import type { ControlCommands } from "./command.ts";

/** The appliance as a whole: what it is, how it is, what it is set to. */
export const SERVER_COMMANDS: ControlCommands = {
  async reload({ appliance, text }) {
    const { kind, problems } = await appliance.reload();
    for (const problem of problems) await text(problem);
    await text(kind === "reloaded" ? "Reloaded" : "Not reloaded: the old configuration stays");
    return kind === "reloaded" ? EXIT.done : EXIT.failed;
  },

  async status({ appliance, text }) {
    const inUse = appliance.core.queue.underWay().flatMap(({ messages }) => messages);
    await text(statusText(await appliance.status.snapshot(), inUse));
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
      const meant = nearest(name.toLowerCase(), config.settings.map(({ name }) => name));
      const advice = meant === undefined
        ? "conf/REFERENCE.md lists them"
        : `did you mean ${meant}?`;
      await text(`There is no setting ${name}; ${advice}`);
      return EXIT.failed;
    }
    await text(`${settingLines(setting.name, setting.text)}\n# ${setting.source}`);
    return EXIT.done;
  },

  async profile({ appliance, text }) {
    const { memoryOctets, heapOctets, userMs, systemMs } = processUsage();
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
    await text(table([
      ["memory", `${size(memoryOctets)}, ${size(heapOctets)} of it in objects`],
      ["processor", `${seconds(userMs)} in the program, ${seconds(systemMs)} in the system for it`],
      ["queue", count(appliance.core.queue.counts().messages, "message")],
    ]));
    return EXIT.done;
  },

  async clear_cache_all({ appliance, text }) {
    const logins = appliance.core.accounts.forgetLogins();
    await text(`Forgot ${count(logins, "remembered login")}`);
    return EXIT.done;
  },

  /** Where the servers listen; a port 0 in the configuration does not say. */
  async listening({ appliance, event }) {
    await event({ kind: "listening", at: appliance.listening });
    return EXIT.done;
  },
};

/** As it would stand in dmail.conf, a line for each value. */
function settingLines(name: string, values: string): string {
  return values.split("\n").map((value) => `${name} ${value}`.trimEnd()).join("\n");
}
