/** A user as the built-in database knows one (F13). */
export interface NwauthEntry {
  /** Lower case. */
  readonly user: string;
  /** As stored; never in a log. */
  readonly passwordHash: string;
  /** `name="…" fwd="…" quota="…"`, kept as it is; read it with {@linkcode infoField}. */
  readonly info: string;
}

/** What one line of `nwauth.txt` or `nwauth.add` says (F13, F14). */
export type NwauthLine =
  | { readonly kind: "user"; readonly entry: NwauthEntry }
  | { readonly kind: "deleted"; readonly user: string };

/** Longest user name, its `@domain` included if it has one (B31). */
const MAX_USER_NAME_LENGTH = 78;

/** Stands in place of hash and info in the line that deletes a user (F14). */
const DELETED = "(DELETE)";

/** A name becomes a file name and a word in comma lists: nothing that means something there. */
const USER_NAME = /^[a-z0-9_][a-z0-9._+=~&'@-]*$/;

// A NUL ends a line for programs written in C.
const LINE_BREAK = /[\r\n\0]/;

/** Whole words `key=value` or `key="value with spaces"`. */
const INFO_FIELD = /(?<=^|\s)([\w-]+)=(?:"([^"]*)"|([^\s"]*))(?=\s|$)/g;

/** Why `name` cannot be a user's name, in words, or `undefined` if it can. Case is ignored. */
export function userNameComplaint(name: string): string | undefined {
  if (name === "") return "A user name is missing";
  if (name.length > MAX_USER_NAME_LENGTH) {
    return `A user name has at most ${MAX_USER_NAME_LENGTH} characters, this one has ${name.length}`;
  }
  if (!USER_NAME.test(name.toLowerCase())) {
    return "A user name begins with a letter, a digit or _ and has only those and . + = ~ & ' @ -";
  }
  if (/(?:\.|\.bin|\.fwd|_inf)$/i.test(name)) {
    return "A user name does not end in a dot, .bin, .fwd or _inf: it becomes a file name";
  }
  return undefined;
}

/**
 * Parses one line, without its line end.
 *
 * @throws {SyntaxError} If it has no user, no password field, or a user name that cannot be one.
 */
export function parseNwauthLine(line: string): NwauthLine {
  const [name = "", passwordHash, ...info] = line.split(":");
  const user = name.trim().toLowerCase();
  const complaint = userNameComplaint(user);
  if (complaint !== undefined) throw new SyntaxError(`Cannot parse user line: ${complaint}`);
  if (passwordHash === undefined || LINE_BREAK.test(line)) {
    throw new SyntaxError(`Cannot parse line of user ${user}: expected user:password:info`);
  }
  if (passwordHash === DELETED) return { kind: "deleted", user };
  return { kind: "user", entry: { user, passwordHash, info: info.join(":") } };
}

/**
 * Writes one line, without a line end, so that {@linkcode parseNwauthLine} reads it back.
 *
 * @throws {RangeError} If a field cannot stand in a line.
 */
export function formatNwauthLine(line: NwauthLine): string {
  if (line.kind === "deleted") return `${line.user}:${DELETED}:${DELETED}`;
  const { user, passwordHash, info } = line.entry;
  const complaint = userNameComplaint(user);
  if (complaint !== undefined || user !== user.toLowerCase()) {
    throw new RangeError(complaint ?? `User name is not lower case: ${user}`);
  }
  if (passwordHash.includes(":") || LINE_BREAK.test(passwordHash) || passwordHash === DELETED) {
    throw new RangeError(`Password hash of ${user} holds a colon or a line break`);
  }
  if (LINE_BREAK.test(info)) throw new RangeError(`Info of ${user} holds a line break`);
  return `${user}:${passwordHash}:${info}`;
}

/** The value of a field of {@linkcode NwauthEntry.info}, the first one by that name. */
export function infoField(info: string, name: string): string | undefined {
  for (const [, key, quoted, bare] of info.matchAll(INFO_FIELD)) {
    if (key!.toLowerCase() === name.toLowerCase()) return quoted ?? bare ?? "";
  }
  return undefined;
}

/** Whether a hash is one of the kinds that NWAuth and its successors wrote: crypt and `{ssha}`. */
export function isCryptHash(hash: string): boolean {
  return /^(?:[./0-9A-Za-z]{13}|_[./0-9A-Za-z]{19}|\$(?:1|2[abxy]?|5|6)\$.+|\{\w+\}.+)$/.test(hash);
}
