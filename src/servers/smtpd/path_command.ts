import { parsePath } from "../../formats/address.ts";
import { replies, type Reply } from "./replies.ts";

/** Parameters of MAIL and RCPT by their upper-case names; `true` for one without a value. */
export type Parameters = Readonly<Record<string, string | true>>;

/** A MAIL or RCPT command as read, or what to answer. */
export type PathCommand =
  | { readonly kind: "read"; readonly address: string; readonly parameters: Parameters }
  | { readonly kind: "refused"; readonly reply: Reply };

interface Syntax {
  readonly line: RegExp;
  readonly badAddress: Reply;
  readonly parameters: ReadonlySet<string>;
  /** Whether an address may do without a domain. */
  readonly mayBeBare: (address: string) => boolean;
}

// RFC 5321 section 4.1.2; blanks behind the colon and a path without brackets are common mistakes.
const PATH = String.raw`(<(?:"(?:[^"\\]|\\.)*"|[^<>"])*>|[^\s<>"]+)`;
const PARAMETERS = String.raw`((?:\s+\S+)*)\s*$`;

const SYNTAX: Readonly<Record<"MAIL" | "RCPT", Syntax>> = {
  MAIL: {
    line: new RegExp(String.raw`^MAIL\s+FROM\s*:\s*${PATH}${PARAMETERS}`, "is"),
    badAddress: replies.badSender,
    // RFC 1870, RFC 6152, RFC 6531 and RFC 3461.
    parameters: new Set(["SIZE", "BODY", "SMTPUTF8", "RET", "ENVID"]),
    mayBeBare: (address) => address === "", // A bounce (RFC 5321 section 4.5.5).
  },
  RCPT: {
    line: new RegExp(String.raw`^RCPT\s+TO\s*:\s*${PATH}${PARAMETERS}`, "is"),
    badAddress: replies.badRecipient,
    parameters: new Set(["NOTIFY", "ORCPT"]), // RFC 3461
    mayBeBare: (address) => address.toLowerCase() === "postmaster", // RFC 5321 section 4.5.1
  },
};

/** Longest value, in characters (RFC 3461 sections 4.2 and 4.4). */
const MAX_VALUE: Readonly<Record<string, number>> = { ENVID: 100, ORCPT: 500 };

/** xtext (RFC 3461 section 4): printable, `+` and `=` as `+2B` and `+3D`. */
const XTEXT = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})+$/;

/**
 * Reads a MAIL or RCPT command. Values stay as they came: ENVID and ORCPT in xtext, a domain in the
 * letters it was written in.
 */
export function readPathCommand(verb: "MAIL" | "RCPT", line: Uint8Array): PathCommand {
  const syntax = SYNTAX[verb];
  const parts = syntax.line.exec(decode(line) ?? "");
  if (parts === null) return refused(syntax.badAddress);
  const address = readPath(parts[1]!, syntax);
  if (address === undefined) return refused(syntax.badAddress);
  const parameters = readParameters(parts[2]!.trim(), syntax);
  return parameters.kind === "refused" ? parameters : { ...parameters, address };
}

function readPath(text: string, { mayBeBare }: Syntax): string | undefined {
  try {
    const address = parsePath(text);
    return address.includes("@") || mayBeBare(address) ? address : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readParameters(
  text: string,
  { parameters: known }: Syntax,
):
  | { readonly kind: "read"; readonly parameters: Parameters }
  | { readonly kind: "refused"; readonly reply: Reply } {
  const parameters: Record<string, string | true> = {};
  for (const word of text === "" ? [] : text.split(/\s+/)) {
    const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const key = name.toUpperCase();
    if (!known.has(key)) return refused(replies.unknownParameter(shown(key)));
    if (key in parameters) return refused(replies.syntax(`Parameter given twice: ${key}`));
    if (value !== undefined && !isValue(key, value)) {
      return refused(replies.syntax(`Bad value of parameter ${key}`));
    }
    parameters[key] = value || true;
  }
  return { kind: "read", parameters };
}

function isValue(key: string, value: string): boolean {
  // ORCPT is `rfc822;address` with only the address in xtext (RFC 3461 section 4.2).
  const encoded = key === "ORCPT" ? value.replace(/^[A-Za-z0-9-]+;/, "") : value;
  return XTEXT.test(encoded) && value.length <= (MAX_VALUE[key] ?? 100);
}

/** UTF-8 (RFC 6531 section 3.3) or nothing that an address can be read from. */
function decode(line: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return undefined;
  }
}

function shown(name: string): string {
  return name.replaceAll(/[^!-~]/g, "?").slice(0, 40);
}

function refused(reply: Reply): { readonly kind: "refused"; readonly reply: Reply } {
  return { kind: "refused", reply };
}
