import type { NotifyKeyword } from "../../formats/envelope.ts";
import { isAddress } from "../../formats/address.ts";
import { namesIn } from "../../formats/header_envelope.ts";

/** A message to be sent, as the command line says. */
export interface SendRequest {
  /** As written; a name without a domain is one of ours. */
  readonly recipients: readonly string[];
  /** `-t`: also those whom the header names. */
  readonly fromHeader: boolean;
  /** `-i`: a line that is a lone dot does not end the message. */
  readonly ignoreDots: boolean;
  /** `-f`: the envelope sender; `<>` is given as an empty text. */
  readonly sender: string | undefined;
  /** `-F`. */
  readonly fullName: string | undefined;
  /** `-N`, `-R` and `-V` (RFC 3461). */
  readonly notify: readonly NotifyKeyword[] | undefined;
  readonly ret: "FULL" | "HDRS" | undefined;
  readonly envid: string | undefined;
}

/** What a `sendmail` command line asks for. */
export type SendmailCall =
  & {
    /** The configuration, if it is named: `-C FILE`, or `-i` and a path as every command has it. */
    readonly configPath: string | undefined;
  }
  & (
    | ({ readonly kind: "send" } & SendRequest)
    /** `-bs`: SMTP on standard input and output. */
    | { readonly kind: "session" }
    /** `-q`, `-q30m`: send what waits. */
    | { readonly kind: "flush" }
    /** `-bp`: what waits. */
    | { readonly kind: "list" }
    /** `-bi`, `newaliases`. */
    | { readonly kind: "aliases" }
    | { readonly kind: "help" }
    | { readonly kind: "wrong"; readonly message: string }
  );

/** Options with a value, which may be glued to them or be the next word. */
const WITH_VALUE = "BCDFLNORVXbefhopr";

/** What stands behind an option may be glued to it, or be missing; it is never the next word. */
const OPTIONAL_VALUE = "Adq";

const ALONE = "GIUimntv";

/** An option as it was found: its letter and value. */
type Found = readonly [letter: string, value: string];

/**
 * Reads a command line as sendmail's users write it: letters may stand together (`-ti`), values may be
 * glued to their letter (`-fbob@x`). Options that mean nothing here, such as `-oem`, are passed over.
 */
export function parseSendmail(words: readonly string[]): SendmailCall {
  const found: Found[] = [];
  const rest: string[] = [];
  let configPath: string | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "--help") return { kind: "help", configPath };
    if (word === "--") {
      rest.push(...words.slice(index + 1));
      break;
    }
    if (!/^-./.test(word)) {
      rest.push(word);
      continue;
    }
    const read = readCluster(word.slice(1), words[index + 1]);
    if (typeof read === "string") return { kind: "wrong", message: read, configPath };
    found.push(...read.options);
    if (read.tookNext) index++;
    const last = read.options.at(-1)?.[0];
    if (last === "i" && isPath(words[index + 1])) {
      configPath = words[++index];
      found.pop(); // Every command's -i FILE, not the one about dots.
    }
    if (last === "C") configPath = read.options.at(-1)?.[1];
  }
  return { ...meaningOf(found, rest), configPath };
}

/** Reads the letters of one word. */
function readCluster(
  letters: string,
  next: string | undefined,
): { readonly options: readonly Found[]; readonly tookNext: boolean } | string {
  const options: Found[] = [];
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? "";
    const glued = letters.slice(at + 1);
    if (ALONE.includes(letter)) {
      options.push([letter, ""]);
    } else if (OPTIONAL_VALUE.includes(letter)) {
      return { options: [...options, [letter, glued]], tookNext: false };
    } else if (WITH_VALUE.includes(letter)) {
      if (glued === "" && next === undefined) return `Option -${letter} needs a value`;
      return { options: [...options, [letter, glued || (next ?? "")]], tookNext: glued === "" };
    } else {
      return `Unknown option -${letter}`;
    }
  }
  return { options, tookNext: false };
}

type WithoutPath<T> = T extends unknown ? Omit<T, "configPath"> : never;

function meaningOf(found: readonly Found[], rest: readonly string[]): WithoutPath<SendmailCall> {
  const value = (letter: string) => found.findLast(([each]) => each === letter)?.[1];
  const has = (letter: string) => value(letter) !== undefined;
  const mode = value("b") ?? "m";
  if (mode === "p") return { kind: "list" };
  if (mode === "s") return { kind: "session" };
  if (mode === "i" || has("I")) return { kind: "aliases" };
  if (mode !== "m") {
    return { kind: "wrong", message: `Cannot do -b${mode}; dmail serve is the server` };
  }
  if (has("q")) return { kind: "flush" };
  const notify = notifyOf(value("N"));
  if (notify === "wrong") {
    return { kind: "wrong", message: "Write never or some of success,failure,delay after -N" };
  }
  const ret = value("R")?.toUpperCase();
  if (ret !== undefined && ret !== "FULL" && ret !== "HDRS") {
    return { kind: "wrong", message: "Write full or hdrs after -R" };
  }
  const envid = value("V");
  if (envid !== undefined && !/^[!-*,-<>-~]{1,100}$/.test(envid)) {
    return { kind: "wrong", message: "Write an identifier of visible ASCII after -V" };
  }
  return {
    kind: "send",
    recipients: rest.flatMap(recipientsIn),
    fromHeader: has("t"),
    ignoreDots: has("i") || found.some(([letter, text]) => letter === "o" && text === "i"),
    sender: senderIn(value("f") ?? value("r")),
    fullName: value("F"),
    ...{ notify, ret, envid },
  };
}

/** More than an address: a name beside it, brackets, a comment. */
const DECORATED = /[<("]/;

/** `bob,ann@x`, `Bob <bob@x>`. What cannot be understood is given as it stands, to be complained of. */
function recipientsIn(word: string): readonly string[] {
  if (isAddress(word)) return [word]; // It may have a comma between its quotes.
  if (DECORATED.test(word)) return [nameIn(word)];
  return word.split(",").map((one) => one.trim()).filter(Boolean);
}

function senderIn(word: string | undefined): string | undefined {
  if (word === "<>") return "";
  return word !== undefined && !isAddress(word) && DECORATED.test(word) ? nameIn(word) : word;
}

/** What stands in the brackets, or beside a comment, if that is one name. */
function nameIn(word: string): string {
  const [name, ...more] = namesIn(word);
  return name === undefined || more.length > 0 ? word : name;
}

function notifyOf(text: string | undefined): readonly NotifyKeyword[] | undefined | "wrong" {
  if (text === undefined) return undefined;
  const words = [...new Set(text.toUpperCase().split(","))];
  if (words.length === 1 && words[0] === "NEVER") return ["NEVER"];
  const known: readonly NotifyKeyword[] = ["SUCCESS", "FAILURE", "DELAY"];
  const keywords = known.filter((keyword) => words.includes(keyword));
  return keywords.length === words.length ? keywords : "wrong";
}

/** No recipient begins like a path. */
function isPath(word: string | undefined): boolean {
  return word !== undefined && /^(?:\.{0,2}[\\/]|[A-Za-z]:[\\/])/.test(word);
}
