import type { ForwardTarget } from "../../formats/forward_target.ts";
import { matchesWildcard } from "../../formats/wildcard.ts";
import type { OwnDomain } from "../accounts/mod.ts";
import { PatternIndex, type PatternMatch, type PatternRule } from "./pattern_index.ts";

/** One alias. */
export interface AliasRule extends PatternRule {
  readonly targets: readonly ForwardTarget[];
  /** Of its file. */
  readonly line?: number;
}

/** Aliases that stand together: a file, or the `alias` lines of the configuration. */
export interface AliasSource {
  /** What the chain calls it: the path of the file. */
  readonly name: string;
  readonly rules: readonly AliasRule[];
}

/** What the settings say about aliases. */
export interface AliasSettings {
  /** `alias`: of the main domain. */
  readonly lines: AliasSource;
  /** `alias_file_domain` (S48), in order; a domain may have wildcards. */
  readonly ofDomains: readonly { readonly domain: string; readonly source: AliasSource }[];
  /** `alias_file`: of all local domains. */
  readonly common: AliasSource | undefined;
  /** `alias_fallthrough`: whether the next aliases are asked where the nearer ones have no match. */
  readonly fallthrough: boolean;
}

/** An alias that a recipient has. */
export interface FoundAlias extends PatternMatch<AliasRule> {
  readonly source: string;
}

/** The aliases of all local domains. */
export interface Aliases {
  /** The alias of a user's name, in lower case, in one of our domains. */
  find(local: string, domain: OwnDomain): FoundAlias | undefined;
}

interface Level {
  readonly source: string;
  readonly index: PatternIndex<AliasRule>;
}

/**
 * Aliases in the order in which they are asked. The nearest come first: files of the very domain;
 * then, as all host domains have the same users, those of the main domain and the `alias` lines
 * (002:214-224); then files for domains with wildcards, `*` among them; then `alias_file`. The first
 * match decides. A plain name goes before wildcards of the same file.
 *
 * @param main The main domain.
 */
export function createAliases(settings: AliasSettings, main: string): Aliases {
  const indexes = new Map<readonly AliasRule[], PatternIndex<AliasRule>>();
  const level = ({ name, rules }: AliasSource): Level[] => {
    if (rules.length === 0) return [];
    const index = indexes.get(rules) ?? new PatternIndex(rules);
    indexes.set(rules, index); // Several domains may share a file.
    return [{ source: name, index }];
  };
  const byDomain = new Map<string, readonly (readonly Level[])[]>();

  function groupsFor({ name, prefix }: OwnDomain): readonly (readonly Level[])[] {
    const filesOf = (wanted: string) =>
      settings.ofDomains.filter(({ domain }) => domain === wanted)
        .flatMap(({ source }) => level(source));
    const ofMain = [...filesOf(main), ...level(settings.lines)];
    const wide = settings.ofDomains.filter(({ domain }) =>
      /[*?]/.test(domain) && matchesWildcard(domain, name)
    );
    return [
      name === main ? ofMain : filesOf(name),
      prefix === "" && name !== main ? ofMain : [],
      ...wide.map(({ source }) => level(source)),
      settings.common === undefined ? [] : level(settings.common),
    ].filter((group) => group.length > 0);
  }

  return {
    find(local, domain) {
      const groups = byDomain.get(domain.name) ?? groupsFor(domain);
      byDomain.set(domain.name, groups); // As many as there are domains of ours.
      for (const { source, index } of settings.fallthrough ? groups.flat() : groups[0] ?? []) {
        const found = index.best(local);
        if (found !== undefined) return { ...found, source };
      }
      return undefined;
    },
  };
}
