import { splitAddress } from "../../formats/address.ts";
import { isLiteral, literalAddress } from "../../formats/address_literal.ts";
import { asciiDomain } from "../../formats/domain.ts";
import type { OwnDomain } from "../accounts/mod.ts";
import type { RoutingTables } from "./tables.ts";

/** An address on its way through the chain. */
export interface Recipient {
  /** As it was written, with a domain; only `postmaster` may have none. */
  readonly address: string;
  /** What the log calls it: the name alone in the main domain, else the address (000:846). */
  readonly name: string;
  /** The part before the `@`; of a local recipient in lower case and without quotes. */
  readonly local: string;
  /** Lower case and ASCII; the name of the domain of ours that an address literal stands for. */
  readonly domain: string;
  /** The domain, if it is one of ours. */
  readonly own: OwnDomain | undefined;
  /** What rules are compared with: the address with its `domain`. */
  readonly ruleText: string;
  /** The same for all ways of writing the same address: loops are found by it. */
  readonly key: string;
}

/** Reads an address by the tables: whose it is, and which others mean the same. */
export function recipientOf(address: string, tables: RoutingTables): Recipient {
  const parts = splitAddress(address);
  const own = ownDomain(parts.domain, tables);
  const domain = own?.name ?? asciiDomain(parts.domain);
  const local = own === undefined ? parts.local : unquoted(parts.local).toLowerCase();
  const ruleText = `${parts.local}@${domain}`;
  const name = own === tables.names.main ? local : address;
  return { address, name, local, domain, own, ruleText, key: `${local}@${domain}` };
}

/** The whole address of a destination that may be a bare name: a user of the same domain. */
export function wholeAddress(written: string, { domain }: Pick<Recipient, "domain">): string {
  return written.includes("@") ? written : `${written}@${domain}`;
}

/** An address of ours stands for the domain that a connection to it belongs to (B32). */
function ownDomain(domain: string, { names, isOwnAddress }: RoutingTables): OwnDomain | undefined {
  if (domain === "") return names.main;
  if (!isLiteral(domain)) return names.domain(domain);
  const ip = literalAddress(domain);
  if (ip === undefined) return undefined;
  const connected = names.domainAt(ip);
  return connected !== names.main || isOwnAddress(ip) ? connected : undefined;
}

function unquoted(local: string): string {
  return /^".*"$/s.test(local) ? local.slice(1, -1).replaceAll(/\\(.)/gs, "$1") : local;
}
