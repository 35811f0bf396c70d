/** A Content-Type or Content-Disposition value (RFC 2045 section 5.1, RFC 2183). */
export interface ContentValue {
  /** In lower case: `text/plain`, `attachment`. */
  readonly value: string;
  /** By their names in lower case; of two with the same name the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longest value that is looked at, in characters. */
const MAX_VALUE = 4096;

/** Reads a value with its parameters. Comments are dropped; what cannot be read is passed over. */
export function parseContentValue(text: string): ContentValue {
  const plain = withoutComments(text.slice(0, MAX_VALUE));
  const [, value = "", rest = ""] = /^\s*([^\s;]*)([^]*)$/.exec(plain) ?? [];
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, bare = ""] of rest.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (parameters.has(key)) continue;
    parameters.set(key, quoted === undefined ? bare : quoted.replaceAll(/\\([^])/g, "$1"));
  }
  return { value: value.toLowerCase(), parameters };
}

const PARAMETER = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\[^])*)"|([^\s;"]*))/g;

/** Comments stand in parentheses outside quotes (RFC 5322 section 3.2.2). */
function withoutComments(text: string): string {
  let plain = "";
  let depth = 0;
  for (const [piece] of text.matchAll(/"(?:[^"\\]|\\[^])*"|\\[^]|[^]/g)) {
    if (piece === "(") depth++;
    else if (piece === ")" && depth > 0) depth--;
    else if (depth === 0) plain += piece;
  }
  return plain;
}
