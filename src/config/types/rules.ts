/** Types of rules about mail of an address or a domain: forward, alias, fallback and the like. */
import { isAddress, splitAddress } from "../../formats/address.ts";
import type { ValueType } from "../setting.ts";
import { exactly, fields } from "./fields.ts";
import { address, domainPattern, isAbsolutePath, path, relativePath } from "./names.ts";

/** Where mail is redirected to (B18). */
export type ForwardTarget =
  | { readonly kind: "address"; readonly address: string }
  /** A program that gets the message on stdin; the command with its arguments, without the `|`. */
  | { readonly kind: "robot"; readonly command: string }
  /** A file that the message is appended to. */
  | { readonly kind: "file"; readonly path: string };

/** One `forward`, `forward_cc` or `alias` line (S10, S11). */
export interface ForwardRule {
  /** Address, in which `*` and `?` are wildcards; a name without domain for `alias`. */
  readonly pattern: string;
  readonly target: ForwardTarget;
}

/** A `fallback_address` line (S9); the domain may be `*`, all local domains. */
export interface FallbackAddress {
  readonly domain: string;
  readonly address: string;
}

/** Something a domain has in a file or directory: aliases (S48), a drop path, a chroot (S29). */
export interface DomainPath {
  readonly domain: string;
  readonly path: string;
}

/** An `add_footer` line. */
export interface FooterRule {
  readonly path: string;
  readonly domains: readonly string[];
}

const FORWARD_USAGE = "an address and where its mail goes, as in " +
  '"forward info@office.example anna@office.example"; a program with arguments stands in quotes';

/** `<address-pattern> <destination>`. */
export const forwardRule: ValueType<ForwardRule> = {
  syntax: "<address pattern> <destination>",
  comments: "own",
  parse(text) {
    const [pattern, target] = fields(text, exactly(2, FORWARD_USAGE)) as [string, string];
    const { local, domain } = splitAddress(pattern);
    if (!isAddress(`${plain(local)}@${plain(domain)}`)) {
      throw new SyntaxError("write the whole address to forward, as in info@office.example or *@*");
    }
    return { pattern: pattern.toLowerCase(), target: parseTarget(target) };
  },
};

/** `<name-pattern> <destination>`, for names of the main domain. */
export const aliasRule: ValueType<ForwardRule> = {
  syntax: "<name pattern> <destination>",
  comments: "own",
  parse(text) {
    const usage = 'a name and where its mail goes, as in "alias sales* anna@office.example"';
    const [pattern, target] = fields(text, exactly(2, usage)) as [string, string];
    if (!isAddress(`${plain(pattern)}@x`)) throw new SyntaxError(`write ${usage}`);
    return { pattern: pattern.toLowerCase(), target: parseTarget(target) };
  },
};

/** `<domain|*> <address>`. */
export const fallbackAddress: ValueType<FallbackAddress> = {
  syntax: "<domain|*> <address>",
  comments: "own",
  parse(text, warn) {
    const usage =
      'a domain and an address, as in "fallback_address office.example anna@office.example"';
    const [of, to] = fields(text, exactly(2, usage)) as [string, string];
    return { domain: domainPattern.parse(of, warn), address: address.parse(to, warn) };
  },
};

/** `<domain|*> <file or directory>`. */
export function domainPath(usageExample: string): ValueType<DomainPath> {
  return {
    syntax: "<domain|*> <path>",
    comments: "own",
    parse(text, warn) {
      const usage = `a domain and a whole path, as in "${usageExample}"`;
      const [of, where] = fields(text, exactly(2, usage)) as [string, string];
      return { domain: domainPattern.parse(of, warn), path: path.parse(where, warn) };
    },
  };
}

/** `<file> <domain>[,<domain>…]`. */
export const footerRule: ValueType<FooterRule> = {
  syntax: "<file> <domain>[,<domain>…]",
  comments: "own",
  parse(text, warn) {
    const usage = 'a file and domains, as in "add_footer footer.txt office.example"';
    const [file, domains] = fields(text, exactly(2, usage)) as [string, string];
    return {
      path: relativePath.parse(file, warn),
      domains: domains.split(",").map((each) => domainPattern.parse(each, warn)),
    };
  },
};

function parseTarget(text: string): ForwardTarget {
  if (text.startsWith("|")) {
    const command = text.slice(1).trim();
    if (command === "") throw new SyntaxError('write a program behind the |, as in "|prog arg"');
    return { kind: "robot", command };
  }
  if (isAddress(text)) return { kind: "address", address: text };
  if (isAbsolutePath(text)) return { kind: "file", path: text };
  throw new SyntaxError(
    "write where the mail goes as one whole address, |program or whole path; " +
      "several destinations take a line each",
  );
}

/** A pattern with its wildcards filled in, to see whether it could be an address. */
function plain(pattern: string): string {
  return pattern.replace(/[*?]+/g, "x");
}
