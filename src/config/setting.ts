import { stripComment } from "../formats/conf.ts";

/** The original's programs, and the status page: who a setting concerns. */
export type Program = "smtp" | "pop" | "list" | "fetch" | "link" | "page" | "all";

/** What a value may warn about while it is parsed. */
export type Warn = (message: string) => void;

/** How the text of a value is read. */
export interface ValueType<T> {
  /** What stands behind the name of the setting, as in `<minutes>`. */
  readonly syntax: string;
  /**
   * What a `#` means (A23). `strip`: the value cannot hold one, so a comment may follow. `first`:
   * free text; only a `#` at the very start makes the value blank. `own`: the parser decides.
   */
  readonly comments: "strip" | "first" | "own";
  /** Puts {@linkcode HIDDEN} for what must not be shown; absent if there is never such a thing. */
  readonly mask?: (text: string) => string;
  /** @throws {SyntaxError} Its message says what to write; it never holds a secret. */
  parse(text: string, warn: Warn): T;
}

/** What stands in place of a password wherever a value is shown. */
export const HIDDEN = "(hidden)";

/** A default, as it would be written in the file; it may depend on the system. */
export type DefaultText = string | { readonly unix: string; readonly windows: string };

/** A setting as it stands in the table, whatever its type. */
export interface SettingFacts {
  readonly about: string;
  readonly programs: readonly Program[];
  /** When a change takes effect. */
  readonly effect: "reload" | "restart";
  /** Row of the inventory, or "ours". */
  readonly source: string;
  /** Other names it is accepted under. */
  readonly aliases?: readonly string[];
  /** Where the default comes from, in words, if it is no fixed text. */
  readonly defaultNote?: string;
  /** Kept so that old files load; using it is a warning that says this. */
  readonly obsolete?: string;
}

/** One row of the table. `T` is what `config.value()` returns. */
export interface Setting<T> extends SettingFacts {
  readonly syntax: string;
  readonly repeatable: boolean;
  readonly defaultText: DefaultText | undefined;
  readonly mask: (text: string) => string;
  readonly isSecret: boolean;
  /** The text without a comment; empty means "as if it were not set". */
  clean(text: string): string;
  /** Reads what the file says; nothing, or nothing valid, is the default. */
  evaluate(texts: readonly string[], os: "windows" | "unix", notes: Notes): T;
}

/** Hears about the values of one setting, each by its index. */
export interface Notes {
  /** The value is not valid and is left out. */
  error(index: number, message: string): void;
  warning(index: number, message: string): void;
}

type Facts = SettingFacts & { readonly syntax?: string };

/** A setting that occurs once and has a default. */
export function one<T>(type: ValueType<T>, facts: Facts & { default: DefaultText }): Setting<T> {
  const { default: defaultText, ...rest } = facts;
  return {
    ...common(type, rest),
    repeatable: false,
    defaultText,
    evaluate(texts, os, notes) {
      const [found] = parseAll(type, texts, notes);
      return found === undefined ? type.parse(defaultFor(defaultText, os), () => {}) : found.value;
    },
  };
}

/** A setting that occurs once; `undefined` if it is not set. */
export function optional<T>(type: ValueType<T>, facts: Facts): Setting<T | undefined> {
  return {
    ...common(type, facts),
    repeatable: false,
    defaultText: undefined,
    evaluate: (texts, _os, notes) => parseAll(type, texts, notes)[0]?.value,
  };
}

/** A setting with a line for each of its values, in the order of the file. */
export function many<T>(
  type: ValueType<T>,
  facts: Facts & { default?: DefaultText },
): Setting<readonly T[]> {
  const { default: defaultText, ...rest } = facts;
  return {
    ...common(type, rest),
    repeatable: true,
    defaultText,
    evaluate(texts, os, notes) {
      if (texts.length === 0 && defaultText !== undefined) {
        return [type.parse(defaultFor(defaultText, os), () => {})];
      }
      return parseAll(type, texts, notes).map(({ value }) => value);
    },
  };
}

/** The default text on a system. */
export function defaultFor(text: DefaultText, os: "windows" | "unix"): string {
  return typeof text === "string" ? text : text[os];
}

function common<T>(type: ValueType<T>, { syntax = type.syntax, ...facts }: Facts) {
  return {
    ...facts,
    syntax,
    mask: type.mask ?? ((text: string) => text),
    isSecret: type.mask !== undefined,
    clean: (text: string) => cleanText(type.comments, text),
  };
}

function cleanText(comments: ValueType<unknown>["comments"], text: string): string {
  if (comments === "strip") return stripComment(text);
  return comments === "first" && text.startsWith("#") ? "" : text;
}

/** Values in an object each, so that a value that is `undefined` is told from one that is bad. */
function parseAll<T>(
  type: ValueType<T>,
  texts: readonly string[],
  notes: Notes,
): readonly { readonly value: T }[] {
  return texts.flatMap((text, index) => {
    try {
      return [{ value: type.parse(text, (message) => notes.warning(index, message)) }];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      notes.error(index, error.message);
      return [];
    }
  });
}
