import { parseContentValue } from "../../formats/content_type.ts";
import { fieldsNamed, fieldValue, type HeaderField } from "../../formats/header.ts";

/** How the text of a part is written. */
export interface TextPart {
  readonly kind: "text";
  /** In lower case; empty if none is given, which means US-ASCII. */
  readonly charset: string;
  readonly encoding: "7bit" | "8bit" | "quoted-printable";
  /** Lines that end in a space go on (RFC 3676). */
  readonly flowed: boolean;
}

/** What a header says about what follows it, as far as a footer is concerned. */
export type Content =
  | TextPart
  | { readonly kind: "multipart"; readonly boundary: string }
  /** Nothing that may be changed. */
  | { readonly kind: "other" };

/** Longest boundary (RFC 2046 section 5.1.1), and some more than that. */
export const MAX_BOUNDARY = 200;

/** Multiparts whose first part is the text people read, or leads to it. */
const READABLE = new Set(["multipart/mixed", "multipart/alternative", "multipart/related"]);

/** Reads what the header of a message or a part says. */
export function contentOf(fields: readonly HeaderField[]): Content {
  if (isSigned(fields)) return OTHER;
  const type = parseContentValue(fieldValue(fields, "Content-Type") ?? "text/plain");
  const encoding = (fieldValue(fields, "Content-Transfer-Encoding") ?? "7bit").toLowerCase();
  if (READABLE.has(type.value)) {
    const boundary = type.parameters.get("boundary") ?? "";
    return boundary === "" || boundary.length > MAX_BOUNDARY
      ? OTHER
      : { kind: "multipart", boundary };
  }
  const disposition = parseContentValue(fieldValue(fields, "Content-Disposition") ?? "").value;
  if (type.value !== "text/plain" || disposition === "attachment") return OTHER;
  const known = ENCODINGS.get(encoding);
  if (known === undefined) return OTHER;
  return {
    kind: "text",
    charset: (type.parameters.get("charset") ?? "").toLowerCase(),
    encoding: known,
    flowed: type.parameters.get("format")?.toLowerCase() === "flowed",
  };
}

const OTHER: Content = { kind: "other" };

const ENCODINGS = new Map<string, TextPart["encoding"]>([
  ["7bit", "7bit"],
  ["8bit", "8bit"],
  ["binary", "8bit"],
  ["quoted-printable", "quoted-printable"],
]);

/** A change of the body would break the signature (RFC 6376). */
function isSigned(fields: readonly HeaderField[]): boolean {
  return fieldsNamed(fields, "DKIM-Signature").length > 0;
}
