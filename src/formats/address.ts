import { isLiteral, literalAddress } from "./address_literal.ts";
import { shortened } from "./words.ts";

/** A mailbox as a header names it (RFC 5322 section 3.4). */
export interface Mailbox {
  /** Display name without its quotes, not decoded (RFC 2047); empty if there is none. */
  readonly name: string;
  /** As {@linkcode parseAddress} returns it. */
  readonly address: string;
}

/** RFC 5321 section 4.5.3.1: octets of a local part, and of a path without its brackets. */
const MAX_LOCAL_OCTETS = 64;
const MAX_ADDRESS_OCTETS = 254;

/** Longest piece between two commas that is looked at; no mailbox anybody uses is longer. */
const MAX_ITEM_LENGTH = 512;

// RFC 5322 section 3.2.3, with the UTF-8 of RFC 6532 section 3.2; \x80-\x9f are controls.
const SPECIALS = String.raw`\s()<>\[\]:;@\\,"\x00-\x20\x7f-\x9f`;
const ATOM = `[^.${SPECIALS}]+`;
const QUOTED = String.raw`"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*"`;
const LITERAL = String.raw`\[[!-Z^-~]+\]`;
const LABEL = String.raw`[\p{L}\p{N}\p{M}_](?:[\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}_])?`;

const STRICT_LOCAL = new RegExp(String.raw`^(?:${ATOM}(?:\.${ATOM})*|${QUOTED})$`, "u");
const STRICT_DOMAIN = new RegExp(String.raw`^(?:${LABEL}(?:\.${LABEL})*|${LITERAL})$`, "u");
// Dots anywhere: some providers have handed out "bob.@" and "a..b@" for decades.
const LOOSE_LOCAL = new RegExp(String.raw`^(?:[^${SPECIALS}]+|${QUOTED})$`, "u");
const QUOTED_OR_AT = new RegExp(String.raw`${QUOTED}|\s*@\s*`, "gu");
const BARE_ADDRESSES = new RegExp(String.raw`(?:${QUOTED}|[^\s",;<>]+)@[^\s,;<>"]+`, "gu");

/**
 * Parses one address, `local@domain`, and nothing beside it (RFC 5321 section 4.1.2 with the UTF-8
 * of RFC 6531). Quotes around a local part that needs none are dropped; case is kept.
 *
 * @throws {SyntaxError} If it is no address or longer than RFC 5321 section 4.5.3.1 allows.
 */
export function parseAddress(text: string): string {
  if (isLongerThan(MAX_ADDRESS_OCTETS, text)) throw notAnAddress(text, "longer than 254 octets");
  const { local, domain } = splitAddress(text);
  if (!STRICT_LOCAL.test(local)) throw notAnAddress(text, "the part before the @ is not valid");
  if (!STRICT_DOMAIN.test(domain)) throw notAnAddress(text, "the domain is not valid");
  if (isLiteral(domain) && literalAddress(domain) === undefined) {
    throw notAnAddress(text, "expected [192.0.2.1] or [IPv6:2001:db8::1] behind the @");
  }
  if (isLongerThan(MAX_LOCAL_OCTETS, local)) {
    throw notAnAddress(text, "more than 64 octets before the @");
  }
  return `${tidyLocal(local)}@${domain}`;
}

/** Whether {@linkcode parseAddress} takes `text`. */
export function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Divides an address at its last `@`. Without one all of it is the local part and the domain is
 * empty. A local part that needs its quotes keeps them.
 */
export function splitAddress(
  address: string,
): { readonly local: string; readonly domain: string } {
  const at = address.lastIndexOf("@");
  return at < 0
    ? { local: address, domain: "" }
    : { local: address.slice(0, at), domain: address.slice(at + 1) };
}

/**
 * Parses the path of MAIL FROM or RCPT TO: `<local@domain>`, with or without its brackets, a source
 * route dropped (RFC 5321 section 4.1.2 and appendix C). `<>` is the empty string; a local part
 * alone (`<postmaster>`) is returned as such.
 *
 * @throws {SyntaxError} If it is neither.
 */
export function parsePath(text: string): string {
  const [, inner = text.trim()] = /^\s*<(.*)>\s*$/su.exec(text) ?? [];
  const path = inner.replace(/^@[^:"<>]*:/, "");
  if (path === "") {
    if (text.trim() === "<>") return "";
    throw notAnAddress(text, "it is empty");
  }
  if (path.includes("@")) return parseAddress(path);
  if (isLongerThan(MAX_LOCAL_OCTETS, path)) throw notAnAddress(text, "longer than 64 octets");
  if (!STRICT_LOCAL.test(path)) throw notAnAddress(text, "it is not valid");
  return tidyLocal(path);
}

/**
 * Reads the mailboxes of an address list as real mail has them (RFC 5322 section 3.4 and 4.4):
 * display names, groups, comments, quoted local parts, source routes. What cannot be understood is
 * left out; a name without a domain is no address. Never throws.
 */
export function parseAddressList(text: string): Mailbox[] {
  const mailboxes: Mailbox[] = [];
  for (const { phrase, angle } of items(text)) {
    if (angle === undefined) {
      mailboxes.push(...bareAddresses(phrase).map((address) => ({ name: "", address })));
      continue;
    }
    const address = looseAddress(angle);
    if (address !== undefined) mailboxes.push({ name: displayName(phrase), address });
    else mailboxes.push(...bareAddresses(angle).map((address) => ({ name: "", address })));
  }
  return mailboxes;
}

/** Writes a mailbox so that {@linkcode parseAddressList} reads it back. */
export function formatMailbox({ name, address }: Mailbox): string {
  const clean = name.replaceAll(/\p{Cc}+/gu, " ").trim();
  if (clean === "") return address;
  return `"${clean.replaceAll(/["\\]/g, "\\$&")}" <${address}>`;
}

/** One piece between commas: what stands before the angle brackets, and what stands in them. */
interface Item {
  readonly phrase: string;
  readonly angle: string | undefined;
}

/** Divides a list at its commas and semicolons; comments and group names are gone. Linear. */
function* items(text: string): Generator<Item> {
  let phrase = "";
  /** Whether the phrase holds an `@`: asking it at each colon would take quadratic time. */
  let hasAt = false;
  let angle: string | undefined;
  let inAngle = false;
  const broken = { '"': false, "(": false };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"' || char === "(") {
      // One that is never closed is a character like any other, and so are all that follow it:
      // looking for the end of each would take quadratic time.
      const end = broken[char] ? -1 : (char === '"' ? quoteEnd(text, at) : commentEnd(text, at));
      broken[char] = end < 0;
      const span = end < 0 ? " " : char === '"' ? text.slice(at, end) : " ";
      if (inAngle) angle += span.trim() === "" ? "" : span;
      else phrase += span;
      hasAt ||= !inAngle && span.includes("@");
      if (end >= 0) at = end - 1;
    } else if (inAngle) {
      if (char === ">") inAngle = false;
      else if (char === "<") {
        yield { phrase, angle };
        [phrase, hasAt, angle] = ["", false, ""];
      } else angle += char;
    } else if (char === "<") {
      if (angle !== undefined) {
        yield { phrase, angle };
        [phrase, hasAt] = ["", false];
      }
      [inAngle, angle] = [true, ""];
    } else if (char === "," || char === ";") {
      yield { phrase, angle };
      [phrase, hasAt, angle] = ["", false, undefined];
    } else if (char === ":" && angle === undefined && !hasAt) {
      phrase = ""; // The name of a group (RFC 5322 section 3.4).
    } else if (angle === undefined) {
      phrase += char;
      hasAt ||= char === "@";
    }
  }
  yield { phrase, angle };
}

/** Index behind the quote that closes the one at `start`, or -1. */
function quoteEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return -1;
}

/** Index behind the bracket that closes the comment at `start`, or -1. Comments nest. */
function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at + 1;
  }
  return -1;
}

/** Addresses that stand without brackets: `bob@x`, `bob @ x`, `Bob bob@x`. */
function bareAddresses(phrase: string): string[] {
  if (phrase.length > MAX_ITEM_LENGTH || !phrase.includes("@")) return [];
  const joined = phrase.replaceAll(QUOTED_OR_AT, (span) => span.startsWith('"') ? span : "@");
  return (joined.match(BARE_ADDRESSES) ?? []).flatMap((word) => looseAddress(word) ?? []);
}

function looseAddress(text: string): string | undefined {
  if (text.length > MAX_ITEM_LENGTH) return undefined;
  const path = text.trim().replace(/^@[^:"]*:/, "");
  const { local, domain } = splitAddress(path);
  const [left, right] = [local.trim(), domain.trim().replace(/\.$/, "")];
  return LOOSE_LOCAL.test(left) && STRICT_DOMAIN.test(right)
    ? `${tidyLocal(left)}@${right}`
    : undefined;
}

function displayName(phrase: string): string {
  const words = phrase.replaceAll(
    /"((?:[^"\\]|\\.)*)"/gsu,
    (_all, inner: string) => unescape(inner),
  );
  return words.replaceAll(/\s+/g, " ").trim();
}

/** `"bob"` and `bob` are one mailbox (RFC 5321 section 4.1.2): the shorter form stands for both. */
function tidyLocal(local: string): string {
  if (!local.startsWith('"')) return local;
  const inner = unescape(local.slice(1, -1));
  return new RegExp(String.raw`^${ATOM}(?:\.${ATOM})*$`, "u").test(inner)
    ? inner
    : `"${inner.replaceAll(/["\\]/g, "\\$&")}"`;
}

function unescape(quoted: string): string {
  return quoted.replaceAll(/\\(.)/gsu, "$1");
}

function isLongerThan(octets: number, text: string): boolean {
  // A UTF-16 unit takes three octets at most: what is short need not be encoded.
  return 3 * text.length > octets && new TextEncoder().encode(text).length > octets;
}

function notAnAddress(text: string, why: string): SyntaxError {
  return new SyntaxError(`Cannot parse address ${JSON.stringify(shortened(text, 80))}: ${why}`);
}
