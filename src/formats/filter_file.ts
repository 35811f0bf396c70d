/**
 * The file of `msg_filter` (F8, B38, A36; document 000 lines 922-972): a rule a line.
 *
 * ```
 * # Attachments nobody needs
 * reject body begin 0666 happy99.exe
 * reject body .vbs"
 * reject Subject: *make money fast*
 * reject header X-Mailer: Bulk*
 * ```
 *
 * `reject body` takes all that follows as it stands, quotes included, and looks for it anywhere.
 * `reject <Header>:` and `reject header` take a pattern in which `*` and `?` are wildcards, for the
 * whole value of the fields of that name, or for any whole header line.
 *
 * @module
 */
import { decodeText } from "./header.ts";
import { shortened } from "./words.ts";

/** Largest file that is read, in octets. */
export const MAX_FILTER_FILE_OCTETS = 256 * 1024;

/** Most rules of a file. */
export const MAX_FILTER_RULES = 1000;

/** Longest text or pattern of a rule, in characters. */
const MAX_RULE_TEXT = 500;

/** Most text of all body rules together, in octets: what they are searched with grows by it. */
const MAX_BODY_TEXT_OCTETS = 32 * 1024;

/** Shortest body text, in characters: one character is in every message. */
const MIN_BODY_TEXT = 2;

/** What a rule looks at. */
export type FilterTest =
  /** A text that stands somewhere in the body. */
  | { readonly kind: "body"; readonly text: string }
  /** A pattern for the whole value of a field, or with no name for a whole header line. */
  | { readonly kind: "header"; readonly name: string | undefined; readonly pattern: string };

/** One rule. Messages that fit are refused; there are no others. */
export interface FilterRule {
  /** Counted from 1 in the order of the file: what the log and the client are told (C14). */
  readonly number: number;
  readonly test: FilterTest;
}

/** Something wrong with a line, and what to write instead. */
export interface FilterFileProblem {
  readonly severity: "error" | "warning";
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** A filter file: its rules, and what is wrong with it. */
export interface FilterFile {
  readonly rules: readonly FilterRule[];
  readonly problems: readonly FilterFileProblem[];
}

/**
 * Parses a filter file. CRLF and a byte order mark are accepted. Never throws: what cannot be read
 * comes back as problems, and a line with an error has no number.
 */
export function parseFilterFile(bytes: Uint8Array): FilterFile {
  const rules: FilterRule[] = [];
  const problems: FilterFileProblem[] = [];
  let bodyOctets = 0;
  for (const [index, raw] of linesOf(bytes).entries()) {
    const written = raw.trim();
    if (written === "" || written.startsWith("#")) continue;
    const line = index + 1;
    try {
      if (rules.length >= MAX_FILTER_RULES) {
        throw new SyntaxError(`write at most ${MAX_FILTER_RULES} rules, this one is too many`);
      }
      const test = parseFilterTest(written);
      bodyOctets += test.kind === "body" ? octets(test.text) : 0;
      if (bodyOctets > MAX_BODY_TEXT_OCTETS) {
        throw new SyntaxError("write shorter or fewer body rules, they are too long together");
      }
      rules.push({ number: rules.length + 1, test });
      const doubt = doubtAbout(test);
      if (doubt !== undefined) problems.push({ severity: "warning", line, message: doubt });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const message = `${quoted(written)} is not a filter rule: ${error.message}`;
      problems.push({ severity: "error", line, message });
      if (rules.length >= MAX_FILTER_RULES) break; // The rest would say the same.
    }
  }
  return { rules, problems };
}

/** Parses one rule. @throws {SyntaxError} If it is none; the message says what to write. */
export function parseFilterTest(written: string): FilterTest {
  const [, word = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(written.trim()) ?? [];
  if (word.toLowerCase() !== "reject") {
    throw new SyntaxError(`write reject first, as in ${EXAMPLE}`);
  }
  if (/\p{Cc}/u.test(rest.replaceAll("\t", ""))) {
    throw new SyntaxError("write a rule without control characters");
  }
  const [, what = "", text = ""] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
  if (text.length > MAX_RULE_TEXT) {
    throw new SyntaxError(`write at most ${MAX_RULE_TEXT} characters in a rule`);
  }
  if (what.toLowerCase() === "body") return bodyTest(text);
  if (what.toLowerCase() === "header") return headerTest(undefined, text);
  const [, name] = /^([!-9;-~]+):/.exec(rest) ?? []; // RFC 5322 section 3.6.8.
  if (name === undefined) throw new SyntaxError(`write ${EXAMPLE}`);
  return headerTest(name, rest.slice(name.length + 1).trim());
}

/** Writes what a rule tests so that {@linkcode parseFilterTest} reads it back. */
export function formatFilterTest(test: FilterTest): string {
  if (test.kind === "body") return `reject body ${test.text}`;
  return test.name === undefined
    ? `reject header ${test.pattern}`
    : `reject ${test.name}: ${test.pattern}`;
}

const EXAMPLE = 'reject body .vbs", or reject Subject: *money*';

function bodyTest(text: string): FilterTest {
  if ([...text].length < MIN_BODY_TEXT) {
    throw new SyntaxError(`write at least ${MIN_BODY_TEXT} characters to look for in the body`);
  }
  return { kind: "body", text };
}

function headerTest(name: string | undefined, pattern: string): FilterTest {
  if (pattern === "") {
    throw new SyntaxError("write a pattern behind the name, as in reject Subject: *money*");
  }
  if (/^[*?]+$/.test(pattern) && name === undefined) {
    throw new SyntaxError("write more than wildcards, every message has a header line");
  }
  return { kind: "header", name, pattern };
}

/** 000:963-970: `reject body *.vbs` will not work. */
function doubtAbout(test: FilterTest): string | undefined {
  if (test.kind !== "body") return undefined;
  const bare = test.text.replaceAll(/^\*+|\*+$/g, "").trim();
  if (bare === test.text || bare === "") return undefined;
  return `Body rules know no wildcards: write reject body ${bare}`;
}

function linesOf(bytes: Uint8Array): readonly string[] {
  return decodeText(bytes).replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
}

function octets(text: string): number {
  return new TextEncoder().encode(text).length;
}

function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}
