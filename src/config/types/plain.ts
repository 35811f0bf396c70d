/** Types of values that are one thing: a switch, a number, a text. */
import { HIDDEN, type ValueType } from "../setting.ts";

const SWITCHES: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
};

/** `true` or `false`; also yes, no, on, off, 1, 0. */
export const boolean: ValueType<boolean> = {
  syntax: "true|false",
  comments: "strip",
  parse(text) {
    const value = SWITCHES[text.toLowerCase()];
    if (value === undefined) throw new SyntaxError("write true or false");
    return value;
  },
};

/** A whole number in a range, both ends included. */
export function integer(
  { min, max, syntax = "<n>" }: { min: number; max: number; syntax?: string },
): ValueType<number> {
  return {
    syntax,
    comments: "strip",
    parse(text) {
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
      if (!(value >= min && value <= max)) {
        throw new SyntaxError(`write a whole number from ${min} to ${max}`);
      }
      return value;
    },
  };
}

/** A port to listen on; 0 takes a free one. */
export const listenPort: ValueType<number> = integer({ min: 0, max: 65535, syntax: "<port>" });

/** A number from 0 to 1, such as 0.5. */
export const fraction: ValueType<number> = {
  syntax: "<0 to 1>",
  comments: "strip",
  parse(text) {
    const value = /^\d{1,3}(\.\d{1,6})?$|^\.\d{1,6}$/.test(text) ? Number(text) : NaN;
    if (!(value <= 1)) throw new SyntaxError("write a number from 0 to 1, as in 0.5");
    return value;
  },
};

/** One word of several, whatever its case. */
export function choice<const T extends string>(...words: readonly T[]): ValueType<T> {
  return {
    syntax: words.join("|"),
    comments: "strip",
    parse(text) {
      const value = words.find((word) => word === text.toLowerCase());
      if (value === undefined) throw new SyntaxError(`write ${orList(words)}`);
      return value;
    },
  };
}

/** Free text up to the end of the line. Double quotes around all of it are dropped. */
export const text: ValueType<string> = {
  syntax: "<text>",
  comments: "first",
  parse: unquote,
};

/** One word without blanks, such as a name. */
export function word(syntax: string): ValueType<string> {
  return {
    syntax,
    comments: "strip",
    parse(text) {
      if (/[\s"]/.test(text)) throw new SyntaxError(`write one word, ${syntax}`);
      return text;
    },
  };
}

/** A command for the shell, kept exactly as it is written. */
export const command: ValueType<string> = {
  syntax: "<command>",
  comments: "first",
  parse: (text) => text,
};

/** A password: any text, never shown, never logged. */
export const secret: ValueType<string> = {
  syntax: "<password>",
  comments: "own",
  mask: () => HIDDEN,
  parse: unquote,
};

/** `a, b or c`. */
function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** Drops double quotes around the whole text. */
export function unquote(text: string): string {
  return text.replace(/^"([^"]*)"$/, "$1");
}
