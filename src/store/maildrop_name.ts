/** Longest user name in characters (B31). */
const MAX_NAME_CHARACTERS = 78;

/** A file name has at most 255 octets, and `.bin` is put behind it. */
const MAX_NAME_OCTETS = 240;

/** What no file system we run on, or no shell script of an administrator, should meet in a name. */
// deno-lint-ignore no-control-regex -- control characters are exactly what is refused
const UNSAFE = /[\x00-\x1f\x7f-\x9f\\/:*?"<>|]/;

/** What the other files of a maildrop end in; a `.tmp` is a file that is being replaced. */
const RESERVED = /(?:\.bin|\.fwd|_inf)(?:\.tmp)?$/i;

/**
 * Whether a user may have a maildrop: the name becomes a file name as it is. Refuses separators,
 * control characters, a leading dot (so also `..`), names that Windows would change, and names that
 * are those of other users' bins, forward files and `_inf` files (F3 to F5): all may be in one
 * directory.
 */
export function isMaildropName(user: string): boolean {
  return user !== "" && [...user].length <= MAX_NAME_CHARACTERS &&
    new TextEncoder().encode(user).length <= MAX_NAME_OCTETS &&
    user.isWellFormed() && !UNSAFE.test(user) && !user.startsWith(".") && !/[. ]$/.test(user) &&
    !RESERVED.test(user);
}
