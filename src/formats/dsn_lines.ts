/** Where text for people, and a header field, is broken, in characters. */
const WIDTH = 76;

/** The longest text of somebody else's that is passed on in one piece, in octets. */
const MAX_OCTETS = 800;

const encoder = new TextEncoder();

/** What must not reach a line of ours: controls, half characters, and what turns text round. */
const UNWANTED =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+/gu;

/**
 * Makes one piece of a line of any text: no line end, no control, and at most `maxOctets` in UTF-8.
 * Nothing that went through it adds a line or a field to a notice.
 */
export function plain(text: string, maxOctets = MAX_OCTETS): string {
  const line = text.slice(0, 4 * MAX_OCTETS).replaceAll(UNWANTED, " ").trim();
  if (line.length * 3 <= maxOctets || encoder.encode(line).length <= maxOctets) return line;
  return `${cut(line, maxOctets - 3)}…`;
}

/** {@linkcode plain} for a text between others. */
export function quoted(text: string): string {
  return plain(text, 200);
}

/** Whether all of it is ASCII. */
export function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex -- All of ASCII is meant.
  return /^[\x00-\x7f]*$/.test(text);
}

/** RFC 6533 section 3, utf-8-addr-xtext: what is beyond ASCII, and a backslash, as `\x{E4}`. */
export function ascii(text: string): string {
  if (isAscii(text)) return text;
  let written = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const next = code < 0x80 && character !== "\\"
      ? character
      : `\\x{${code.toString(16).toUpperCase()}}`;
    if (written.length + next.length > MAX_OCTETS) break;
    written += next;
  }
  return written;
}

/**
 * Breaks a text into lines between words. A word that is longer than a line has one of its own.
 *
 * @param first Before the first line.
 * @param rest Before each other line.
 */
export function wrapped(
  text: string,
  { first = "", rest = first }: { readonly first?: string; readonly rest?: string } = {},
): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/ +/)) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** A field, folded between words (RFC 5322 section 2.2.3); `value` must be {@linkcode plain}. */
export function field(name: string, value: string): string {
  return wrapped(value, { first: `${name}: `, rest: " " }).join("\r\n");
}

/** At most so many octets of a text in UTF-8, and no half character. */
function cut(text: string, maxOctets: number): string {
  let octets = 0;
  let end = 0;
  for (const character of text) {
    octets += encoder.encode(character).length;
    if (octets > maxOctets) break;
    end += character.length;
  }
  return text.slice(0, end);
}
