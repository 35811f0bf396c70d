/**
 * Wildcards of `dmail.conf`: `*` stands for any text, `?` for one character, everything else for
 * itself, whatever its case. Lists are separated by commas, without blanks (S6, B30).
 *
 * @module
 */

/** Longest pattern, in characters: longer than any mail address (RFC 5321 section 4.5.3.1). */
const MAX_PATTERN = 512;

/** One element of a list. */
export interface WildcardElement {
  readonly pattern: string;
  /** Written `!pattern`: stands for all that does not match. */
  readonly negated: boolean;
}

/** A list of wildcards as written, in order; never empty. */
export type WildcardList = readonly WildcardElement[];

/**
 * Whether all of `text` matches `pattern`, without regard to case. Takes at most the product of
 * both lengths, whatever the pattern.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  return wildcardParts(pattern, text) !== undefined;
}

/**
 * What each `*` of `pattern` stands for if all of `text` matches, in the case of `text`; every star
 * but the last takes as little as it can. `undefined` if it does not match.
 */
export function wildcardParts(pattern: string, text: string): readonly string[] | undefined {
  const characters = [...text];
  const want = [...pattern].map(lower);
  const have = characters.map(lower);
  const stars: { readonly from: number; to: number }[] = [];
  let [at, afterStar] = [0, -1];
  for (let done = 0; done < have.length;) {
    const star = stars.at(-1);
    if (want[at] === "*") {
      stars.push({ from: done, to: done });
      afterStar = ++at;
    } else if (at < want.length && (want[at] === "?" || want[at] === have[done])) {
      at++;
      done++;
    } else if (star !== undefined) {
      at = afterStar; // Let the last star take one character more, and try again.
      done = ++star.to;
    } else {
      return undefined;
    }
  }
  const rest = want.slice(at);
  if (!rest.every((character) => character === "*")) return undefined;
  const parts = stars.map(({ from, to }) => characters.slice(from, to).join(""));
  return [...parts, ...rest.map(() => "")];
}

/** Puts the parts that {@linkcode wildcardParts} found in place of the stars, in their order. */
export function fillWildcards(template: string, parts: readonly string[]): string {
  let star = 0;
  return template.replaceAll("*", () => parts[star++] ?? "");
}

function lower(character: string): string {
  return character.toLowerCase();
}

/**
 * Parses `ralph,bill,*smith`.
 *
 * @throws {SyntaxError} If an element is empty or too long, or there is a blank in the list.
 */
export function parseWildcardList(text: string): WildcardList {
  return text.split(",").map((element) => {
    const negated = element.startsWith("!");
    const pattern = negated ? element.slice(1) : element;
    if (pattern === "") {
      throw new SyntaxError("write a name between the commas, as in ralph,*smith");
    }
    if (/\s/.test(pattern)) {
      throw new SyntaxError("write the list without blanks, as in ralph,*smith");
    }
    if (pattern.startsWith("!")) throw new SyntaxError("write one ! in front of a name");
    if (pattern.length > MAX_PATTERN) {
      throw new SyntaxError(`write names of at most ${MAX_PATTERN} characters`);
    }
    return { pattern, negated };
  });
}

/** Writes a list so that {@linkcode parseWildcardList} reads it back. */
export function formatWildcardList(list: WildcardList): string {
  return list.map(({ pattern, negated }) => (negated ? "!" : "") + pattern).join(",");
}

/** A permissive list: whether `text` matches one element or more (A1). */
export function matchesAnyWildcard(list: WildcardList, text: string): boolean {
  return list.some((element) => matchesElement(element, text));
}

/** A restrictive list: whether `text` passes every element (A1). */
export function matchesEveryWildcard(list: WildcardList, text: string): boolean {
  return list.every((element) => matchesElement(element, text));
}

function matchesElement({ pattern, negated }: WildcardElement, text: string): boolean {
  return matchesWildcard(pattern, text) !== negated;
}
