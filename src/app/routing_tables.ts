import { gatewayFor } from "../agents/relay/mod.ts";
import type { Config } from "../config/mod.ts";
import type { RoutingTables } from "../domain/routing/mod.ts";
import { matchesAnyIp } from "../formats/ip_list.ts";

/** What the recipient chain is decided by, as the configuration says. */
export function routingTables(config: Config): RoutingTables {
  const { domains, relayRules, fallbackAddresses, relay, listen } = config;
  const own = new Set([...listen.smtp, ...listen.submission].map(({ host }) => host));
  return {
    hostDomains: [domains.main, ...domains.synonyms],
    relayTo: relayRules.relayTo,
    forwardFromIp: (address) => matchesAnyIp(relayRules.forwardFromIp, address),
    forwardFrom: relayRules.forwardFrom,
    forwardUser: relayRules.forwardUser,
    fallbackAddresses,
    sysadmin: domains.sysadmin,
    gatewayFor: (domain) => {
      const gateway = gatewayFor(`postmaster@${domain}`, relay.gateways);
      return gateway && `${gateway.host}:${gateway.port}`;
    },
    isOwnAddress: (ip) => own.has(ip),
  };
}
