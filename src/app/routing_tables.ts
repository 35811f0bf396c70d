import { gatewayFor } from "../agents/relay/mod.ts";
import type { AliasFileContent, Config, ForwardingSettings } from "../config/mod.ts";
import {
  type Aliases,
  type AliasSource,
  createAliases,
  PatternIndex,
  type RoutingTables,
} from "../domain/routing/mod.ts";
import { matchesAnyIp } from "../formats/ip_list.ts";
import type { Machine } from "../platform/mod.ts";
import { isOwnAddress } from "./own_addresses.ts";
import { goesByAtrn, isSuspended } from "./suspended_domains.ts";
import { userNames } from "./user_names.ts";

/** What the recipient chain is decided by, as the configuration says. */
export function routingTables(
  config: Config,
  machine: Pick<Machine, "addresses">,
): RoutingTables {
  const { domains, forwarding, listen, relayRules, relay } = config;
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
    waitsFor(domain) {
      const someone = `postmaster@${domain}`;
      if (!isSuspended(() => config)(someone)) return undefined;
      return goesByAtrn(() => config)(someone) ? "ATRN" : "ETRN";
    },
    isOwnAddress: (ip) =>
      isOwnAddress(ip, [...listen.smtp, ...listen.submission, ...listen.smtps], machine),
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
