import type { Login } from "./auth.ts";
import type { Gateway, RelayOptions } from "./mod.ts";
import type { Protection } from "./open_session.ts";

/**
 * How a session with `host`, where we log in, is protected: as gateway_tls says of the domain whose
 * gateway it is, or else of all. Where nothing is said the certificate must be good.
 */
export function upstreamProtection(
  host: string,
  login: Login,
  { gateways, tls, caCerts }: Pick<RelayOptions, "gateways" | "tls" | "caCerts">,
): Protection {
  const rules = [...gatewaysAt(host, gateways).map(({ domain }) => domain), "*"]
    .flatMap((domain) => tls.filter((rule) => rule.domain === domain));
  return {
    tls: rules[0]?.tls ?? "must",
    login,
    ...(caCerts === undefined ? {} : { caCerts }),
  };
}

/** Who gateway_auth says we are at `host`: a line for the very domains it is the gateway of. */
export function upstreamLogin(
  host: string,
  { gateways, logins }: Pick<RelayOptions, "gateways" | "logins">,
): Login | undefined {
  const served = gatewaysAt(host, gateways).map(({ domain }) => domain);
  const line = logins.find(({ domain }) => served.includes(domain));
  return line === undefined ? undefined : { user: line.user, password: line.password };
}

function gatewaysAt(host: string, gateways: readonly Gateway[]): readonly Gateway[] {
  return gateways.filter((gateway) => gateway.host.toLowerCase() === host.toLowerCase());
}
