import { splitAddress } from "../../formats/address.ts";
import { wildcardParts } from "../../formats/wildcard.ts";

/** A rule about what matches its pattern, which is in lower case. */
export interface PatternRule {
  /** `*` and `?` are wildcards. */
  readonly pattern: string;
}

/** A rule that matches. */
export interface PatternMatch<T> {
  readonly rule: T;
  /** What each `*` of the pattern stands for. */
  readonly parts: readonly string[];
}

interface Placed<T> {
  readonly rule: T;
  readonly place: number;
}

/**
 * Rules in their order, found without asking each: ten thousand plain names cost no more than ten.
 * Only patterns with wildcards are compared one by one, those of a plain domain with its addresses
 * alone.
 */
export class PatternIndex<T extends PatternRule> {
  readonly #plain = new Map<string, Placed<T>[]>();
  /** Patterns such as `*@old.example`. */
  readonly #ofDomain = new Map<string, Placed<T>[]>();
  readonly #others: Placed<T>[] = [];

  constructor(rules: readonly T[]) {
    for (const [place, rule] of rules.entries()) {
      const { domain } = splitAddress(rule.pattern);
      if (!/[*?]/.test(rule.pattern)) put(this.#plain, rule.pattern, { rule, place });
      else if (domain !== "" && !/[*?]/.test(domain)) put(this.#ofDomain, domain, { rule, place });
      else this.#others.push({ rule, place });
    }
  }

  /** All rules that match, in their order. */
  all(text: string): readonly PatternMatch<T>[] {
    const plain = this.#plain.get(text.toLowerCase()) ?? [];
    const found = [
      ...plain.map((placed) => ({ ...placed, parts: [] })),
      ...this.#wildcards(text),
    ];
    return found.toSorted((a, b) => a.place - b.place);
  }

  /** The rule that has `text` itself for its pattern, else the first whose wildcards match. */
  best(text: string): PatternMatch<T> | undefined {
    const [plain] = this.#plain.get(text.toLowerCase()) ?? [];
    if (plain !== undefined) return { rule: plain.rule, parts: [] };
    return this.#wildcards(text).toSorted((a, b) => a.place - b.place)[0];
  }

  #wildcards(text: string): (Placed<T> & PatternMatch<T>)[] {
    const ofDomain = this.#ofDomain.get(splitAddress(text).domain.toLowerCase()) ?? [];
    return [...ofDomain, ...this.#others].flatMap((placed) => {
      const parts = wildcardParts(placed.rule.pattern, text);
      return parts === undefined ? [] : [{ ...placed, parts }];
    });
  }
}

function put<T>(map: Map<string, Placed<T>[]>, key: string, placed: Placed<T>): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [placed]);
  else list.push(placed);
}
