import { splitWords } from "../../formats/conf.ts";
import { HIDDEN } from "../setting.ts";

/** What a structured value must look like. */
export interface FieldsShape {
  readonly min: number;
  readonly max: number;
  /** What to write, with an example. */
  readonly usage: string;
  /** Words from this index on may begin a `#` comment; earlier ones may hold a password. */
  readonly commentFrom: number;
}

/** The shape of `count` words, any of which may hold a `#`. */
export function exactly(count: number, usage: string): FieldsShape {
  return { min: count, max: count, usage, commentFrom: count };
}

/**
 * Divides a structured value into its words.
 *
 * @throws {SyntaxError} With `usage`, if there are too few or too many.
 */
export function fields(text: string, { min, max, usage, commentFrom }: FieldsShape): string[] {
  const words = splitWords(text);
  const comment = words.findIndex((word, index) =>
    index >= commentFrom && !word.quoted && word.text.startsWith("#")
  );
  const values = words.slice(0, comment < 0 ? words.length : comment).map((word) => word.text);
  if (values.length < min || values.length > max) throw new SyntaxError(`write ${usage}`);
  return values;
}

/**
 * Reads `name=value` words.
 *
 * @throws {SyntaxError} If a word is none, names something unknown, or comes twice.
 */
export function options<const N extends string>(
  words: readonly string[],
  names: readonly N[],
): { readonly [K in N]?: string } {
  const found: { [K in N]?: string } = {};
  for (const word of words) {
    const [, key, value] = /^([a-z]+)=(.+)$/i.exec(word) ?? [];
    const name = names.find((known) => known === key?.toLowerCase());
    if (name === undefined || value === undefined) {
      throw new SyntaxError(
        `write the options behind it as ${names.map((n) => `${n}=…`).join(" ")}`,
      );
    }
    if (found[name] !== undefined) throw new SyntaxError(`write ${name}= once`);
    found[name] = value;
  }
  return found;
}

/** Shows some words of a secret value and hides the others. */
export function maskWords(visible: (index: number) => boolean): (text: string) => string {
  return (text) => {
    try {
      return splitWords(text).map((word, index) => visible(index) ? word.text : HIDDEN).join(
        " ",
      );
    } catch {
      return HIDDEN; // It cannot be divided: nobody knows which part is the password.
    }
  };
}
