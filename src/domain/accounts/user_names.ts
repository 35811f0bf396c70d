import { splitAddress } from "../../formats/address.ts";
import { asciiDomain } from "../../formats/domain.ts";
import { parseNetwork, unmapped } from "../../formats/ip_address.ts";

/** A virtual domain, as far as it names users. Several may be one domain: an address, a suffix. */
export interface VirtualDomainLine {
  readonly prefix: string;
  readonly domain: string;
  readonly match:
    | { readonly kind: "ip"; readonly address: string }
    /** With its mark, `/` or `@`. */
    | { readonly kind: "suffix"; readonly suffix: string };
}

/** What users are named by. */
export interface UserDomains {
  /** host_domain (S38): the first is the main domain, the others mean the same users. */
  readonly hostDomains: readonly string[];
  readonly virtualDomains: readonly VirtualDomainLine[];
  /** vdomain_separator (S42). */
  readonly separator: string;
  /** authent_domain (S5): the database has users as `user@domain`. */
  readonly withDomain: boolean;
}

/** A domain of ours. */
export interface OwnDomain {
  /** As it is configured, in the form of {@linkcode asciiDomain}. */
  readonly name: string;
  /** What names of its maildrops begin with, the separator included; empty for host domains. */
  readonly prefix: string;
}

/** One user by both names. */
export interface UserName {
  /** Of the maildrop: `fred`, `abc_fred`. */
  readonly user: string;
  /** In the database, and what its length limit is about (A40): `fred@xdomain.com` if with domain. */
  readonly entry: string;
}

/** Whose a name is, wherever it comes from: a recipient, a login, a command (B32, B33). */
export interface UserNames {
  /** The main domain. */
  readonly main: OwnDomain;
  /** The domain of ours that is called so; `undefined` if it is somebody else's. */
  domain(name: string): OwnDomain | undefined;
  /** The virtual domain that a connection to `ip` belongs to, else the main domain. */
  domainAt(ip: string): OwnDomain;
  /**
   * The user of a login name: `bob`, `bob@our.domain`, `bob/suffix` or `bob@suffix`. A name without
   * any of them belongs to the domain that the client connected to, by `ip`, an address of ours. One
   * with a foreign domain is left whole: it is a user only if the database has it so. The name of a
   * maildrop is a login name too. `undefined` if nobody can be called so.
   */
  ofLogin(login: string, ip?: string): UserName | undefined;
  /** An address of the user who has a maildrop; {@linkcode ofLogin} leads back to it. */
  addressOf(user: string): string;
}

/** Builds the one place that knows how users are named; pure, and quick however many domains. */
export function createUserNames(domains: UserDomains): UserNames {
  const { hostDomains: [main = ""], withDomain } = domains;
  const byName = domainsByName(domains);
  const mainDomain = byName.get(asciiDomain(main)) ?? { name: main, prefix: "" };
  const bySuffix = new Map<string, OwnDomain>();
  const byIp = new Map<string, OwnDomain>();
  for (const { domain, match } of domains.virtualDomains) {
    const own = byName.get(asciiDomain(domain));
    if (own === undefined) continue;
    if (match.kind === "ip") setOnce(byIp, ipKey(match.address), own);
    else setOnce(bySuffix, match.suffix.slice(1).toLowerCase(), own);
  }
  const byPrefix = [...byName.values()].filter(({ prefix }) => prefix !== "")
    .toSorted((a, b) => b.prefix.length - a.prefix.length);
  const ownerOf = (user: string) => byPrefix.find(({ prefix }) => user.startsWith(prefix));

  /** Where a name of the main domain begins with a prefix it is that user of the prefix (B33). */
  function userIn(domain: OwnDomain, local: string): UserName | undefined {
    if (local === "" || local.includes("@")) return undefined;
    const user = domain.prefix + local;
    const owner = ownerOf(user) ?? mainDomain;
    const rest = user.slice(owner.prefix.length);
    if (rest === "") return undefined;
    // The maildrop would be another domain's.
    if (domain.prefix !== "" && owner.prefix !== domain.prefix) return undefined;
    if (!withDomain) return { user, entry: user };
    if (domain.prefix !== "" && owner.name !== domain.name) return undefined;
    return { user, entry: `${rest}@${owner.name}` };
  }

  return {
    main: mainDomain,
    domain: (name) => byName.get(asciiDomain(name)),
    domainAt: (ip) => byIp.get(ipKey(ip)) ?? mainDomain,
    ofLogin(login, ip) {
      const name = login.trim().toLowerCase();
      const { local, domain } = splitAddress(name);
      const own = domain === "" ? undefined : byName.get(asciiDomain(domain));
      if (own !== undefined) return userIn(own, local);
      const [, before = "", suffix = ""] = /^(.*)[/@](.*)$/s.exec(name) ?? [];
      const suffixed = bySuffix.get(suffix);
      if (suffixed !== undefined) return userIn(suffixed, before);
      if (domain !== "") return withDomain ? undefined : { user: name, entry: name };
      const connected = ip === undefined ? undefined : byIp.get(ipKey(ip));
      return userIn(connected ?? mainDomain, name);
    },
    addressOf(user) {
      if (user.includes("@")) return user;
      const owner = ownerOf(user);
      return owner === undefined
        ? `${user}@${mainDomain.name}`
        : `${user.slice(owner.prefix.length)}@${owner.name}`;
    },
  };
}

/** Each domain once, under its name; the first line about a domain says what its prefix is. */
function domainsByName(
  { hostDomains, virtualDomains, separator }: UserDomains,
): ReadonlyMap<string, OwnDomain> {
  const byName = new Map<string, OwnDomain>();
  for (const domain of hostDomains) {
    const name = asciiDomain(domain);
    setOnce(byName, name, { name, prefix: "" });
  }
  for (const { domain, prefix } of virtualDomains) {
    const name = asciiDomain(domain);
    setOnce(byName, name, { name, prefix: `${prefix}${separator}`.toLowerCase() });
  }
  return byName;
}

function setOnce(map: Map<string, OwnDomain>, key: string, domain: OwnDomain): void {
  if (!map.has(key)) map.set(key, domain);
}

/** The same for all ways of writing an address; IPv4 may come as IPv6 (RFC 4291 section 2.5.5.2). */
function ipKey(ip: string): string {
  const network = parseNetwork(unmapped(ip));
  return network === undefined ? ip : `${network.width} ${network.value}`;
}
