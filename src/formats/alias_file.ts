/**
 * Alias files (F7): `name: destination[, destination…]`, one alias a line. A line that begins with a
 * blank goes on with the one before, a line that begins with `#` is a comment, as sendmail has it.
 *
 * @module
 */
import { isAddress } from "./address.ts";
import {
  formatForwardList,
  type ForwardTarget,
  parseForwardList,
  targetsComplaint,
} from "./forward_target.ts";
import { shortened } from "./words.ts";

/** One alias. */
export interface Alias {
  /** In lower case, without quotes and without a domain; `*` and `?` are wildcards. */
  readonly name: string;
  /** At least one, each usable. A `*` in an address stands for what one in the name matched. */
  readonly targets: readonly ForwardTarget[];
  /** Where it begins, counted from 1. */
  readonly line: number;
}

/** Something wrong in an alias file, and what to write instead. */
export interface AliasProblem {
  readonly severity: "error" | "warning";
  readonly line: number;
  readonly message: string;
}

/** What an alias file says. */
export interface AliasFile {
  readonly aliases: readonly Alias[];
  /** In the order of the lines. */
  readonly problems: readonly AliasProblem[];
}

/** Largest file that is read, in octets: a few times 100,000 lines. */
export const MAX_ALIAS_FILE_OCTETS = 8 * 1024 * 1024;

/** Longest alias with all its lines, in characters: room for a thousand addresses. */
const MAX_ALIAS_LENGTH = 256 * 1024;

/** Longest name, in characters; a local part has 64 octets (RFC 5321 section 4.5.3.1). */
const MAX_NAME_LENGTH = 128;

/** How many problems are listed: a file that is no alias file at all has one in each line. */
const MAX_PROBLEMS = 100;

const USAGE = '"name: destination", as in "sales: anna, fred@x.example"';

/** Reads an alias file. Never throws: what cannot be read comes back as problems. */
export function parseAliasFile(bytes: Uint8Array): AliasFile {
  const aliases = new Map<string, Alias>();
  const problems: AliasProblem[] = [];
  const note = (severity: AliasProblem["severity"], line: number, message: string) => {
    if (problems.length < MAX_PROBLEMS) problems.push({ severity, line, message });
  };
  for (const { text, line } of logicalLines(bytes, note)) {
    try {
      const alias = parseAlias(text, line);
      const earlier = aliases.get(alias.name);
      if (earlier === undefined) {
        aliases.set(alias.name, alias);
      } else {
        const usage = "write all destinations of a name behind one colon";
        note(
          "warning",
          line,
          `${
            shortened(alias.name)
          } stands in line ${earlier.line} already, this line is not used; ${usage}`,
        );
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      note("error", line, error.message);
    }
  }
  problems.sort((a, b) => a.line - b.line);
  return { aliases: [...aliases.values()], problems };
}

/**
 * Writes aliases so that {@linkcode parseAliasFile} reads them back, but for their line numbers.
 *
 * @throws {RangeError} If one cannot be written, which none is that was read.
 */
export function formatAliasFile(aliases: readonly Pick<Alias, "name" | "targets">[]): string {
  return aliases.map(({ name, targets }) =>
    `${isName(name) ? name : `"${name.replaceAll(/["\\]/g, "\\$&")}"`}: ${
      formatForwardList(targets)
    }\n`
  ).join("");
}

/** Reads `name: destinations`. @throws {SyntaxError} Saying what to write. */
function parseAlias(text: string, line: number): Alias {
  const found = /^(?:"((?:[^"\\]|\\.)*)"\s*|([^":]*)):(.*)$/s.exec(text);
  const [, quoted, bare, list = ""] = found ?? [];
  const name = (quoted?.replaceAll(/\\(.)/gs, "$1") ?? bare?.trim() ?? "").toLowerCase();
  if (found === null || name === "") throw new SyntaxError(`${shortened(text)}: write ${USAGE}`);
  if (quoted === undefined && name.includes("@")) {
    const usage = "write it without its domain; alias_file_domain says which domain a file is for";
    throw new SyntaxError(`${shortened(name)}: ${usage}`);
  }
  if ((quoted === undefined && !isName(name)) || name.length > MAX_NAME_LENGTH) {
    throw new SyntaxError(`${shortened(name)} is no name: write ${USAGE}`);
  }
  const targets = parseForwardList(list);
  if (targets.length === 0) {
    const usage = "write a destination behind the colon, or /dev/null";
    throw new SyntaxError(`${shortened(name)} leads nowhere: ${usage}`);
  }
  const complaint = targetsComplaint(name, targets);
  if (complaint !== undefined) throw new SyntaxError(complaint);
  return { name, targets, line };
}

/** Whether a name can stand before the colon as it is, its wildcards included. */
function isName(name: string): boolean {
  return isAddress(`${name.replaceAll(/[*?]/g, "x")}@x`) && !name.includes('"') &&
    !name.includes("@");
}

/** Lines with those that go on with them, without comments and blank lines. */
function logicalLines(
  bytes: Uint8Array,
  note: (severity: "error", line: number, message: string) => void,
): readonly { readonly text: string; readonly line: number }[] {
  const lines: { text: string; readonly line: number }[] = [];
  let goesOn = false;
  for (const [index, raw] of new TextDecoder().decode(bytes).split("\n").entries()) {
    const line = index + 1;
    const text = raw.replace(/\r$/, "");
    if (/^\s*(?:#|$)/.test(text)) continue;
    const last = lines.at(-1);
    const complaint = lineComplaint(text);
    if (complaint !== undefined) {
      note("error", line, complaint);
      goesOn = false;
    } else if (!/^\s/.test(text)) {
      lines.push({ text, line });
      goesOn = true;
    } else if (last === undefined || !goesOn) {
      note("error", line, `The line begins with a blank and goes on with none: write ${USAGE}`);
    } else if (last.text.length + text.length > MAX_ALIAS_LENGTH) {
      note("error", line, `The alias is longer than ${MAX_ALIAS_LENGTH} characters: divide it`);
      goesOn = false;
    } else {
      last.text += text;
    }
  }
  return lines;
}

function lineComplaint(text: string): string | undefined {
  if (text.includes("\uFFFD")) {
    return "The line is not UTF-8 text: save the file as UTF-8 or plain ASCII";
  }
  // deno-lint-ignore no-control-regex -- Finding control characters is the point.
  const [control] = /[\x00-\x08\x0a-\x1f\x7f]/.exec(text) ?? [];
  if (control === undefined) {
    return text.length > MAX_ALIAS_LENGTH
      ? `The line has ${text.length} characters, at most ${MAX_ALIAS_LENGTH}`
      : undefined;
  }
  const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return `The line holds the control character U+${code}: remove it`;
}
