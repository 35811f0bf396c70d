/**
 * The relay: hands mail for the world to the next host over SMTP.
 *
 * @module
 */
export { askAtrn, type AtrnRequest, type AtrnResult } from "./atrn.ts";
export { type EtrnRequest, sendEtrn } from "./etrn.ts";
export { gatewayFor } from "./gateways.ts";
export { createRelay, type RelayDeps } from "./relay.ts";
export {
  createResolver,
  type Found,
  type MailExchanger,
  type Resolver,
  type ResolverDeps,
  type ResolverOptions,
} from "./resolver.ts";
export { SmtpClient, TIMEOUTS_MS } from "./smtp_client.ts";
export { SmtpError } from "./smtp_error.ts";
export { upstreamLogin, upstreamProtection } from "./upstream_protection.ts";
export { type TurnedDeps, TurnedSession, TurnedSessions } from "./turned_sessions.ts";

import type { ResolverOptions } from "./resolver.ts";

/** One `gateway` line (S19): where mail for a domain goes instead of its MX. */
export interface Gateway {
  /** In ASCII and lower case; it may be a wildcard: `*` for all mail that is not local. */
  readonly domain: string;
  readonly host: string;
  readonly port: number;
}

/** One `proxy_domain` line (S31): the hosts of a domain are reached through a telnet-style proxy. */
export interface Proxy {
  /** In ASCII and lower case; it may be a wildcard. */
  readonly domain: string;
  readonly host: string;
  readonly port: number;
  /** Sent to the proxy as a line; `$IP` stands for the address of the host. */
  readonly request: string;
}

/** One `gateway_auth` line: who we are at the gateway of a domain. */
export interface GatewayLogin {
  /** In ASCII and lower case; it may be a wildcard. */
  readonly domain: string;
  readonly user: string;
  /** `oauth2:` before it makes it a token, for XOAUTH2. */
  readonly password: string;
}

/** One `gateway_tls` line: how sessions for a domain are protected. */
export interface GatewayTls {
  /** In ASCII and lower case; it may be a wildcard. */
  readonly domain: string;
  readonly tls: "none" | "may" | "must";
}

/** How the relay behaves. */
export interface RelayOptions extends ResolverOptions {
  /** Our name in EHLO. */
  readonly hostname: string;
  /** Names by which others may know this server. */
  readonly ownNames: readonly string[];
  /** In order of the configuration; an exact domain outranks a wildcard, the longest wildcard wins. */
  readonly gateways: readonly Gateway[];
  /** Ranked like the gateways. */
  readonly proxies: readonly Proxy[];
  /** Ranked like the gateways. */
  readonly logins: readonly GatewayLogin[];
  /** Ranked like the gateways; they are for mail exchangers, too. */
  readonly tls: readonly GatewayTls[];
  /** Certificate authorities beside the system's, PEM. */
  readonly caCerts?: readonly string[];
  readonly connectTimeoutMs: number;
}
