import { parseIpList } from "../../formats/ip_list.ts";
import type { ContentSettings, PathSettings } from "../config.ts";
import type { ContentFiles } from "../content_files.ts";
import type { SettingValues } from "../settings/all.ts";
import { below } from "./paths.ts";

/** The original's bomb_max (2.2). */
const DEFAULT_BOMB_MAX = 50;

/** What runs on this machine is the administrator's own, unless he says what is too much. */
const THIS_MACHINE = "127.0.0.0/8,::1";

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
      max: values.bomb_max ?? DEFAULT_BOMB_MAX,
      decreasePerHour: values.bomb_dec,
      maxEntries: values.bomb_entries,
      directory: below(paths.work, values.bomb_dir),
      exceptFrom: values.bomb_exception_from.flat(),
      exceptTo: values.bomb_exception_to.flat(),
      exceptIp: [
        ...values.bomb_exception_ip.flat(),
        ...values.fromip_nolimit.flat(),
        ...(values.bomb_max === undefined ? parseIpList(THIS_MACHINE) : []),
      ],
    },
  };
}
