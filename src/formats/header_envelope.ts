import { parseAddressList, parsePath } from "./address.ts";
import { fieldsNamed, type HeaderField } from "./header.ts";

/**
 * Whom a message names as its recipients: To, Cc and Bcc, or, in a message that was sent on, their
 * `Resent-` forms alone (RFC 5322 section 3.6.6). Each once. A name without a domain (`To: root`) is
 * given as it stands: to whom it belongs is not said here.
 */
export function recipientsNamed(fields: readonly HeaderField[]): readonly string[] {
  const resent = addressesIn(fields, ["Resent-To", "Resent-Cc", "Resent-Bcc"]);
  return resent.length > 0 ? resent : addressesIn(fields, ["To", "Cc", "Bcc"]);
}

/** The addresses in all fields of these names, each once, in their order. */
export function addressesIn(
  fields: readonly HeaderField[],
  names: readonly string[],
): readonly string[] {
  const found = new Map<string, string>();
  for (const name of names) {
    for (const address of fieldsNamed(fields, name).flatMap(({ value }) => namesIn(value))) {
      const key = address.toLowerCase();
      if (!found.has(key)) found.set(key, address);
    }
  }
  return [...found.values()];
}

/**
 * Who sent a message, as the first of these fields that names somebody says: `X-Sender`,
 * `Return-Path`, `Sender`, `From`. Empty if nobody is named, or `<>` says that nobody is to be told.
 */
export function senderNamed(fields: readonly HeaderField[]): string {
  for (const name of ["X-Sender", "Return-Path", "Sender", "From"]) {
    for (const { value } of fieldsNamed(fields, name)) {
      if (isNullPath(value)) return "";
      const [first] = parseAddressList(value);
      if (first !== undefined) return first.address;
    }
  }
  return "";
}

function isNullPath(value: string): boolean {
  try {
    return parsePath(value) === "";
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/**
 * What stands in quotes or in a comment. One that is never closed goes to the end: looking for the end
 * of each would take quadratic time.
 */
const ASIDE = /"(?:[^"\\]|\\.)*(?:"|\\?$)|\([^()]*\)/g;

/** The addresses of a list, and the names in it that have no domain. */
export function namesIn(value: string): string[] {
  const bare = value.replaceAll(ASIDE, '""').split(",").filter(isBareName);
  return [
    ...bare.map((piece) => piece.replaceAll(/[<>\s]/g, "")),
    ...parseAddressList(value).map(({ address }) => address),
  ];
}

/** `root`, or `<root>`: what cron and scripts write where the domain goes without saying. */
function isBareName(piece: string): boolean {
  return /^\s*(?:[\w.+-]+|<[\w.+-]+>)\s*$/.test(piece);
}
