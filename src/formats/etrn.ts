import { isLiteral, literalAddress } from "./address_literal.ts";

/** What ETRN asks for (RFC 1985 section 5). */
export type EtrnSubject =
  /** Mail for a domain in ASCII and lower case; `below`: for its subdomains too, written `@domain`. */
  | { readonly kind: "node"; readonly node: string; readonly below: boolean }
  /** A queue by its name, written `#name`. */
  | { readonly kind: "queue"; readonly name: string };

/** RFC 1035 section 2.3.4. The underscore is no letter of a host name, and people use it. */
const MAX_NODE_OCTETS = 253;
const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";

/** RFC 1985 section 5: fully qualified, so there is a dot in it; and no address without brackets. */
const NODE = new RegExp(String.raw`^(?:${LABEL}\.)+(?!\d+$)${LABEL}$`);

/** Nobody has said what the name of a queue is; these letters do no harm in a reply. */
const QUEUE = /^[\w.-]{1,64}$/;

/**
 * Parses what stands behind `ETRN `: one word. Only ASCII is written there, an international domain
 * as `xn--…`; SMTPUTF8 says nothing of ETRN (RFC 6531 section 3.2).
 *
 * @throws {SyntaxError} Its message says what was expected.
 */
export function parseEtrn(word: string): EtrnSubject {
  const option = /^[@#]/.exec(word)?.[0] ?? "";
  const rest = word.slice(option.length);
  if (option === "#") {
    if (!QUEUE.test(rest)) throw new SyntaxError("Expected the name of a queue behind the #");
    return { kind: "queue", name: rest };
  }
  const node = rest.toLowerCase().replace(/\.$/, "");
  if (isLiteral(node)) {
    if (option === "" && literalAddress(node) !== undefined) {
      return { kind: "node", node, below: false };
    }
    throw new SyntaxError("Expected an address as in [192.0.2.1], which has nothing below it");
  }
  if (node.length > MAX_NODE_OCTETS || !NODE.test(node)) {
    throw new SyntaxError("Expected a whole domain, as in branch.example or @branch.example");
  }
  return { kind: "node", node, below: option === "@" };
}

/** Writes it so that {@linkcode parseEtrn} reads it back. */
export function formatEtrn(subject: EtrnSubject): string {
  if (subject.kind === "queue") return `#${subject.name}`;
  return `${subject.below ? "@" : ""}${subject.node}`;
}
