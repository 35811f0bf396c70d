import { decodeText, fieldsNamed, type HeaderBlock } from "./header.ts";

/** What is put where a message has nothing. */
export interface FieldDefaults {
  /** Value of `Date`. */
  readonly date: string;
  /** What stands before the `@` of a new `Message-ID`, and behind it. */
  readonly id: string;
  readonly hostname: string;
}

/**
 * The lines a message should have and has not: Date and Message-ID (B11, RFC 6409 section 8), and an
 * empty line if it does not begin with a header. To be put before it, without line ends.
 */
export function missingFields(
  header: HeaderBlock,
  { date, id, hostname }: FieldDefaults,
): readonly string[] {
  const has = (name: string) => fieldsNamed(header.fields, name).length > 0;
  return [
    ...has("Date") ? [] : [`Date: ${date}`],
    ...has("Message-ID") ? [] : [`Message-ID: <${id}@${hostname}>`],
    ...beginsWithHeader(header.bytes) ? [] : [""],
  ];
}

/** A field, the empty line that ends an empty header, or the From_ line some programs leave there. */
function beginsWithHeader(bytes: Uint8Array): boolean {
  return /^(?:$|\r?\n|>?From |[!-9;-~]+[ \t]*:)/.test(decodeText(bytes.subarray(0, 1000)));
}
