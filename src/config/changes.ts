import type { Config } from "./config.ts";
import { type SettingName, SETTINGS } from "./settings/all.ts";

/** A setting that a reload has changed. */
export interface SettingChange {
  readonly name: SettingName;
  /** `restart`: the running servers go on with the old value. */
  readonly effect: "reload" | "restart";
}

/** What differs between two configurations, in the order of the reference. */
export function changesBetween(before: Config, after: Config): readonly SettingChange[] {
  return after.settings
    .filter(({ name }) => valueText(before, name) !== valueText(after, name))
    .map(({ name }) => ({ name, effect: SETTINGS[name].effect }));
}

/** The value, and not the line: a comment, or a default that was written down, changes nothing. */
function valueText(config: Config, name: SettingName): string {
  return JSON.stringify(config.value(name)) ?? "";
}
