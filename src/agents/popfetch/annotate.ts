import { fieldsNamed, fieldValue, type HeaderBlock } from "../../formats/header.ts";
import type { Refused } from "./addressing.ts";

/** What the caretaker is told about a message. */
export interface Note {
  /** `user@host` of the mailbox it came from. */
  readonly account: string;
  readonly delivered: readonly string[];
  readonly refused: readonly Refused[];
}

/** Longest list of recipients in a note; a note is read by a person. */
const MAX_NAMED = 50;

const LF = 0x0a;

/** Fields of the original that the wrapper shows, so that it sorts and reads like it. */
const SHOWN = ["From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References"];

/**
 * The caretaker's copy (B49): the message with a paragraph on top that says who got it and who did
 * not. The paragraph goes straight into a plain text body. Any other message is wrapped whole:
 * `multipart/mixed` of the paragraph and the original as `message/rfc822`, because a paragraph put
 * on top of a MIME body is shown by no mail program, and breaks encodings.
 *
 * @param boundary Must not occur in the message: random, nobody may foresee it.
 */
export async function* annotated(
  message: HeaderBlock,
  note: Note,
  boundary: string,
): AsyncGenerator<Uint8Array, void> {
  const paragraph = formatNote(note);
  const encoder = new TextEncoder();
  if (takesText(message, paragraph)) {
    yield message.bytes;
    yield encoder.encode(`${paragraph}\r\n`);
    yield* message.rest;
    return;
  }
  for (const name of SHOWN) {
    for (const { raw } of fieldsNamed(message.fields, name)) {
      if (raw.at(-1) === LF) yield raw; // Cut off at the bound of the header, it has no line end.
    }
  }
  yield encoder.encode([
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    paragraph,
    `--${boundary}`,
    "Content-Type: message/rfc822",
    "Content-Transfer-Encoding: 8bit",
    "Content-Disposition: inline",
    "",
    "",
  ].join("\r\n"));
  yield message.bytes;
  yield* message.rest;
  yield encoder.encode(`\r\n--${boundary}--\r\n`);
}

function formatNote({ account, delivered, refused }: Note): string {
  const lines = [`This message was collected from ${account}.`];
  if (delivered.length > 0) lines.push("It was delivered to:", ...named(delivered));
  else lines.push("It was delivered to nobody else.");
  lines.push(
    "It could not be delivered to:",
    ...named(refused.map(({ address, reason }) => `${address} (${reason})`)),
  );
  const clean = lines.map((line) => line.replaceAll(/\p{Cc}+/gu, " "));
  return [...clean, "-".repeat(60), ""].join("\r\n");
}

function named(recipients: readonly string[]): string[] {
  const shown = recipients.slice(0, MAX_NAMED).map((one) => `  ${one}`);
  const more = recipients.length - shown.length;
  return more > 0 ? [...shown, `  and ${more} more`] : shown;
}

/** Whether lines of `text` may stand as they are at the top of the body. */
function takesText({ fields, complete }: HeaderBlock, text: string): boolean {
  const type = fieldValue(fields, "Content-Type")?.toLowerCase() ?? "text/plain";
  const encoding = fieldValue(fields, "Content-Transfer-Encoding")?.toLowerCase() ?? "7bit";
  return complete && /^text\/plain\s*(;|$)/.test(type) && ["7bit", "8bit"].includes(encoding) &&
    !/[^\x20-\x7e\r\n]/.test(text) && !/utf-?(16|32)/.test(type);
}
