/**
 * The configuration: `dmail.conf` into one frozen {@linkcode Config}, or a list of what is wrong
 * with it, each with file, line and what to write instead.
 *
 * @module
 */
export { changesBetween, type SettingChange } from "./changes.ts";
export type {
  AccessSettings,
  AccountSettings,
  AliasFileContent,
  Config,
  DomainSettings,
  ForwardingSettings,
  LinkSettings,
  ListenSettings,
  LogSettings,
  MailboxSettings,
  PathSettings,
  RelayRules,
  SettingReport,
} from "./config.ts";
export { type ConfigResult, loadConfig, type LoadOptions, parseConfig } from "./load.ts";
export { type ConfigProblem, formatProblem, formatProblemPlainly } from "./problem.ts";
export { referenceText } from "./reference.ts";
export type { SettingName, SettingValue } from "./settings/all.ts";
export type { LineCap, Tariff, TimeWindow } from "./types/line_rules.ts";
export type { VirtualDomain } from "./types/people.ts";
export type { FallbackAddress } from "./types/rules.ts";
