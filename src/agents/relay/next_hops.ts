import type { Outcome } from "../../domain/queue/mod.ts";
import { isIpAddress } from "../../formats/ip_address.ts";
import type { Endpoint, Random } from "../../platform/mod.ts";
import type { FailedHosts } from "./failed_hosts.ts";
import { byPreference } from "./mail_exchangers.ts";
import type { Resolver } from "./resolver.ts";
import type { Route } from "./route.ts";

/** A host that may take the mail. */
export interface Hop {
  /** How people and certificates call it. */
  readonly host: string;
  /** Where it is: an IP address, or the name of a gateway that the system is to look up. */
  readonly address: string;
  readonly port: number;
}

/** Why there is no next hop, or none any more. */
export type NoHop = Exclude<Outcome, { kind: "delivered" }>;

/** What next hops are found with. */
export interface NextHopsDeps {
  readonly resolver: Resolver;
  readonly random: Random;
  readonly failed: FailedHosts;
  /** Whether names of gateways are looked up like all others: dns_host is set. */
  readonly looksUpGateways: boolean;
  /** Whether this server is called by a name in DNS. */
  readonly isOwnName: (host: string) => boolean;
  /** Whether this server listens there. */
  readonly isOwn: (at: Endpoint) => boolean;
}

const SMTP_PORT = 25;

/** Most hosts that are tried for one delivery; each may take minutes to say nothing. */
const MAX_HOPS = 5;

/** Most addresses of one host; the others are names of the same machines. */
const MAX_ADDRESSES = 4;

/**
 * The hosts to try, one after the other, each address once. Those that failed a while ago come last.
 * Names are looked up no sooner than they are needed. Returns why there was none.
 *
 * @throws The abort reason.
 */
export async function* nextHops(
  route: Route,
  deps: NextHopsDeps,
  signal: AbortSignal,
): AsyncGenerator<Hop, NoHop> {
  const found = route.gateway === undefined
    ? route.literal === undefined
      ? exchangerHops(route.domain, deps, signal)
      : literalHops(route.literal, deps)
    : gatewayHops(route, route.gateway, deps, signal);
  const last: Hop[] = [];
  const tried = new Set<string>();
  let next = await found.next();
  for (; !next.done && tried.size < MAX_HOPS; next = await found.next()) {
    const hop = next.value;
    if (deps.failed.has(hop)) last.push(hop);
    else if (isNew(hop, tried)) yield hop;
  }
  for (const hop of last) if (tried.size < MAX_HOPS && isNew(hop, tried)) yield hop;
  return next.done ? next.value : temporary("4.4.1", "Enough hosts were tried");
}

function isNew({ address, port }: Hop, tried: Set<string>): boolean {
  const before = tried.size;
  return tried.add(`${address} ${port}`).size > before;
}

async function* gatewayHops(
  { proxy }: Route,
  { host, port }: Endpoint,
  { resolver, looksUpGateways, isOwn }: NextHopsDeps,
  signal: AbortSignal,
): AsyncGenerator<Hop, NoHop> {
  // The system also knows the names of its hosts file. A proxy must be told an address.
  const asIs = isIpAddress(host) || (!looksUpGateways && proxy === undefined);
  const found = asIs
    ? { kind: "found", records: [host] } as const
    : await resolver.addresses(host, signal);
  if (found.kind === "failed") return cannotLookUp(host, found.reason);
  if (found.kind !== "found") {
    return temporary("4.4.4", `The gateway ${host} has no address: correct its line in dmail.conf`);
  }
  for (const address of found.records.slice(0, MAX_ADDRESSES)) {
    if (isOwn({ host: address, port })) {
      // Not for good: it is a line of ours that is wrong, not the message.
      return temporary("4.4.6", `The gateway ${host}:${port} is this server itself`);
    }
    yield { host, address, port };
  }
  return temporary("4.4.1", `No address of the gateway ${host} is left`);
}

/** The address alone: DNS has no say in it (RFC 5321 section 2.3.5 and 4.1.3). */
async function* literalHops(
  address: string,
  { isOwn }: NextHopsDeps,
): AsyncGenerator<Hop, NoHop> {
  if (isOwn({ host: address, port: SMTP_PORT })) return loop(address);
  yield { host: address, address, port: SMTP_PORT };
  return temporary("4.4.1", `The host ${address} was tried`);
}

/**
 * RFC 5321 section 5.1: the exchangers by preference, or the domain itself if it has none. This
 * server, and whatever is no better than it, is left out: mail would go round for ever.
 */
async function* exchangerHops(
  domain: string,
  deps: NextHopsDeps,
  signal: AbortSignal,
): AsyncGenerator<Hop, NoHop> {
  const exchangers = await deps.resolver.mailExchangers(domain, signal);
  if (exchangers.kind === "failed") {
    return cannotLookUp(domain, exchangers.reason);
  }
  if (exchangers.kind === "no such domain") {
    return permanent("5.1.2", `There is no such domain: ${domain}`);
  }
  const isImplicit = exchangers.kind === "none";
  const groups = isImplicit ? [[domain]] : byPreference(exchangers.records, deps.random);
  if (groups.length === 0) return permanent("5.1.10", `${domain} takes no mail (null MX)`);
  /** A host that could not be looked up may be one that takes the mail. */
  let unknown: NoHop | undefined;
  for (const hosts of groups) {
    if (hosts.some(deps.isOwnName)) return unknown ?? loop(domain);
    const found = await Promise.all(hosts.map(async (host) => {
      return { host, found: await deps.resolver.addresses(host, signal) };
    }));
    const hops = found.flatMap(({ host, found }) => {
      if (found.kind === "failed") unknown ??= cannotLookUp(host, found.reason);
      return found.kind !== "found" ? [] : found.records.slice(0, MAX_ADDRESSES)
        .map((address) => ({ host, address, port: SMTP_PORT }));
    });
    if (hops.some(({ address, port }) => deps.isOwn({ host: address, port }))) {
      return unknown ?? loop(domain);
    }
    yield* hops;
  }
  return unknown ?? permanent(
    "5.4.4",
    isImplicit
      ? `${domain} takes no mail: it has neither a mail exchanger nor an address`
      : `No mail exchanger of ${domain} has an address`,
  );
}

function loop(domain: string): NoHop {
  return permanent("5.4.6", `Mail for ${domain} loops back: its mail exchanger is this server`);
}

function cannotLookUp(name: string, reason: string): NoHop {
  return temporary("4.4.3", `Cannot look up ${name}: ${reason}`);
}

function temporary(status: string, reason: string): NoHop {
  return { kind: "temporary", status, reason };
}

function permanent(status: string, reason: string): NoHop {
  return { kind: "permanent", status, reason };
}
