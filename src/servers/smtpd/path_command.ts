import { parsePath } from "../../formats/address.ts";
import {
  MAIL_PARAMETERS,
  type Parameters,
  RCPT_PARAMETERS,
  readParameters,
} from "./path_parameters.ts";
import { replies, type Reply } from "./replies.ts";

export type { Parameters } from "./path_parameters.ts";

/** A MAIL or RCPT command as read, or what to answer. */
export type PathCommand =
  | { readonly kind: "read"; readonly address: string; readonly parameters: Parameters }
  | { readonly kind: "refused"; readonly reply: Reply };

interface Syntax {
  readonly line: RegExp;
  readonly badAddress: Reply;
  readonly parameters: typeof MAIL_PARAMETERS;
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
    parameters: MAIL_PARAMETERS,
    mayBeBare: (address) => address === "", // A bounce (RFC 5321 section 4.5.5).
  },
  RCPT: {
    line: new RegExp(String.raw`^RCPT\s+TO\s*:\s*${PATH}${PARAMETERS}`, "is"),
    badAddress: replies.badRecipient,
    parameters: RCPT_PARAMETERS,
    mayBeBare: (address) => address.toLowerCase() === "postmaster", // RFC 5321 section 4.5.1
  },
};

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
  const parameters = readParameters(parts[2]!.trim(), syntax.parameters);
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

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 (RFC 6531 section 3.3) or nothing that an address can be read from. */
function decode(line: Uint8Array): string | undefined {
  try {
    return utf8.decode(line);
  } catch {
    return undefined;
  }
}

function refused(reply: Reply): { readonly kind: "refused"; readonly reply: Reply } {
  return { kind: "refused", reply };
}
