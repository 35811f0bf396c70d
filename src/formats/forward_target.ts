/**
 * Where mail is redirected to, as `dmail.conf`, alias files, forward files and the user database
 * write it (B18, S60): `fred@x.example, $user, "|prog arg", /var/mail/all`.
 *
 * @module
 */
import { isAbsolutePath } from "./absolute_path.ts";
import { isAddress, parseAddress } from "./address.ts";
import { shortened } from "./words.ts";

/** One destination. */
export type ForwardTarget =
  /** `$user`: the original recipient gets the mail too. */
  | { readonly kind: "self" }
  /** An address, or a user's name without a domain; an administrator's may have `*` wildcards. */
  | { readonly kind: "address"; readonly address: string }
  /** A program that gets the message on its standard input, with its arguments, without the `|`. */
  | { readonly kind: "robot"; readonly command: string }
  /** A file that the message is appended to, its whole path. */
  | { readonly kind: "file"; readonly path: string }
  /** `/dev/null`, also as the documents write it (A34), or `nul`: the message vanishes. */
  | { readonly kind: "discard" }
  /** Makes no sense; `advice` says what to write instead. */
  | { readonly kind: "unusable"; readonly text: string; readonly advice: string };

/** Longest destination, in characters: room for a program with several paths as arguments. */
const MAX_TARGET_LENGTH = 1024;

/** Most destinations of one list: a few times the largest office. */
const MAX_TARGETS = 1000;

const DISCARD = /^(?:\/dev\/nul{1,2}|nul:?)$/i;

/** How sendmail's users quote a program: `|"prog arg"`. */
const PROGRAM_IN_QUOTES = /^\|\s*"([^"]*)"$/;

/**
 * Reads one destination, without quotes around it. A path character makes it a file (B18), but for
 * an address that holds one. Never throws: what makes no sense says so.
 */
export function parseForwardTarget(written: string): ForwardTarget {
  const text = written.trim();
  const unusable = (advice: string): ForwardTarget => ({ kind: "unusable", text, advice });
  if (text.length > MAX_TARGET_LENGTH) {
    return unusable(`write at most ${MAX_TARGET_LENGTH} characters`);
  }
  // deno-lint-ignore no-control-regex -- Finding control characters is the point.
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) return unusable("write it without control characters");
  // What stands for octets that are no UTF-8: nobody is called so.
  if (text.includes("\ufffd")) return unusable("save the file as UTF-8 or plain ASCII");
  if (text.toLowerCase() === "$user") return { kind: "self" };
  if (DISCARD.test(text)) return { kind: "discard" };
  if (text.startsWith("|")) return robotOf(text.slice(1).trim(), unusable);
  if (isAbsolutePath(text)) {
    if (/[\\/]$/.test(text)) return unusable("write the whole path of a file, not of a directory");
    if (text.includes('"')) return unusable("write the path without double quotes in it");
    return { kind: "file", path: text };
  }
  if (isAddress(text)) return { kind: "address", address: parseAddress(text) };
  if (isAddress(text.replaceAll("*", "x"))) return { kind: "address", address: text };
  if (text.startsWith(":include:")) return unusable("write the addresses themselves");
  if (/[\\/]/.test(text)) return unusable("write the whole path of the file");
  if (/^[^"@]+$/.test(text) && isAddress(`${text}@x`)) return { kind: "address", address: text };
  return unusable("write an address, |program, the whole path of a file, or $user");
}

/** Writes a destination so that {@linkcode parseForwardTarget} reads it back. */
export function formatForwardTarget(target: ForwardTarget): string {
  switch (target.kind) {
    case "self":
      return "$user";
    case "address":
      return target.address;
    case "robot":
      return `|${target.command}`;
    case "file":
      return target.path;
    case "discard":
      return "/dev/null";
    case "unusable":
      return target.text;
  }
}

/**
 * Reads a comma list. Double quotes stand around a destination that holds a comma, as in
 * `"|prog one,two"`; within a program they also keep words together: `"|prog "two words" three"`.
 * Never throws; what is beyond {@linkcode MAX_TARGETS} becomes one unusable destination.
 *
 * @param comments Whether a `#` behind a blank ends the list.
 */
export function parseForwardList(
  text: string,
  { comments = false }: { readonly comments?: boolean } = {},
): readonly ForwardTarget[] {
  const targets: ForwardTarget[] = [];
  for (const item of itemsOf(text, comments)) {
    if (targets.length === MAX_TARGETS) {
      const advice = `write at most ${MAX_TARGETS} destinations`;
      return [...targets, { kind: "unusable", text: "…", advice }];
    }
    targets.push(parseForwardTarget(item));
  }
  return targets;
}

/**
 * Writes a list so that {@linkcode parseForwardList} reads it back, with or without comments.
 *
 * @throws {RangeError} If a destination cannot be written, which none has that was read from a list
 *   and is usable.
 */
export function formatForwardList(targets: readonly ForwardTarget[]): string {
  return targets.map((target) => {
    const bare = formatForwardTarget(target);
    const quoted = `"${bare}"`;
    const forms = /\s/.test(bare) ? [quoted, bare] : [bare, quoted];
    const found = forms.find((text) => readsBack(text, bare));
    if (found === undefined) throw new RangeError(`Cannot write the destination ${bare}`);
    return found;
  }).join(", ");
}

/**
 * What is wrong with redirecting to `targets` what matches `pattern`, and what to write instead;
 * `undefined` if nothing is. A `*` in an address stands for what one in the pattern matched.
 */
export function targetsComplaint(
  pattern: string,
  targets: readonly ForwardTarget[],
): string | undefined {
  const stars = countStars(pattern);
  for (const target of targets) {
    if (target.kind === "unusable") return `${shortened(target.text)}: ${target.advice}`;
    if (target.kind === "address" && countStars(target.address) > stars) {
      return `${shortened(target.address)}: write no more * than ${shortened(pattern)} has`;
    }
  }
  return undefined;
}

/** A list as people read it, in the form of `dmail.conf`. */
export function targetsInWords(targets: readonly ForwardTarget[]): string {
  return targets.map(formatForwardTarget).join(", ");
}

function countStars(text: string): number {
  return text.split("*").length - 1;
}

function robotOf(command: string, unusable: (advice: string) => ForwardTarget): ForwardTarget {
  if (command === "") return unusable('write a program behind the |, as in "|prog arg"');
  const quotes = command.split('"').length - 1;
  if (quotes % 2 !== 0) return unusable("write double quotes around a whole argument");
  return { kind: "robot", command };
}

function readsBack(text: string, wanted: string): boolean {
  const isWhole = (items: readonly string[]) => items.length === 1 && items[0] === wanted;
  const closed = (text.split('"').length - 1) % 2 === 0;
  return closed && isWhole([...itemsOf(text, true)]) && isWhole([...itemsOf(text, false)]);
}

/** Divides a list, without the quotes around its items; empty ones are left out. */
function* itemsOf(text: string, comments: boolean): Generator<string> {
  for (let at = 0; at < text.length;) {
    at = skipBlanks(text, at);
    if (comments && isComment(text, at)) return;
    const quoted = text[at] === '"' ? quotedItem(text, at, comments) : undefined;
    const { item, end } = quoted ?? bareItem(text, at, comments);
    if (item !== "") yield item;
    at = skipBlanks(text, end) + 1; // Behind the comma.
    if (comments && isComment(text, at - 1)) return;
  }
}

interface Found {
  readonly item: string;
  /** Index behind it. */
  readonly end: number;
}

/** `undefined` if the quote at `start` does not stand around a whole item. */
function quotedItem(text: string, start: number, comments: boolean): Found | undefined {
  const isRobot = text[skipBlanks(text, start + 1)] === "|";
  const limit = Math.min(text.length, start + MAX_TARGET_LENGTH + 2);
  let inside = false;
  for (let at = start + 1; at < limit; at++) {
    if (text[at] !== '"') continue;
    if (inside) {
      inside = false;
    } else if (isEnd(text, at + 1, comments)) {
      return { item: text.slice(start + 1, at).trim(), end: at + 1 };
    } else if (isRobot) {
      inside = true;
    } else {
      return undefined; // As in "john doe"@x.example.
    }
  }
  return undefined;
}

/** Up to a comma that is not between quotes. */
function bareItem(text: string, start: number, comments: boolean): Found {
  let at = start;
  for (; at < text.length && text[at] !== ","; at++) {
    if (comments && isComment(text, at)) break;
    // A quote that is never closed is a character like any other.
    if (text[at] === '"') at = Math.max(at, text.indexOf('"', at + 1));
  }
  const item = text.slice(start, at).trim();
  return { item: item.replace(PROGRAM_IN_QUOTES, "|$1"), end: at };
}

function isEnd(text: string, at: number, comments: boolean): boolean {
  const next = skipBlanks(text, at);
  return next >= text.length || text[next] === "," || (comments && isComment(text, next));
}

function isComment(text: string, at: number): boolean {
  return text[at] === "#" && (at === 0 || /\s/.test(text[at - 1] ?? ""));
}

function skipBlanks(text: string, at: number): number {
  while (at < text.length && /\s/.test(text[at] ?? "")) at++;
  return at;
}
