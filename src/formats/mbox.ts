import { DAYS, MONTHS } from "./date.ts";
import { formatReturnPath, oneWord } from "./return_path.ts";

/**
 * A From_ line as mail programs write it: an address, perhaps with spaces, then ctime(), where a
 * zone may stand on either side of the year (RFC 4155 appendix A, and what is found in the wild).
 */
const FROM_LINE = new RegExp(
  `^From (?:.* )?(?:${DAYS.join("|")}) +(?:${MONTHS.join("|")}) +\\d{1,2} +` +
    "\\d{1,2}:\\d{2}(?::\\d{2})?(?: +[A-Z]{1,5}| +[+-]\\d{4})* +\\d{4}(?:[ \\t].*)?\\r?$",
);

/**
 * Says how many octets of the file belong to the message, counted from the next line. It stands
 * right behind the From_ line and is never served. After a crash it tells a whole message at the end
 * of a drop file from one that was cut off; readers of mbox files take it for a header.
 */
const LENGTH_FIELD = "X-DMail-Length: ";

/** What stands before a message in a drop file. */
export interface MboxHead {
  /** Envelope sender; empty for a bounce. */
  readonly sender: string;
  readonly deliveryId: string;
  readonly atMs: number;
}

/** The From_ line with its LF, in UTC: `From fred@a.example Mon Jan  1 00:00:00 2024`. */
export function formatFromLine({ sender, atMs }: MboxHead): string {
  const at = new Date(atMs);
  const two = (n: number) => String(n).padStart(2, "0");
  const date = [
    DAYS[at.getUTCDay()],
    MONTHS[at.getUTCMonth()],
    String(at.getUTCDate()).padStart(2),
    [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(":"),
    String(at.getUTCFullYear()).padStart(4, "0"),
  ].join(" ");
  return `From ${oneWord(sender) || "MAILER-DAEMON"} ${date}\n`;
}

/**
 * The header fields that a delivered message begins with; they are served with it.
 *
 * @param returnPath Whether it needs one: what has a Return-Path keeps its own.
 */
export function formatTraceFields(
  { sender, deliveryId }: MboxHead,
  { returnPath = true } = {},
): string {
  return `${returnPath ? `${formatReturnPath(sender)}\n` : ""}X-UIDL: ${deliveryId}\n`;
}

/** The length field with its LF, for a message that takes `octets` of the file. */
export function formatLengthField(octets: number): string {
  return `${LENGTH_FIELD}${octets}\n`;
}

/** What a length field without its LF says; `undefined` if the line is none. */
export function parseLengthField(line: string): number | undefined {
  const digits = line.startsWith(LENGTH_FIELD) ? line.slice(LENGTH_FIELD.length) : "";
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

/** Whether `line` may be the beginning of a length field that was cut off. */
export function beginsLengthField(line: string): boolean {
  return line.startsWith(LENGTH_FIELD) || LENGTH_FIELD.startsWith(line);
}

/** Whether a line without its LF is a plausible From_ line, not a sentence that begins so. */
export function isFromLine(line: string): boolean {
  return line.startsWith("From ") && FROM_LINE.test(line);
}
