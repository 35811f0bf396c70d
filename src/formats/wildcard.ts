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
  const [want, have] = [[...pattern.toLowerCase()], [...text.toLowerCase()]];
  let [at, star, resume] = [0, -1, 0];
  for (let done = 0; done < have.length;) {
    if (want[at] === "*") {
      [star, resume] = [at++, done];
    } else if (at < want.length && (want[at] === "?" || want[at] === have[done])) {
      at++;
      done++;
    } else if (star >= 0) {
      at = star + 1; // Let the last star take one character more, and try again.
      done = ++resume;
    } else {
      return false;
    }
  }
  return want.slice(at).every((character) => character === "*");
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
