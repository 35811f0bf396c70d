/**
 * The relay: hands mail for the world to the next host over SMTP.
 *
 * @module
 */
export { type EtrnRequest, sendEtrn } from "./etrn.ts";
export { gatewayFor } from "./gateways.ts";
export { createRelay, type RelayDeps } from "./relay.ts";
export { SmtpClient, SmtpError, TIMEOUTS_MS } from "./smtp_client.ts";

/** One `gateway` line (S19): where mail for a domain goes instead of its MX. */
export interface Gateway {
  /** Domain or wildcard; `*` for all mail that is not local. */
  readonly domain: string;
  readonly host: string;
  readonly port: number;
}

/** How the relay behaves. */
export interface RelayOptions {
  /** Our name in EHLO. */
  readonly hostname: string;
  /** In order of the configuration; an exact domain outranks a wildcard, the longest wildcard wins. */
  readonly gateways: readonly Gateway[];
  readonly connectTimeoutMs: number;
}
