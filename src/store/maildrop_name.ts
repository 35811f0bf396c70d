/** Longest user name in characters (B31). */
const MAX_NAME_CHARACTERS = 78;

/** A file name has at most 255 octets, and `.bin` is put behind it. */
const MAX_NAME_OCTETS = 240;

/** What no file system we run on, or no shell script of an administrator, should meet in a name. */
// deno-lint-ignore no-control-regex -- control characters are exactly what is refused
const UNSAFE = /[\x00-\x1f\x7f-\x9f\\/:*?"<>|]/;

/**
 * Whether a user may have a maildrop: the name becomes a file name as it is. Refuses separators,
 * control characters, a leading dot (so also `..`), names that Windows would change, and names ending
 * in `.bin`, which are the bins of others when drop files and bins share a directory (S36).
 */
export function isMaildropName(user: string): boolean {
  return user !== "" && [...user].length <= MAX_NAME_CHARACTERS &&
    new TextEncoder().encode(user).length <= MAX_NAME_OCTETS &&
    user.isWellFormed() && !UNSAFE.test(user) && !user.startsWith(".") && !/[. ]$/.test(user) &&
    !/\.bin$/i.test(user);
}

/** Where the parts of one maildrop are (F2, F3). */
export interface MaildropPaths {
  readonly dropFile: string;
  readonly binDir: string;
}

/**
 * The paths of a user's maildrop.
 *
 * @throws {RangeError} If the user cannot have one; see {@linkcode isMaildropName}.
 */
export function maildropPaths(
  user: string,
  { dropPath, binPath }: { readonly dropPath: string; readonly binPath: string },
): MaildropPaths {
  if (!isMaildropName(user)) {
    throw new RangeError(`Cannot keep mail for ${JSON.stringify(user)}: not a safe file name`);
  }
  return { dropFile: `${dropPath}/${user}`, binDir: `${binPath}/${user}.bin` };
}
