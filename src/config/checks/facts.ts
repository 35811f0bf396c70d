import type { ConfigProblem } from "../problem.ts";
import type { SettingName, SettingValues } from "../settings/all.ts";

/** What a check is given. */
export interface Facts {
  readonly values: SettingValues;
  /** Notes a problem at the `index`-th line of a setting, or at the file if it is not set. */
  readonly report: (
    severity: ConfigProblem["severity"],
    name: SettingName,
    message: string,
    index?: number,
  ) => void;
  readonly isLocal: (domain: string) => boolean;
  /** Whether the setting has lines, but none that is valid: that was reported already. */
  readonly isBad: (name: SettingName) => boolean;
}
