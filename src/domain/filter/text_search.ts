/** A text to look for, and what is told when it was found. */
export interface WantedText {
  readonly text: string;
  /** Above 0; of several texts that end in one place the lowest is told. */
  readonly number: number;
}

/** How far a search has come between two chunks. */
export type SearchState = number;

/** What one chunk brought. */
export interface SearchStep {
  readonly state: SearchState;
  /** The number of the text that was found first; the search is over then. */
  readonly found: number | undefined;
}

/**
 * Looks for many texts at once in octets that come in chunks, whatever the case of ASCII letters
 * (Aho and Corasick, 1975). Each octet costs one step, however many texts there are and whatever
 * they are like, and a text that is cut by the end of a chunk is found all the same.
 *
 * A text is looked for as UTF-8. Memory is 4 octets for each octet of the texts times the number of
 * different octets in them.
 */
export class TextSearch {
  /** The state before the first octet. */
  static readonly START: SearchState = 0;

  /** Column of an octet; all that stand in no text share one, and so do both cases of a letter. */
  readonly #columns: Uint8Array;
  /** Rows of `[number found here or 0, next row by column …]`; a row is named by where it begins. */
  readonly #table: Int32Array;

  constructor(wanted: readonly WantedText[]) {
    const texts = wanted.map(({ text, number }) => ({ octets: folded(text), number }));
    const { columns, width } = columnsOf(texts.map(({ octets }) => octets));
    const rows = 1 + texts.reduce((sum, { octets }) => sum + octets.length, 0);
    const table = new Int32Array(rows * width);
    const used = addTexts(texts, { table, columns, width });
    link(table, width);
    this.#columns = columns;
    this.#table = table.slice(0, used);
  }

  /** Goes on with the next chunk. */
  step(from: SearchState, chunk: Uint8Array): SearchStep {
    const table = this.#table;
    const columns = this.#columns;
    let row = from;
    for (let i = 0; i < chunk.length; i++) {
      row = table[row + columns[chunk[i]!]!]!;
      if (table[row] !== 0) return { state: row, found: table[row] };
    }
    return { state: row, found: undefined };
  }

  /** The first text in `octets`, which stand for themselves. */
  find(octets: Uint8Array): number | undefined {
    return this.step(TextSearch.START, octets).found;
  }
}

function folded(text: string): Uint8Array {
  return new TextEncoder().encode(text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()));
}

/** Column 0 holds the number, 1 stands for every octet that is in no text. */
function columnsOf(texts: readonly Uint8Array[]): { columns: Uint8Array; width: number } {
  const columns = new Uint8Array(256).fill(1);
  let width = 2;
  for (const octet of new Set(texts.flatMap((text) => [...text]))) {
    columns[octet] = width++;
  }
  for (let upper = 0x41; upper <= 0x5a; upper++) columns[upper] = columns[upper + 0x20]!;
  return { columns, width };
}

/** Writes the texts as a tree of rows; a column that leads nowhere yet holds 0. */
function addTexts(
  texts: readonly { readonly octets: Uint8Array; readonly number: number }[],
  { table, columns, width }: { table: Int32Array; columns: Uint8Array; width: number },
): number {
  let used = width;
  for (const { octets, number } of texts) {
    let row = 0;
    for (const octet of octets) {
      const at = row + columns[octet]!;
      if (table[at] === 0) {
        table[at] = used;
        used += width;
      }
      row = table[at]!;
    }
    table[row] = lower(table[row]!, number);
  }
  return used;
}

/** Fills in where to go on when the next octet does not: at the longest end that begins a text. */
function link(table: Int32Array, width: number): void {
  const shorter = new Map<number, number>();
  const rows = [0];
  for (const row of rows) {
    const fallback = shorter.get(row) ?? 0;
    table[row] = lower(table[row]!, table[fallback]!);
    for (let column = 1; column < width; column++) {
      const next = table[row + column]!;
      const instead = row === 0 ? 0 : table[fallback + column]!;
      if (next === 0) {
        table[row + column] = instead;
      } else {
        shorter.set(next, instead);
        rows.push(next);
      }
    }
  }
}

/** The lower of two numbers, of which 0 means none. */
function lower(a: number, b: number): number {
  if (a === 0 || b === 0) return a + b;
  return Math.min(a, b);
}
