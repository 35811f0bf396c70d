/** A stretch of TypeScript. `text` of a string is what stands between its quotes. */
export interface Token {
  readonly kind: "code" | "comment" | "string" | "template" | "regexp";
  readonly text: string;
}

/** Each alternative begins where code may end; the order decides what wins. */
const BOUNDARY = new RegExp(
  [
    String.raw`(?<comment>//[^\n]*|/\*[^]*?\*/)`,
    String.raw`"(?<double>(?:[^"\\\n]|\\[^])*)"`,
    String.raw`'(?<single>(?:[^'\\\n]|\\[^])*)'`,
    String.raw`(?<tick>\x60)`,
    String.raw`(?<slash>/)`,
    String.raw`(?<brace>[{}])`,
  ].join("|"),
  "g",
);

const REGEXP_BODY = /(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
const TEMPLATE_PART = /(?:[^\\`$]|\\[^]|\$(?!\{))*/y;

/** After these a slash divides; after anything else it begins a regular expression. */
const ENDS_OPERAND = /[\w$)\]}]\s*$/;
const KEYWORD_BEFORE_REGEXP = /\b(?:return|typeof|case|in|of|do|else|void|yield|await)\s*$/;

/**
 * Splits TypeScript into code, comments, strings, templates and regular expressions, well enough
 * to look for words in the code alone. What stands in `${}` of a template is code.
 */
export function tokens(source: string): readonly Token[] {
  return new Scanner(source).scan();
}

class Scanner {
  readonly #source: string;
  readonly #found: Token[] = [];
  /** For each open `${`, how many braces are open inside it. */
  readonly #templates: number[] = [];
  #start = 0;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  scan(): readonly Token[] {
    for (let match = this.#next(); match !== null; match = this.#next()) {
      const groups = match.groups ?? {};
      const text = groups.comment ?? groups.double ?? groups.single;
      if (text !== undefined) {
        this.#add(groups.comment === undefined ? "string" : "comment", match.index, text);
      } else if (groups.tick !== undefined) {
        this.#template(match.index);
      } else if (groups.slash !== undefined) {
        this.#slash(match.index);
      } else {
        this.#brace(match.index, groups.brace === "{");
      }
    }
    this.#code(this.#source.length);
    return this.#found;
  }

  #next(): RegExpExecArray | null {
    BOUNDARY.lastIndex = this.#at;
    const match = BOUNDARY.exec(this.#source);
    if (match !== null) this.#at = BOUNDARY.lastIndex;
    return match;
  }

  /** Adds a token that begins at `from` and ends where the scanner is. */
  #add(kind: Token["kind"], from: number, text: string): void {
    this.#code(from);
    this.#found.push({ kind, text });
    this.#start = this.#at;
  }

  #code(end: number): void {
    if (end > this.#start) {
      this.#found.push({ kind: "code", text: this.#source.slice(this.#start, end) });
    }
  }

  #template(from: number): void {
    TEMPLATE_PART.lastIndex = this.#at;
    const text = TEMPLATE_PART.exec(this.#source)?.[0] ?? "";
    this.#at += text.length;
    const opens = this.#source.startsWith("${", this.#at);
    this.#at += opens ? 2 : 1;
    if (opens) this.#templates.push(0);
    this.#add("template", from, text);
  }

  #brace(from: number, opens: boolean): void {
    const depth = this.#templates.pop();
    if (depth === undefined) return;
    if (opens) this.#templates.push(depth + 1);
    else if (depth > 0) this.#templates.push(depth - 1);
    else this.#template(from);
  }

  #slash(from: number): void {
    const before = this.#source.slice(Math.max(this.#start, from - 80), from);
    const last = this.#found.at(-1)?.kind;
    const divides = before.trim() === ""
      ? last === "string" || last === "template"
      : ENDS_OPERAND.test(before) && !KEYWORD_BEFORE_REGEXP.test(before);
    if (divides) return;
    REGEXP_BODY.lastIndex = this.#at;
    const body = REGEXP_BODY.exec(this.#source)?.[0];
    if (body === undefined) return;
    this.#at += body.length;
    this.#add("regexp", from, body);
  }
}
