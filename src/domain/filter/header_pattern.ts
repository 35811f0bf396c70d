/**
 * A pattern with `*` and `?` that is matched against many texts, without regard to case. It means
 * what `matchesWildcard()` of formats/ means, and takes about one search of the text for each piece
 * between two stars: header lines may be long, and there may be a thousand rules.
 */
export class HeaderPattern {
  readonly #pieces: readonly string[];

  constructor(pattern: string) {
    this.#pieces = pattern.toLowerCase().split(/\*+/);
  }

  /** @param lowered The text in lower case. */
  fits(lowered: string): boolean {
    const [first = "", ...others] = this.#pieces;
    const last = others.pop();
    let at = endOfPiece(lowered, first, 0);
    if (last === undefined) return at === lowered.length;
    for (const piece of others) {
      if (at < 0) return false;
      at = afterNext(lowered, piece, at);
    }
    const start = startOfLast(lowered, last);
    return at >= 0 && start >= at && endOfPiece(lowered, last, start) === lowered.length;
  }
}

/** Where `piece` ends if it stands at `start`, else -1. */
function endOfPiece(text: string, piece: string, start: number): number {
  if (!piece.includes("?")) return text.startsWith(piece, start) ? start + piece.length : -1;
  let at = start;
  for (const wanted of piece) {
    if (at >= text.length) return -1;
    const here = String.fromCodePoint(text.codePointAt(at)!);
    if (wanted !== "?" && wanted !== here) return -1;
    at += here.length;
  }
  return at;
}

/** Where the next `piece` from `start` on ends, else -1. */
function afterNext(text: string, piece: string, start: number): number {
  if (!piece.includes("?")) {
    const found = text.indexOf(piece, start);
    return found < 0 ? -1 : found + piece.length;
  }
  for (let at = start; at < text.length; at++) {
    const end = isInsideCharacter(text, at) ? -1 : endOfPiece(text, piece, at);
    if (end >= 0) return end;
  }
  return -1;
}

/** Where as many characters as `piece` has begin at the end of the text, else -1. */
function startOfLast(text: string, piece: string): number {
  let at = text.length;
  for (const _ of piece) {
    if (at <= 0) return -1;
    at -= isInsideCharacter(text, at - 1) ? 2 : 1;
  }
  return at;
}

/** Whether the second half of a character beyond the Basic Multilingual Plane stands there. */
function isInsideCharacter(text: string, at: number): boolean {
  return at > 0 && /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1));
}
