import type { Config, PathSettings } from "../config.ts";
import type { SettingValues } from "../settings/all.ts";
import { maildropLayout, maildropLimits } from "./maildrops.ts";
import { below, withoutSlash } from "./paths.ts";

/** Directories, with those that follow from others. */
export function pathSettings(values: SettingValues): PathSettings {
  const work = withoutSlash(values.work_path ?? "");
  const drop = withoutSlash(values.drop_path ?? "");
  return {
    work,
    drop,
    bin: withoutSlash(values.bin_path ?? drop),
    dsmtp: withoutSlash(values.dsmtp_path ?? work),
    log: withoutSlash(values.log_path ?? work),
    stats: values.stats_path === undefined ? undefined : below(work, values.stats_path),
  };
}

/** What is kept on this machine: logs, accounts, mailboxes. */
export function storeSettings(
  values: SettingValues,
  paths: PathSettings,
): Pick<Config, "logs" | "accounts" | "mailboxes"> {
  const nwauthPath = withoutSlash(values.nwauth_path ?? paths.dsmtp);
  const reserved = [paths.work, paths.log, paths.dsmtp, nwauthPath];
  return {
    logs: { directory: paths.log, level: values.log_level, maxOctets: values.log_size },
    accounts: {
      nwauthPath,
      cacheEntries: values.auth_nocache ? 0 : values.authent_cache,
      withDomain: values.authent_domain,
    },
    mailboxes: {
      layout: maildropLayout(values, reserved),
      limits: maildropLimits(values),
      binFull: values.bin_pfull,
      dropUsers: values.drop_users.flat(),
      minSpaceOctets: values.min_space,
    },
  };
}
