import { fieldsNamed, type HeaderField } from "../../formats/header.ts";

/** Fields that servers write into stored mail, and change after it was first read. */
const CHANGING = new Set([
  "status",
  "x-status",
  "x-uidl",
  "x-uid",
  "x-keywords",
  "x-imap",
  "x-imapbase",
  "content-length",
  "lines",
]);

/** What knows a message again without its server's help. */
export interface Fingerprint {
  /** SHA-256 of the header and the listed size, in hex. */
  readonly text: string;
  /** Whether the header names the message: a Message-ID, or a Received with its time and id. */
  readonly distinct: boolean;
}

/**
 * Takes the fingerprint of a message from its header. Servers that list no size, or a changing one,
 * give themselves away by other sizes only; the header is what counts for a message that has a
 * Message-ID.
 */
export async function fingerprintOf(
  fields: readonly HeaderField[],
  listedOctets: number,
): Promise<Fingerprint> {
  const stable = fields.filter(({ name }) => !CHANGING.has(name.toLowerCase()));
  const named = fieldsNamed(fields, "Message-ID").length > 0;
  const lines = stable.map(({ name, value }) => `${name.toLowerCase()}:${value}\n`);
  const text = lines.join("") + (named ? "" : String(listedOctets));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return {
    text: new Uint8Array(hash).toHex().slice(0, 40),
    distinct: named || fieldsNamed(fields, "Received").length > 0,
  };
}
