/** Longest command line in octets, CRLF included (RFC 2449 section 4). */
export const MAX_COMMAND_OCTETS = 255;

/** Longest first line of a reply in octets, CRLF included (RFC 2449 section 4). */
export const MAX_REPLY_OCTETS = 512;

/** One POP3 command. */
export interface Pop3Command {
  /** In upper case. */
  readonly keyword: string;
  /** All that follows the first space, as it is: a password may have spaces anywhere. */
  readonly argument: string;
}

/** First line of a reply. */
export interface Pop3Reply {
  readonly ok: boolean;
  /** Response code in upper case without brackets, `IN-USE` (RFC 2449 section 8). */
  readonly code?: string;
  /** For people. */
  readonly text: string;
}

/** One line of a LIST reply: which message, how many octets. */
export interface Pop3Listing {
  readonly number: number;
  readonly octets: number;
}

/**
 * Parses one command line, without its CRLF (RFC 1939 section 3). Names and passwords are UTF-8
 * (RFC 6856); what is not valid UTF-8 is taken as Windows-1252, which is what old clients send.
 *
 * @throws {SyntaxError} If it has no keyword.
 */
export function parseCommand(line: Uint8Array): Pop3Command {
  const text = decode(line);
  const space = text.indexOf(" ");
  const keyword = space < 0 ? text : text.slice(0, space);
  // RFC 1939 has three or four letters, later commands more (STLS, AUTH, LANG, XTND).
  if (!/^[A-Za-z][A-Za-z0-9-]{2,11}$/.test(keyword)) {
    throw new SyntaxError("Cannot parse POP3 command: expected a keyword of 3 to 12 letters");
  }
  return { keyword: keyword.toUpperCase(), argument: space < 0 ? "" : text.slice(space + 1) };
}

/**
 * Parses a number argument of a command or reply: decimal digits, nothing else.
 *
 * @throws {SyntaxError} If it is anything else or too large to be counted with.
 */
export function parseNumber(text: string): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number)) {
    throw new SyntaxError(`Cannot parse number: got ${quoted(text)}, expected decimal digits`);
  }
  return number;
}

/**
 * Parses the first line of a reply, without its CRLF (RFC 1939 section 3, RFC 2449 section 8).
 *
 * @throws {SyntaxError} If it begins neither with `+OK` nor with `-ERR`.
 */
export function parseReply(line: Uint8Array): Pop3Reply {
  const text = decode(line);
  const match = /^(\+OK|-ERR)(?:[ \t]+|$)(?:\[([^\]\s]{1,100})\][ \t]*)?(.*)$/is.exec(text);
  if (match === null) {
    throw new SyntaxError(
      `Cannot parse POP3 reply: got ${quoted(text.slice(0, 80))}, expected +OK or -ERR`,
    );
  }
  const [, indicator, code, rest = ""] = match;
  return {
    ok: indicator?.toUpperCase() === "+OK",
    ...(code === undefined ? {} : { code: code.toUpperCase() }),
    text: rest,
  };
}

/**
 * Formats the first line of a reply with its CRLF. Text that does not fit a reply line is cut at a
 * character, control characters become spaces.
 */
export function formatReply({ ok, code, text }: Pop3Reply): string {
  const head = (ok ? "+OK" : "-ERR") + (code === undefined ? "" : ` [${code}]`);
  // deno-lint-ignore no-control-regex -- none of them may reach a client's terminal
  const clean = text.replaceAll(/[\x00-\x1f\x7f]/g, " ");
  const line = clean === "" ? head : `${head} ${clean}`;
  return cutToOctets(line, MAX_REPLY_OCTETS - 2) + "\r\n";
}

/**
 * Parses a scan listing: `1 120`, perhaps with more behind it (RFC 1939 section 5, LIST).
 *
 * @throws {SyntaxError} If it does not begin with two numbers.
 */
export function parseListing(line: string): Pop3Listing {
  const [number = "", octets = ""] = line.trim().split(/[ \t]+/, 2);
  return { number: parseNumber(number), octets: parseNumber(octets) };
}

/**
 * Parses a unique-id listing: `1 whqtswO00WBw418f9t5JxYwZ` (RFC 1939 section 7). Longer ids than its
 * 70 characters are accepted, up to 250: some servers send them.
 *
 * @throws {SyntaxError} If it is not a number and an id of visible characters.
 */
export function parseUidl(line: string): { readonly number: number; readonly uid: string } {
  const match = /^[ \t]*(\d+)[ \t]+([\x21-\x7e]{1,250})[ \t]*$/.exec(line);
  if (match === null) {
    throw new SyntaxError(
      `Cannot parse unique-id listing: got ${quoted(line.slice(0, 80))}, expected number and id`,
    );
  }
  const [, number = "", uid = ""] = match;
  return { number: parseNumber(number), uid };
}

/** Whether `text` may be a unique-id: 1 to 70 visible ASCII characters (RFC 1939 section 7). */
export function isUniqueId(text: string): boolean {
  return /^[\x21-\x7e]{1,70}$/.test(text);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const windows1252 = new TextDecoder("windows-1252");

function decode(line: Uint8Array): string {
  try {
    return utf8.decode(line);
  } catch {
    return windows1252.decode(line); // Knows a character for every octet, so it never fails.
  }
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function cutToOctets(text: string, maxOctets: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxOctets));
  return text.slice(0, read);
}
