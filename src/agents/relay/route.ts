import { splitAddress } from "../../formats/address.ts";
import { literalAddress } from "../../formats/address_literal.ts";
import { asciiDomain } from "../../formats/domain.ts";
import { exactness, gatewayFor, lineFor } from "./gateways.ts";
import type { Gateway, GatewayLogin, Proxy, RelayOptions } from "./mod.ts";
import { endpointName } from "./name_servers.ts";
import type { Protection } from "./open_session.ts";

/** How mail for a domain leaves, as the configuration says. */
export interface Route {
  /** The same for all that may share a connection: `host:port` of a gateway, or the domain. */
  readonly name: string;
  /** In ASCII; its mail exchangers are asked for if there is no gateway, and it is no literal. */
  readonly domain: string;
  /** The address in an address literal (RFC 5321 section 4.1.3): the host, unless there is a gateway. */
  readonly literal?: string;
  readonly gateway: Gateway | undefined;
  readonly proxy: Proxy | undefined;
  readonly protection: Protection;
}

type RouteOptions = Pick<RelayOptions, "gateways" | "proxies" | "logins" | "tls" | "caCerts">;

/**
 * The route for mail to `address`. A gateway takes the place of the mail exchangers (B15). A proxy
 * leads to either, but not to a gateway whose line names the domain more exactly than the proxy's:
 * `proxy_domain *` is for the world, not for a server of ours that has a line of its own.
 */
export function routeOf(address: string, options: RouteOptions): Route {
  const { gateways, proxies } = options;
  const domain = asciiDomain(splitAddress(address).domain);
  const gateway = gatewayFor(address, gateways);
  const line = lineFor(domain, proxies);
  const isBehind = line !== undefined &&
    (gateway === undefined || exactness(line, domain) >= exactness(gateway, domain));
  const proxy = isBehind ? line : undefined;
  const literal = literalAddress(domain);
  // The same host, however its address is written.
  const own = literal === undefined ? domain : `[${literal}]`;
  const to = gateway === undefined ? own : endpointName(gateway);
  // By the request too: the same proxy may know two of them.
  const by = proxy === undefined ? "" : ` by ${endpointName(proxy)} ${proxy.request}`;
  const protection = protectionOf(domain, gateway, options);
  const name = to + by + protectionName(protection);
  return {
    name,
    domain,
    gateway,
    proxy,
    protection,
    ...(literal === undefined ? {} : { literal }),
  };
}

/**
 * A password goes to no gateway whose line names the domain more exactly than the password's:
 * `gateway_auth *` is for the provider, not for a server of ours that has a line of its own; nor to
 * a mail exchanger. Where there is one the session must be encrypted, unless something else is said.
 */
function protectionOf(
  domain: string,
  gateway: Gateway | undefined,
  { logins, tls, caCerts }: RouteOptions,
): Protection {
  const line = lineFor(domain, logins);
  const isMeant = line !== undefined && gateway !== undefined &&
    exactness(line, domain) >= exactness(gateway, domain);
  const login: GatewayLogin | undefined = isMeant ? line : undefined;
  return {
    tls: lineFor(domain, tls)?.tls ?? (login === undefined ? "may" : "must"),
    ...(login === undefined ? {} : { login: { user: login.user, password: login.password } }),
    ...(caCerts === undefined ? {} : { caCerts }),
  };
}

/** Mail that is protected in different ways does not share a connection. */
function protectionName({ tls, login }: Protection): string {
  const as = login === undefined ? "" : ` as ${login.user}`;
  return as + (tls === (login === undefined ? "may" : "must") ? "" : ` tls ${tls}`);
}
