import type { Chunks } from "../platform/mod.ts";
import { joined } from "./byte_transform.ts";
import { headerEnd } from "./header.ts";

/** Octets of a header that are searched; one that is longer counts as without a Return-Path. */
const MAX_SEARCHED_OCTETS = 256 * 1024;

const LF = 0x0a;
const NAME = "return-path";
const COLON = 0x3a;

/** The field that final delivery adds, without a line end (RFC 5321 section 4.4). */
export function formatReturnPath(sender: string): string {
  return `Return-Path: <${oneWord(sender)}>`;
}

/** An address as one word: a space or a control character would break the line it stands in. */
export function oneWord(address: string): string {
  // deno-lint-ignore no-control-regex -- this is where they are taken out
  return address.replaceAll(/[\s\x00-\x1f\x7f]/g, "_");
}

/**
 * Whether a message has a Return-Path already: mail that was collected was delivered once before,
 * and what that server wrote is what the sender said.
 *
 * @param bytes The beginning of the message, with either kind of line ends.
 */
export function hasReturnPath(bytes: Uint8Array): boolean {
  const end = headerEnd(bytes) ?? bytes.length;
  for (let start = 0; start < end;) {
    if (isReturnPath(bytes, start)) return true;
    const lf = bytes.indexOf(LF, start);
    if (lf < 0) return false;
    start = lf + 1;
  }
  return false;
}

/** The message with a Return-Path before it, unless it has one already (RFC 5321 section 4.4). */
export async function* withReturnPath(
  message: Chunks,
  { sender, lineEnd }: { readonly sender: string; readonly lineEnd: "\n" | "\r\n" },
): AsyncGenerator<Uint8Array> {
  const field = new TextEncoder().encode(formatReturnPath(sender) + lineEnd);
  let head: Uint8Array = new Uint8Array(0);
  let searching = true;
  for await (const chunk of message) {
    if (!searching) {
      yield chunk;
      continue;
    }
    head = joined(head, chunk);
    if (headerEnd(head) === undefined && head.length < MAX_SEARCHED_OCTETS) continue;
    searching = false;
    yield hasReturnPath(head) ? head : joined(field, head);
  }
  if (searching) yield hasReturnPath(head) ? head : joined(field, head);
}

/** Whether the field begins at `start`; RFC 5322 section 4.5 allows space before the colon. */
function isReturnPath(bytes: Uint8Array, start: number): boolean {
  let at = start;
  for (const letter of NAME) {
    const octet = bytes[at++];
    if (octet === undefined || String.fromCharCode(octet).toLowerCase() !== letter) return false;
  }
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
  return bytes[at] === COLON;
}
