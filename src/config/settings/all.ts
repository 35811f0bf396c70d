import type { Setting } from "../setting.ts";
import { ACCOUNT_SETTINGS } from "./accounts.ts";
import { DOMAIN_SETTINGS } from "./domains.ts";
import { FETCH_SETTINGS } from "./fetch.ts";
import { GUARD_SETTINGS } from "./guard.ts";
import { LINK_SETTINGS } from "./link.ts";
import { LIST_SETTINGS } from "./lists.ts";
import { LISTENER_SETTINGS } from "./listeners.ts";
import { LOG_SETTINGS } from "./logging.ts";
import { POP_SETTINGS } from "./pop.ts";
import { ROUTING_SETTINGS } from "./routing.ts";
import { SMTP_SETTINGS } from "./smtp.ts";
import { STORAGE_SETTINGS } from "./storage.ts";

/** Every setting there is. Parser, checks, defaults and reference come from this table alone. */
export const SETTINGS = {
  ...DOMAIN_SETTINGS,
  ...STORAGE_SETTINGS,
  ...LOG_SETTINGS,
  ...ACCOUNT_SETTINGS,
  ...LISTENER_SETTINGS,
  ...SMTP_SETTINGS,
  ...GUARD_SETTINGS,
  ...ROUTING_SETTINGS,
  ...POP_SETTINGS,
  ...LINK_SETTINGS,
  ...FETCH_SETTINGS,
  ...LIST_SETTINGS,
} as const;

/** The same table by subject, for the reference. */
export const SETTING_GROUPS: readonly {
  readonly title: string;
  readonly settings: Readonly<Record<string, Setting<unknown>>>;
}[] = [
  { title: "Domains", settings: DOMAIN_SETTINGS },
  { title: "Directories and mailboxes", settings: STORAGE_SETTINGS },
  { title: "Logs", settings: LOG_SETTINGS },
  { title: "Users", settings: ACCOUNT_SETTINGS },
  { title: "Ports, and who may use them", settings: LISTENER_SETTINGS },
  { title: "Taking mail", settings: SMTP_SETTINGS },
  { title: "Limits and bans", settings: GUARD_SETTINGS },
  { title: "Where mail goes", settings: ROUTING_SETTINGS },
  { title: "Reading mail", settings: POP_SETTINGS },
  { title: "The line", settings: LINK_SETTINGS },
  { title: "POPFetch", settings: FETCH_SETTINGS },
  { title: "Mailing lists", settings: LIST_SETTINGS },
];

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS;

/** What a setting's value is, by its name. */
export type SettingValue<N extends SettingName> = (typeof SETTINGS)[N] extends Setting<infer T> ? T
  : never;

/** The values of all settings. */
export type SettingValues = { readonly [N in SettingName]: SettingValue<N> };

/** The names, in the order of the table. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** The documented name of a setting that may be written under another one, in lower case. */
export function settingNamed(name: string): SettingName | undefined {
  return SETTING_NAMES.find((known) => known === name || SETTINGS[known].aliases?.includes(name));
}
