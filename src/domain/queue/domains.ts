import { splitAddress } from "../../formats/address.ts";
import { asciiDomain } from "../../formats/domain.ts";

/** More domains than this of one message are not told apart. */
const MAX_DOMAINS = 20;

/** More sets than this and their names are written down anew. */
const MAX_SETS = 50_000;

/** Where a message goes; messages with the same domains share it. */
export interface Domains {
  /** In lower case and ASCII. */
  readonly names: readonly string[];
  /** They were too many: any other may be among them. */
  readonly any: boolean;
}

/** No domain at all. */
export const NO_DOMAINS: Domains = { names: [], any: false };

const ANY_DOMAINS: Domains = { names: [], any: true };

/** Makes {@linkcode Domains}, one object for all that are the same: a queue has few and repeats them. */
export class DomainSets {
  #sets = new Map<string, Domains>();

  of(addresses: readonly string[]): Domains {
    const [first, ...others] = addresses;
    if (first === undefined) return NO_DOMAINS;
    if (others.length === 0) return this.#shared(domainOf(first), (name) => [name]);
    const names = new Set<string>();
    for (const address of addresses) {
      names.add(domainOf(address));
      if (names.size > MAX_DOMAINS) return ANY_DOMAINS;
    }
    return this.#shared([...names].join(" "), () => [...names]);
  }

  #shared(key: string, namesOf: (key: string) => readonly string[]): Domains {
    const known = this.#sets.get(key);
    if (known !== undefined) return known;
    const domains = { names: namesOf(key), any: false };
    if (this.#sets.size >= MAX_SETS) this.#sets = new Map(); // Only sharing is lost.
    this.#sets.set(key, domains);
    return domains;
  }
}

/** The domain of an address, in lower case and ASCII: two ways of writing it are one domain. */
export function domainOf(address: string): string {
  return asciiDomain(splitAddress(address).domain);
}

/** An address that stands for all of a domain: what is asked about it goes by the domain alone. */
export function someoneAt(domain: string): string {
  return domain === "" ? "postmaster" : `postmaster@${domain}`;
}

/**
 * Asks whether something is so of any of some {@linkcode Domains}; of too many to tell apart it is.
 * An answer is remembered, and so holds for one look at the queue.
 */
export function ofAny(isSo: (name: string) => boolean): (domains: Domains) => boolean {
  const answers = new Map<Domains, boolean>();
  return (domains) => {
    const known = answers.get(domains);
    if (known !== undefined) return known;
    const answer = domains.any || domains.names.some(isSo);
    answers.set(domains, answer);
    return answer;
  };
}
