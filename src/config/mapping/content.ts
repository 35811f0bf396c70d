import type { ContentSettings, PathSettings } from "../config.ts";
import type { ContentFiles } from "../content_files.ts";
import type { SettingValues } from "../settings/all.ts";
import { below } from "./paths.ts";

/** What is looked for in messages, and what is changed in them. */
export function contentSettings(
  values: SettingValues,
  paths: PathSettings,
  { filterRules, footers }: ContentFiles,
): ContentSettings {
  return {
    filterRules,
    footers,
    recipientHeader: values.rcpt_header ?? "",
    bombs: {
      max: values.bomb_max,
      decreasePerHour: values.bomb_dec,
      maxEntries: values.bomb_entries,
      directory: below(paths.work, values.bomb_dir),
      exceptFrom: values.bomb_exception_from.flat(),
      exceptTo: values.bomb_exception_to.flat(),
      exceptIp: [...values.bomb_exception_ip.flat(), ...values.fromip_nolimit.flat()],
    },
  };
}
