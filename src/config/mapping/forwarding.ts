import { asciiDomainPattern } from "../../formats/domain.ts";
import type { AliasFiles } from "../alias_files.ts";
import type { AliasFileContent, ForwardingSettings } from "../config.ts";
import type { SettingValues } from "../settings/all.ts";

/** Where mail is redirected to. */
export function forwardingSettings(
  values: SettingValues,
  { byPath }: AliasFiles,
): ForwardingSettings {
  const contentOf = (path: string): AliasFileContent => ({ path, aliases: byPath.get(path) ?? [] });
  return {
    forward: values.forward,
    forwardCc: values.forward_cc,
    alias: values.alias,
    aliasFilesOfDomains: values.alias_file_domain.map(({ domain, path }) => ({
      domain: asciiDomainPattern(domain),
      file: contentOf(path),
    })),
    aliasFile: values.alias_file === undefined ? undefined : contentOf(values.alias_file),
    aliasFallthrough: values.alias_fallthrough,
    fallbackAddresses: values.fallback_address.map(({ domain, address }) => ({
      domain: asciiDomainPattern(domain),
      address,
    })),
    dotForward: values.authent_method === "unix_user" && !values.no_dotforward,
    logChain: values.log_chain,
  };
}
