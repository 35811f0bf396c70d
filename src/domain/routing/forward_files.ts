import type { Account } from "../accounts/mod.ts";

/** Which forward file of a user counts (B17): the one in the home directory, or the drop file's. */
export type ForwardFileKind = ".forward" | ".fwd";

/** What a look at a forward file found. */
export type ForwardFile =
  | { readonly kind: "none" }
  /** `path` is for the log and for `dmail explain`; it never goes to a client. */
  | { readonly kind: "found"; readonly text: string; readonly path: string }
  /** It is there, or may be, and cannot be read now: the mail waits. */
  | { readonly kind: "unavailable"; readonly reason: string };

/**
 * Reads the forward files of users (F5, F6). The chain decides which of the two counts, and asks
 * for it just before the mail would go to the user's drop file (B16).
 */
export interface ForwardFiles {
  /**
   * Reads `<home>/.forward`, or `<drop file>.fwd` beside the drop file of `account.user`. `.forward`
   * is asked for only if the account has a home. A file that is longer than anybody writes is
   * unavailable.
   */
  read(account: Account, kind: ForwardFileKind): Promise<ForwardFile>;
}
