import { gatewayFor } from "../agents/relay/mod.ts";
import type { AliasFileContent, Config, ForwardingSettings } from "../config/mod.ts";
import {
  type Aliases,
  type AliasSource,
  createAliases,
  PatternIndex,
  type RoutingTables,
} from "../domain/routing/mod.ts";
import { isIpv4, sameAddress } from "../formats/ip_address.ts";
import { matchesAnyIp } from "../formats/ip_list.ts";
import type { Machine } from "../platform/mod.ts";
import { userNames } from "./user_names.ts";

/** What the recipient chain is decided by, as the configuration says. */
export function routingTables(
  config: Config,
  { addresses }: Pick<Machine, "addresses">,
): RoutingTables {
  const { domains, forwarding, relayRules, relay } = config;
  const names = userNames(config);
  return {
    names,
    forwards: new PatternIndex([
      ...forwarding.forward.map((rule) => ({ ...rule, keepsOriginal: false })),
      ...forwarding.forwardCc.map((rule) => ({ ...rule, keepsOriginal: true })),
    ]),
    aliases: aliasesOf(forwarding, { main: names.main.name, file: config.path }),
    dotForward: forwarding.dotForward,
    relayTo: relayRules.relayTo,
    forwardFromIp: (address) => matchesAnyIp(relayRules.forwardFromIp, address),
    forwardFrom: relayRules.forwardFrom,
    forwardUser: relayRules.forwardUser,
    fallbackAddresses: forwarding.fallbackAddresses,
    sysadmin: domains.sysadmin,
    gatewayFor: (domain) => {
      const gateway = gatewayFor(`postmaster@${domain}`, relay.gateways);
      return gateway && `${gateway.host}:${gateway.port}`;
    },
    isOwnAddress: (ip) => isOwn(ip, config, addresses),
  };
}

function aliasesOf(
  { alias, aliasFile, aliasFilesOfDomains, aliasFallthrough }: ForwardingSettings,
  { main, file }: { readonly main: string; readonly file: string },
): Aliases {
  const sources = new Map<string, AliasSource>(); // One for a file, however many domains share it.
  const sourceOf = ({ path, aliases }: AliasFileContent) => {
    const rules = aliases.map(({ name, targets, line }) => ({ pattern: name, targets, line }));
    const source = sources.get(path) ?? { name: path, rules };
    sources.set(path, source);
    return source;
  };
  return createAliases({
    lines: { name: file, rules: alias },
    ofDomains: aliasFilesOfDomains.map(({ domain, file }) => ({ domain, source: sourceOf(file) })),
    common: aliasFile && sourceOf(aliasFile),
    fallthrough: aliasFallthrough,
  }, main);
}

/** Where we listen at all addresses, those of this machine at the moment are ours. */
function isOwn(ip: string, { listen }: Config, addresses: Machine["addresses"]): boolean {
  const hosts = [...listen.smtp, ...listen.submission, ...listen.smtps].map(({ host }) => host);
  const atAll = hosts.includes("::") || (hosts.includes("0.0.0.0") && isIpv4(ip));
  return [...hosts, ...(atAll ? addresses() : [])].some((own) => sameAddress(own, ip));
}
