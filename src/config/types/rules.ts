/** Types of rules about mail of an address or a domain: forward, alias, fallback and the like. */
import { isAddress, splitAddress } from "../../formats/address.ts";
import { asciiDomainPattern } from "../../formats/domain.ts";
import {
  type ForwardTarget,
  parseForwardList,
  targetsComplaint,
} from "../../formats/forward_target.ts";
import type { ValueType } from "../setting.ts";
import { exactly, fields } from "./fields.ts";
import { address, domainPattern, path, relativePath } from "./names.ts";

/** One `forward`, `forward_cc` or `alias` line (S10, S11). */
export interface ForwardRule {
  /**
   * Address in lower case, in which `*` and `?` are wildcards; a name without domain for `alias`.
   */
  readonly pattern: string;
  /** At least one, each usable. A `*` in an address stands for what one in the pattern matched. */
  readonly targets: readonly ForwardTarget[];
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

const ALIAS_USAGE = 'a name and where its mail goes, as in "alias sales* anna@office.example"';

/** `<address-pattern> <destination>`. */
export const forwardRule: ValueType<ForwardRule> = {
  syntax: "<address pattern> <destination>[,<destination>…]",
  comments: "own",
  parse(text) {
    const rule = parseRule(text, FORWARD_USAGE);
    const { local, domain } = splitAddress(rule.pattern);
    if (!isAddress(`${plain(local)}@${plain(domain)}`)) {
      throw new SyntaxError("write the whole address to forward, as in info@office.example or *@*");
    }
    for (const target of rule.targets) {
      if (target.kind === "address" && !target.address.includes("@")) {
        throw new SyntaxError(`write the whole address, as in ${target.address}@office.example`);
      }
    }
    return { ...rule, pattern: `${local}@${asciiDomainPattern(domain)}` };
  },
};

/** `<name-pattern> <destination>`, for names of the main domain. */
export const aliasRule: ValueType<ForwardRule> = {
  syntax: "<name pattern> <destination>[,<destination>…]",
  comments: "own",
  parse(text) {
    const rule = parseRule(text, ALIAS_USAGE);
    if (!isAddress(`${plain(rule.pattern)}@x`)) throw new SyntaxError(`write ${ALIAS_USAGE}`);
    return rule;
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

/** Reads `<pattern> <destinations>`. @throws {SyntaxError} Saying what to write. */
function parseRule(text: string, usage: string): ForwardRule {
  const [, written = "", list = ""] = /^(\S+)\s+(.*)$/s.exec(text) ?? [];
  const pattern = written.toLowerCase();
  const targets = parseForwardList(list, { comments: true });
  if (targets.length === 0) throw new SyntaxError(`write ${usage}`);
  const complaint = targetsComplaint(pattern, targets);
  if (complaint !== undefined) throw new SyntaxError(complaint);
  return { pattern, targets };
}

/** A pattern with its wildcards filled in, to see whether it could be an address. */
function plain(pattern: string): string {
  return pattern.replace(/[*?]+/g, "x");
}
