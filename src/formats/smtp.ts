import { decodeText } from "./header.ts";

/** One line of a reply. */
export interface SmtpReplyLine {
  readonly code: number;
  /** More lines of the same reply follow. */
  readonly more: boolean;
  readonly text: string;
}

/** A whole reply (RFC 5321 section 4.2). */
export interface SmtpReply {
  readonly code: number;
  /** The text of each line, at least one. */
  readonly lines: readonly string[];
}

/** What a server can do beyond RFC 821. */
export interface SmtpCapabilities {
  /** Keywords in upper case, each with what follows it. */
  readonly keywords: ReadonlyMap<string, string>;
  /** Largest message it takes, in octets; `undefined` if it does not say (RFC 1870 section 3). */
  readonly maxOctets: number | undefined;
}

/** Nothing beyond RFC 821: a server that was greeted with HELO. */
export const NO_CAPABILITIES: SmtpCapabilities = { keywords: new Map(), maxOctets: undefined };

/**
 * Parses one line of a reply, without its line end (RFC 5321 section 4.2). A code alone, without
 * the space behind it, is taken as servers do send it.
 *
 * @throws {SyntaxError} If it does not begin with a code from 200 to 599.
 */
export function parseReplyLine(line: Uint8Array): SmtpReplyLine {
  const whole = decodeText(line);
  const [, code, mark, text = ""] = /^([2-5]\d\d)(?:([ -])(.*))?$/s.exec(whole) ?? [];
  if (code === undefined) {
    throw new SyntaxError(`Cannot parse SMTP reply: got ${JSON.stringify(whole.slice(0, 40))}`);
  }
  return { code: Number(code), more: mark === "-", text };
}

/** Reads the keywords from the reply to EHLO (RFC 5321 section 4.1.1.1). */
export function parseCapabilities({ lines }: SmtpReply): SmtpCapabilities {
  const keywords = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const [, keyword, params = ""] = /^([A-Za-z0-9][\w-]*)(?:\s+(.*))?$/.exec(line.trim()) ?? [];
    if (keyword !== undefined) keywords.set(keyword.toUpperCase(), params);
  }
  const size = keywords.get("SIZE") ?? "";
  // 0 says that there is no limit.
  const maxOctets = /^\d+$/.test(size) && Number(size) > 0 ? Number(size) : undefined;
  return { keywords, maxOctets };
}

/**
 * The enhanced status code of a reply (RFC 2034 section 3), or, where it has none of its own class,
 * `x.0.0`. Only for replies from 200 to 599.
 */
export function statusOf({ code, lines }: SmtpReply): string {
  const [, status] = /^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)/.exec(lines[0] ?? "") ?? [];
  const family = Math.floor(code / 100);
  return status?.startsWith(`${family}.`) ? status : `${family}.0.0`;
}

/** Longest text that is quoted, in UTF-16 units: it is kept for each recipient it concerns. */
const MAX_QUOTED_LENGTH = 500;

/**
 * A reply on one line, as it is quoted to people: `550 5.1.1 No such user`. Bounded, and without
 * controls: it is shown on terminals.
 */
export function replyText({ code, lines }: SmtpReply): string {
  const text = `${code} ${lines.join(" ")}`.replaceAll(/[\s\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return text.length <= MAX_QUOTED_LENGTH
    ? text
    : `${text.slice(0, MAX_QUOTED_LENGTH - 1).replace(/\p{Cs}$/u, "")}…`;
}
