import type { LogFields, LogLevel } from "./log.ts";

/** Bounds on what a peer can make us write: one value, and the whole text, in UTF-16 units. */
const MAX_VALUE_LENGTH = 500;
const MAX_TEXT_LENGTH = 2000;

/** Field names that smell of a secret. No caller passes one; this is for the day that one does. */
const SECRET_NAME = /pass|pwd|secret|token|credential|cookie|authorization|private/i;

/** Protocol lines that carry a secret, should a whole command ever be a value. */
const SECRET_COMMAND = /^\s*(PASS|AUTH\s+\S+|APOP\s+\S+)\s+\S/i;

const REDACTED = "[redacted]";

/**
 * What can forge a second line or command a terminal: controls (CR, LF, ESC, C1), format
 * characters that turn the direction of text, line separators, halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const LEVEL_WORDS: Readonly<Record<LogLevel, string>> = {
  error: "Error",
  warn: "Warning",
  info: "Info",
  debug: "Debug",
};

/**
 * One event as text: `Delivered id=7f3a to=bob subject="two words"`. It is always a single line of
 * bounded length, and a field that is named like a secret shows only that it was there.
 */
export function logText(event: string, fields: LogFields = {}): string {
  const parts = [escaped(event)];
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) parts.push(`${name}=${shown(name, String(value))}`);
  }
  return cut(parts.join(" "), MAX_TEXT_LENGTH);
}

/**
 * A line of a log file without its end: `20/11 09:30:15 Info: Delivered id=7f3a`, in local time
 * (B29). A text that begins with `***`, a step of a recipient chain, carries no level (B36).
 */
export function logLine(atMs: number, level: LogLevel, text: string): string {
  const at = new Date(atMs);
  const day = `${twoDigits(at.getDate())}/${twoDigits(at.getMonth() + 1)}`;
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(":");
  return text.startsWith("***")
    ? `${day} ${time} ${text}`
    : `${day} ${time} ${LEVEL_WORDS[level]}: ${text}`;
}

function shown(name: string, value: string): string {
  if (SECRET_NAME.test(name) || SECRET_COMMAND.test(value)) return REDACTED;
  return quoted(escaped(cut(value, MAX_VALUE_LENGTH)));
}

/** Quoted where a reader could not tell the end of the value otherwise. */
function quoted(value: string): string {
  if (!/[\s"=]|^$/.test(value)) return value;
  return `"${value.replaceAll('"', '\\"')}"`;
}

function escaped(text: string): string {
  if (/^[ -~]*$/.test(text)) return text; // Nearly always, and quickly said.
  return text.replace(UNPRINTABLE, (character) => {
    if (character === "\t") return " ";
    if (character === "\r") return "\\r";
    if (character === "\n") return "\\n";
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).toWellFormed().replace(/\uFFFD$/, "")}…`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
