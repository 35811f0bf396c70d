/**
 * Who has a mailbox here, and who proves to be whom.
 *
 * @module
 */
export { type AccountsOptions, createAccounts, type Passwords } from "./accounts.ts";
export { nameForLog, rejectedLogin } from "./login_words.ts";
export {
  type AddUserResult,
  createUserAdmin,
  type DeleteUserResult,
  type SetPasswordResult,
  type UserAdmin,
  type UserAdminOptions,
} from "./user_admin.ts";
export {
  createUserNames,
  type OwnDomain,
  type UserDomains,
  type UserName,
  type UserNames,
  type VirtualDomainLine,
} from "./user_names.ts";

/** A local user. */
export interface Account {
  /** Name of the maildrop: lower case, with the prefix of its virtual domain if it has one. */
  readonly user: string;
  /** Where the user's mail goes instead, as the database says (S60). */
  readonly forward?: string;
  /** Number of the system user who owns the drop file and runs the user's robots (B22). */
  readonly uid?: number;
  /** The user's home directory, where `.forward` is (B17); only the system's users have one. */
  readonly home?: string;
}

/** What a look-up found. `unavailable` is a temporary failure, never "no such user". */
export type LookupResult =
  | { readonly kind: "found"; readonly account: Account }
  | { readonly kind: "unknown" }
  | { readonly kind: "unavailable"; readonly reason: string };

/** What a password check found. */
export type CheckResult =
  | { readonly kind: "accepted"; readonly account: Account }
  | { readonly kind: "rejected" }
  | { readonly kind: "unavailable"; readonly reason: string };

/**
 * Where users are looked up and passwords checked: one implementation an `authent_method` (S1). A
 * user is named as {@linkcode UserNames} understands it: `bob`, `bob@our.domain`, `bob/suffix`, in
 * any case.
 */
export interface Accounts {
  /** Looks a user up without a password. */
  lookup(user: string): Promise<LookupResult>;
  /**
   * Checks a password; an unknown user takes as long as a wrong password.
   *
   * @param toAddress The address of ours that the client connected to: it may stand for a virtual
   *   domain (B32).
   */
  check(
    user: string,
    password: string,
    fromAddress: string,
    toAddress?: string,
  ): Promise<CheckResult>;
  /** The maildrops of all users, sorted; for the status page and the postmaster's mail. */
  list(): Promise<readonly string[]>;
  /** Forgets the logins that were remembered (S4); how many. */
  forgetLogins(): number;
}
