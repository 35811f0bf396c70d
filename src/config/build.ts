import type { AliasFiles } from "./alias_files.ts";
import type { AuthorityFiles } from "./authority_files.ts";
import type { Config, SettingReport } from "./config.ts";
import type { ContentFiles } from "./content_files.ts";
import type { Evaluation } from "./evaluate.ts";
import { deepFreeze } from "./freeze.ts";
import { contentSettings } from "./mapping/content.ts";
import { forwardingSettings } from "./mapping/forwarding.ts";
import { linkSettings, mailSettings } from "./mapping/mail.ts";
import { pathSettings, storeSettings } from "./mapping/machine.ts";
import { serverSettings } from "./mapping/servers.ts";
import { defaultFor, type Setting } from "./setting.ts";
import { SETTING_NAMES, type SettingName, settingNamed, SETTINGS } from "./settings/all.ts";

/** What a configuration is made of, beside its lines. */
export interface BuildContext {
  readonly path: string;
  readonly files: readonly string[];
  readonly aliasFiles: AliasFiles;
  readonly contentFiles: ContentFiles;
  readonly authorityFiles: AuthorityFiles;
  readonly os: "windows" | "unix";
  /** Of the product, for greetings. */
  readonly version: string;
}

/** Makes the frozen configuration of values that were checked. */
export function buildConfig(evaluation: Evaluation, context: BuildContext): Config {
  const values = deepFreeze(evaluation.values);
  const paths = pathSettings(values);
  const settings = SETTING_NAMES.map((name) => report(name, evaluation, context.os));
  return deepFreeze({
    path: context.path,
    files: context.files,
    value: (name) => values[name],
    setting(name) {
      const known = settingNamed(name.toLowerCase());
      return settings.find((one) => one.name === known);
    },
    settings,
    ...serverSettings(values, context.version),
    ...mailSettings(values, paths, context.authorityFiles),
    ...storeSettings(values, paths),
    content: contentSettings(values, paths, context.contentFiles),
    forwarding: forwardingSettings(values, context.aliasFiles),
    link: linkSettings(values),
    paths,
  });
}

function report(
  name: SettingName,
  { origins }: Evaluation,
  os: "windows" | "unix",
): SettingReport {
  const setting: Setting<unknown> = SETTINGS[name];
  const lines = origins.get(name);
  if (lines !== undefined) {
    return {
      name,
      text: lines.map(({ text }) => setting.mask(text)).join("\n"),
      source: lines.map(({ file, line }) => `${file}:${line}`).join(", "),
    };
  }
  const text = setting.defaultText === undefined ? "" : defaultFor(setting.defaultText, os);
  return { name, text, source: "default" };
}
