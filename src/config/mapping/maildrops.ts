import { matchesWildcard } from "../../formats/wildcard.ts";
import type { DropDirectory, MaildropLayout, MaildropLimits } from "../../store/mod.ts";
import type { SettingValues } from "../settings/all.ts";
import { withoutSlash } from "./paths.ts";

/** Where maildrops are. `reserved` are directories of ours that maildrops must keep clear of. */
export function maildropLayout(
  values: SettingValues,
  reserved: readonly string[],
): MaildropLayout {
  const drop = withoutSlash(values.drop_path ?? "");
  const bin = values.bin_path === undefined ? drop : withoutSlash(values.bin_path);
  return {
    main: dropDirectory(drop, values.host_domain, values),
    virtualDomains: values.vdomain.map(({ prefix, domain, dropPath }) => ({
      prefix,
      ...dropDirectory(withoutSlash(dropPath), [domain], values),
    })),
    separator: values.vdomain_separator,
    dropPrefix: values.drop_prefix,
    hashSpool: hashLevels(values.hash_spool),
    // In the example of the documents (000:1879) bin_path is drop_path: bins beside drop files.
    ...(bin === drop ? {} : { binPath: bin }),
    hashBinDir: values.hash_bindir,
    reserved,
  };
}

/** What maildrops may hold. */
export function maildropLimits(values: SettingValues): MaildropLimits {
  const { enabled, octets } = values.user_quota;
  return {
    ...(values.drop_max === undefined ? {} : { dropMaxOctets: values.drop_max }),
    ...(enabled ? { quota: octets === undefined ? {} : { defaultOctets: octets } } : {}),
  };
}

/** A line for one of the domains goes before one with wildcards. */
function dropDirectory(
  dropPath: string,
  domains: readonly string[],
  { alt_drop_path: lines }: SettingValues,
): DropDirectory {
  const line = lines.find(({ domain }) => domains.includes(domain)) ??
    lines.find(({ domain }) => domains.some((each) => matchesWildcard(domain, each)));
  return line === undefined ? { dropPath } : { dropPath, altDropPath: withoutSlash(line.path) };
}

function hashLevels(value: number): 0 | 1 | 2 {
  return value === 1 || value === 2 ? value : 0;
}
