/**
 * Lexical syntax of `dmail.conf` (inventory 2.1): one setting a line, `name value…`, comment lines
 * that begin with `#`, and `#include file`. What a value means is decided elsewhere.
 *
 * @module
 */

/** Largest file that is read, in octets. Nobody writes one of this size by hand. */
export const MAX_CONF_OCTETS = 1024 * 1024;

/** Longest line, in characters: room for a list of several hundred addresses. */
export const MAX_CONF_LINE = 8192;

/** One line that says something, counted from 1. */
export type ConfLine =
  /** `name` is in lower case; `value` may be empty, and may still end in a comment. */
  | {
    readonly kind: "setting";
    readonly line: number;
    readonly name: string;
    readonly value: string;
  }
  | { readonly kind: "include"; readonly line: number; readonly path: string }
  /** The line cannot be read; `message` says why and what to write. */
  | { readonly kind: "fault"; readonly line: number; readonly message: string };

/** One word of a value. A quoted word never begins a comment. */
export interface ConfWord {
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * Splits a configuration file into its lines. CRLF and a byte order mark are accepted. Never
 * throws: what cannot be read comes back as faults.
 */
export function parseConf(bytes: Uint8Array): readonly ConfLine[] {
  if (bytes.length > MAX_CONF_OCTETS) {
    return [fault(1, `The file has ${bytes.length} octets, at most ${MAX_CONF_OCTETS} are read`)];
  }
  const lines: ConfLine[] = [];
  for (const [index, raw] of splitLines(bytes).entries()) {
    const line = parseLine(raw, index + 1);
    if (line) lines.push(line);
  }
  return lines;
}

/**
 * Splits a value into words at blanks. Double quotes keep blanks together, as in
 * `"|c:\dmail\drespond arg"`; a backslash is a backslash, quotes or not.
 *
 * @throws {SyntaxError} If a word begins with a quote and does not end with the next one.
 */
export function splitWords(value: string): readonly ConfWord[] {
  const words: ConfWord[] = [];
  let rest = value.trimStart();
  while (rest !== "") {
    const quoted = rest.startsWith('"');
    const found = (quoted ? /^"([^"]*)"(?=\s|$)/ : /^([^\s"]\S*)/).exec(rest);
    if (!found) {
      throw new SyntaxError('write double quotes around a whole word, as in "|prog arg"');
    }
    words.push({ text: found[1]!, quoted });
    rest = rest.slice(found[0].length).trimStart();
  }
  return words;
}

/**
 * Writes words so that {@linkcode splitWords} reads them back.
 *
 * @throws {RangeError} If there is no way to write a word: it has a line break, or needs quotes and
 *   holds one.
 */
export function formatWords(words: readonly string[]): string {
  return words.map((word) => {
    const needsQuotes = word === "" || /^["#]|\s/.test(word);
    if (/[\r\n\0]/.test(word) || (needsQuotes && word.includes('"'))) {
      throw new RangeError(
        "A word with a line break, or with blanks and quotes, cannot be written",
      );
    }
    return needsQuotes ? `"${word}"` : word;
  }).join(" ");
}

/**
 * Cuts a trailing `# comment` off a value of a kind that cannot hold one (A23): from a `#` at the
 * start or behind a blank, unless it is in double quotes.
 */
export function stripComment(value: string): string {
  let quoted = false;
  for (let index = 0; index < value.length; index++) {
    if (value[index] === '"') quoted = !quoted;
    const begins = index === 0 || /\s/.test(value[index - 1] ?? "");
    if (value[index] === "#" && begins && !quoted) return value.slice(0, index).trim();
  }
  return value.trim();
}

/** On octets, not on text: a line that is not UTF-8 must not hide the ones around it. */
function splitLines(bytes: Uint8Array): readonly Uint8Array[] {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const lines: Uint8Array[] = [];
  for (let start = hasMark ? 3 : 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start);
    lines.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    start = end < 0 ? bytes.length : end + 1;
  }
  return lines;
}

function parseLine(raw: Uint8Array, line: number): ConfLine | undefined {
  const text = decode(raw);
  if (text === undefined) {
    return fault(line, "The line is not UTF-8 text: save the file as UTF-8 or plain ASCII");
  }
  if (text.length > MAX_CONF_LINE) {
    return fault(line, `The line has ${text.length} characters, at most ${MAX_CONF_LINE}`);
  }
  // deno-lint-ignore no-control-regex -- Finding control characters is the point.
  const control = /[\x00-\x08\x0a-\x1f\x7f]/.exec(text);
  if (control) {
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return fault(line, `The line holds the control character U+${code}: remove it`);
  }
  return parseText(text.trim(), line);
}

function parseText(text: string, line: number): ConfLine | undefined {
  const include = /^#include(?:\s+(.*))?$/i.exec(text);
  if (include) {
    const path = stripComment(include[1] ?? "").replace(/^"([^"]*)"$/, "$1");
    return path === ""
      ? fault(line, '#include names no file: write "#include <file>"')
      : { kind: "include", line, path };
  }
  if (text === "" || text.startsWith("#")) return undefined;
  const [, name, value] = /^(\S+)\s*(.*)$/.exec(text) as unknown as [string, string, string];
  return { kind: "setting", line, name: name.toLowerCase(), value };
}

function decode(raw: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw)
      .replace(/\r$/, "");
  } catch {
    return undefined; // Not UTF-8.
  }
}

function fault(line: number, message: string): ConfLine {
  return { kind: "fault", line, message };
}
