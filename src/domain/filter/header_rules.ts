import { decodeWords } from "../../formats/encoded_words.ts";
import type { FilterRule } from "../../formats/filter_file.ts";
import type { HeaderField } from "../../formats/header.ts";
import { HeaderPattern } from "./header_pattern.ts";

/** The header rules of a filter file, made ready. */
export class HeaderRules {
  /** In the order of their numbers. */
  readonly #rules: readonly ReadyRule[];

  constructor(rules: readonly FilterRule[]) {
    this.#rules = rules.flatMap(({ number, test }) =>
      test.kind !== "header" ? [] : [{
        number,
        name: test.name?.toLowerCase(),
        pattern: new HeaderPattern(test.pattern),
      }]
    );
  }

  /**
   * The number of the first rule that fits a field. A value is looked at unfolded, as it is written
   * and with its encoded words decoded.
   */
  fitting(fields: readonly HeaderField[]): number | undefined {
    if (this.#rules.length === 0) return undefined;
    const written = fields.map(textsOf);
    return this.#rules.find((rule) => written.some((texts) => fits(rule, texts)))?.number;
  }
}

interface ReadyRule {
  readonly number: number;
  /** `undefined`: the whole line is looked at. */
  readonly name: string | undefined;
  readonly pattern: HeaderPattern;
}

/** A field in lower case. */
interface FieldTexts {
  readonly name: string;
  /** Once or twice: as written, and decoded if that is something else. */
  readonly values: readonly string[];
}

function textsOf({ name, value }: HeaderField): FieldTexts {
  const values = new Set([value, decodeWords(value)].map((text) => text.toLowerCase()));
  return { name: name.toLowerCase(), values: [...values] };
}

function fits({ name, pattern }: ReadyRule, field: FieldTexts): boolean {
  if (name === undefined) {
    return field.values.some((text) => pattern.fits(`${field.name}: ${text}`));
  }
  return name === field.name && field.values.some((text) => pattern.fits(text));
}
