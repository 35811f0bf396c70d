import { splitAddress } from "../../formats/address.ts";
import type { RoutingTables } from "./tables.ts";

/** An address on its way through the chain. */
export interface Recipient {
  /** As it was written. */
  readonly address: string;
  /** The part before the `@`; of a local recipient in lower case and without quotes. */
  readonly local: string;
  /** Lower case; the main domain if the address had none (`postmaster`). */
  readonly domain: string;
  readonly isLocal: boolean;
  /** The same for all ways of writing the same mailbox: loops are found by it. */
  readonly key: string;
}

/** Reads an address by the tables: whose it is, and which others mean the same. */
export function recipientOf(address: string, tables: RoutingTables): Recipient {
  const parts = splitAddress(address);
  const domain = parts.domain.toLowerCase() || (tables.hostDomains[0] ?? "").toLowerCase();
  const isLocal = parts.domain === "" || isLocalDomain(domain, tables);
  const local = isLocal ? unquoted(parts.local).toLowerCase() : parts.local;
  return { address, local, domain, isLocal, key: isLocal ? `${local}@` : `${local}@${domain}` };
}

/** The address within `[…]` if the domain is an address literal (RFC 5321 section 4.1.3). */
export function literalIn(domain: string): string | undefined {
  return /^\[(?:ipv6:)?([^\]]*)\]$/i.exec(domain)?.[1];
}

function isLocalDomain(domain: string, { hostDomains, isOwnAddress }: RoutingTables): boolean {
  const ip = literalIn(domain);
  if (ip !== undefined) return isOwnAddress(ip);
  return hostDomains.some((ours) => ours.toLowerCase() === domain);
}

function unquoted(local: string): string {
  return /^".*"$/s.test(local) ? local.slice(1, -1).replaceAll(/\\(.)/gs, "$1") : local;
}
