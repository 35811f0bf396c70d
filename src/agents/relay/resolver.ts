import {
  type DnsRecord,
  type DnsReply,
  type DnsType,
  NO_SUCH_DOMAIN,
} from "../../formats/dns_message.ts";
import { type Clock, type DnsSockets, type Endpoint, forgetOldest } from "../../platform/mod.ts";
import { endpointName, NameServers, type NameServersDeps } from "./name_servers.ts";

/** A host that takes mail for a domain (RFC 5321 section 5.1). */
export interface MailExchanger {
  /** The lowest is tried first. */
  readonly preference: number;
  /** Empty for a null MX (RFC 7505). */
  readonly exchange: string;
}

/** What was found out about a name. */
export type Found<T> =
  | { readonly kind: "found"; readonly records: readonly T[] }
  /** The name exists, but has none of these. */
  | { readonly kind: "none" }
  | { readonly kind: "no such domain" }
  /** Nothing was found out. `reason` is a sentence for people. */
  | { readonly kind: "failed"; readonly reason: string };

/** Looks up what leads to a host. Each method throws the abort reason, and nothing else. */
export interface Resolver {
  mailExchangers(domain: string, signal: AbortSignal): Promise<Found<MailExchanger>>;
  /** IP addresses, in the order in which they are to be tried. */
  addresses(host: string, signal: AbortSignal): Promise<Found<string>>;
}

/** How names are looked up. */
export interface ResolverOptions {
  /** dns_host (S30); `undefined` for the servers the system is set to use. */
  readonly nameServer: Endpoint | undefined;
  /** dns_timeout: how long one question may take. */
  readonly dnsTimeoutMs: number;
}

/** What a resolver is made of. */
export interface ResolverDeps extends NameServersDeps {
  /** Asked anew for each question: a reload takes effect at the next. */
  readonly options: () => ResolverOptions;
  readonly dns: DnsSockets;
  readonly clock: Clock;
}

/** Longest that an answer is remembered, in ms: a message waits longer than that if it fails. */
const MAX_TTL_MS = 5 * 60_000;

/** How long it is remembered that there is nothing, in ms. */
const NEGATIVE_TTL_MS = 60_000;

/** Most answers that are remembered; the oldest makes room. */
const MAX_REMEMBERED = 1000;

/** Longest chain of CNAMEs that is followed. */
const MAX_ALIASES = 8;

type Records = Found<DnsRecord>;

/** Looks up names at DNS servers and remembers the answers for some minutes. */
export function createResolver(deps: ResolverDeps): Resolver {
  return new DnsResolver(deps);
}

class DnsResolver implements Resolver {
  readonly #deps: ResolverDeps;
  readonly #servers: NameServers;
  /** Oldest first. */
  readonly #known = new Map<string, { readonly untilMs: number; readonly records: Records }>();

  constructor(deps: ResolverDeps) {
    this.#deps = deps;
    this.#servers = new NameServers(deps);
  }

  async mailExchangers(domain: string, signal: AbortSignal): Promise<Found<MailExchanger>> {
    const found = await this.#look(domain, "MX", signal);
    return mapped(found, ({ data }) => data.type === "MX" ? data : undefined);
  }

  async addresses(host: string, signal: AbortSignal): Promise<Found<string>> {
    const [four, six] = await Promise.all([
      this.#look(host, "A", signal),
      this.#look(host, "AAAA", signal),
    ]);
    return together(mapped(four, addressOf), mapped(six, addressOf));
  }

  async #look(name: string, type: DnsType, signal: AbortSignal): Promise<Records> {
    const options = this.#deps.options();
    // What another server said does not count: it may be inside a firewall, and this one outside.
    const from = options.nameServer === undefined ? "" : endpointName(options.nameServer);
    const key = `${from} ${type} ${name.toLowerCase()}`;
    const known = this.#known.get(key);
    if (known !== undefined && this.#deps.clock.monotonic() < known.untilMs) return known.records;
    const { records, ttlMs } = await this.#follow({ name, type }, options, signal);
    if (ttlMs > 0) this.#remember(key, records, ttlMs);
    return records;
  }

  /** Asks, and asks on where the server gives an alias without what it stands for. */
  async #follow(
    { name, type }: { readonly name: string; readonly type: DnsType },
    options: ResolverOptions,
    signal: AbortSignal,
  ): Promise<{ readonly records: Records; readonly ttlMs: number }> {
    let ttlMs = MAX_TTL_MS;
    for (let asking = name, asked = 0; asked < MAX_ALIASES; asked++) {
      const reply = await this.#ask({ name: asking, type }, options, signal);
      if (reply.kind !== "answered") return { records: reply, ttlMs: 0 };
      const { found, target, ttlS } = behindAliases(asking.toLowerCase(), type, reply.reply);
      ttlMs = Math.min(ttlMs, ttlS * 1000);
      if (found.length > 0) return { records: { kind: "found", records: found }, ttlMs };
      if (reply.reply.responseCode === NO_SUCH_DOMAIN) {
        return { records: { kind: "no such domain" }, ttlMs: NEGATIVE_TTL_MS };
      }
      if (target === asking.toLowerCase()) {
        return { records: { kind: "none" }, ttlMs: NEGATIVE_TTL_MS };
      }
      asking = target;
    }
    const reason = `${name} is an alias of an alias, more than ${MAX_ALIASES} times`;
    return { records: { kind: "failed", reason }, ttlMs: 0 };
  }

  async #ask(
    question: { readonly name: string; readonly type: DnsType },
    { nameServer, dnsTimeoutMs: timeoutMs }: ResolverOptions,
    signal: AbortSignal,
  ): Promise<
    { readonly kind: "answered"; readonly reply: DnsReply } | Exclude<Records, { kind: "found" }>
  > {
    const servers = nameServer === undefined ? await this.#deps.dns.servers() : [nameServer];
    try {
      return await this.#servers.ask(question, { servers, timeoutMs }, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SyntaxError) return { kind: "no such domain" };
      throw error;
    }
  }

  #remember(key: string, records: Records, ttlMs: number): void {
    this.#known.delete(key);
    this.#known.set(key, { untilMs: this.#deps.clock.monotonic() + ttlMs, records });
    forgetOldest(this.#known, MAX_REMEMBERED);
  }
}

/** The records for a name in an answer, aliases followed, and the name that the last one gives. */
function behindAliases(name: string, type: DnsType, { records }: DnsReply): {
  readonly found: readonly DnsRecord[];
  readonly target: string;
  readonly ttlS: number;
} {
  let target = name;
  let ttlS = Infinity;
  for (let followed = 0; followed < MAX_ALIASES; followed++) {
    const alias = records.find((record) => record.name === target && record.data.type === "CNAME");
    if (alias?.data.type !== "CNAME") break;
    target = alias.data.target;
    ttlS = Math.min(ttlS, alias.ttlS);
  }
  const found = records.filter((record) => record.name === target && record.data.type === type);
  return { found, target, ttlS: Math.min(ttlS, ...found.map((record) => record.ttlS)) };
}

function mapped<T>(found: Records, valueOf: (record: DnsRecord) => T | undefined): Found<T> {
  if (found.kind !== "found") return found;
  const records = found.records.map(valueOf).filter((value) => value !== undefined);
  return records.length === 0 ? { kind: "none" } : { kind: "found", records };
}

/** An IPv4 address in the clothes of an IPv6 one has no place in DNS (RFC 4038 section 4.2). */
function addressOf({ data }: DnsRecord): string | undefined {
  if (data.type !== "A" && data.type !== "AAAA") return undefined;
  return /^::ffff:/i.test(data.address) ? undefined : data.address;
}

/**
 * The addresses of both kinds by turns, IPv4 first: many an office has IPv6 that leads nowhere, and
 * many a server takes no mail from IPv6 addresses without a name.
 */
function together(four: Found<string>, six: Found<string>): Found<string> {
  const fours = four.kind === "found" ? four.records : [];
  const sixes = six.kind === "found" ? six.records : [];
  const turns = Array.from({ length: Math.max(fours.length, sixes.length) }, (_, turn) => turn);
  const records = turns.flatMap((
    turn,
  ) => [...fours.slice(turn, turn + 1), ...sixes.slice(turn, turn + 1)]);
  if (records.length > 0) return { kind: "found", records };
  if (four.kind === "failed") return four;
  return six.kind === "failed" ? six : four;
}
