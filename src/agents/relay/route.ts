import { splitAddress } from "../../formats/address.ts";
import { asciiDomain } from "../../formats/domain.ts";
import { exactness, gatewayFor, lineFor } from "./gateways.ts";
import type { Gateway, Proxy, RelayOptions } from "./mod.ts";
import { endpointName } from "./name_servers.ts";

/** How mail for a domain leaves, as the configuration says. */
export interface Route {
  /** The same for all that may share a connection: `host:port` of a gateway, or the domain. */
  readonly name: string;
  /** In ASCII; its mail exchangers are asked for if there is no gateway. */
  readonly domain: string;
  readonly gateway: Gateway | undefined;
  readonly proxy: Proxy | undefined;
}

/**
 * The route for mail to `address`. A gateway takes the place of the mail exchangers (B15). A proxy
 * leads to either, but not to a gateway whose line names the domain more exactly than the proxy's:
 * `proxy_domain *` is for the world, not for a server of ours that has a line of its own.
 */
export function routeOf(
  address: string,
  { gateways, proxies }: Pick<RelayOptions, "gateways" | "proxies">,
): Route {
  const domain = asciiDomain(splitAddress(address).domain);
  const gateway = gatewayFor(address, gateways);
  const line = lineFor(domain, proxies);
  const isBehind = line !== undefined &&
    (gateway === undefined || exactness(line, domain) >= exactness(gateway, domain));
  const proxy = isBehind ? line : undefined;
  const to = gateway === undefined ? domain : endpointName(gateway);
  // By the request too: the same proxy may know two of them.
  const by = proxy === undefined ? "" : ` by ${endpointName(proxy)} ${proxy.request}`;
  return { name: to + by, domain, gateway, proxy };
}
