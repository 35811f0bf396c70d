import { splitAddress } from "../../formats/address.ts";
import { userNameComplaint } from "../../formats/nwauth.ts";
import type { Nwauth } from "../../store/mod.ts";
import type { Passwords } from "./accounts.ts";
import type { UserNames } from "./user_names.ts";

/** What became of adding a user. */
export type AddUserResult =
  | { readonly kind: "added"; readonly user: string }
  | { readonly kind: "already exists"; readonly user: string }
  | { readonly kind: "invalid"; readonly reason: string };

/** What became of deleting a user. */
export type DeleteUserResult =
  | { readonly kind: "deleted"; readonly user: string }
  | { readonly kind: "no such user"; readonly user: string };

/** What became of setting a password. */
export type SetPasswordResult =
  | { readonly kind: "changed"; readonly user: string }
  | { readonly kind: "no such user"; readonly user: string }
  | { readonly kind: "invalid"; readonly reason: string };

/**
 * Adds, deletes and lists users of the built-in database. A change is durable when its promise
 * resolves; every method rejects if the disk fails or another program holds the database too long.
 */
export interface UserAdmin {
  addUser(name: string, password: string): Promise<AddUserResult>;
  /** Removes the user, not the mail. */
  deleteUser(name: string): Promise<DeleteUserResult>;
  /** Changes the password and nothing else of the entry. */
  setPassword(name: string, password: string): Promise<SetPasswordResult>;
  /** Names of all users in the database, sorted. */
  listUsers(): Promise<readonly string[]>;
}

/** What {@linkcode createUserAdmin} works with. */
export interface UserAdminOptions {
  readonly database: Pick<Nwauth, "list" | "update">;
  readonly passwords: Pick<Passwords, "hash">;
  /** How users are named: `bob@domain` is bob if the domain is ours, `abc_bob` if it is virtual. */
  readonly names: () => UserNames;
}

/** Longest password; what a POP3 PASS command has room for (RFC 2449 section 4). */
const MAX_PASSWORD_LENGTH = 200;

/** {@linkcode UserAdmin} of the built-in database. */
export function createUserAdmin(
  { database, passwords, names }: UserAdminOptions,
): UserAdmin {
  /** The name in the database; as it was written if nobody can be called so. */
  const entryOf = (name: string) => names().ofLogin(name)?.entry ?? name.trim().toLowerCase();
  return {
    async addUser(name, password) {
      const user = entryOf(name);
      const reason = userNameComplaint(user) ?? nameComplaint(name, names()) ??
        passwordComplaint(password);
      if (reason !== undefined) return { kind: "invalid", reason };
      const passwordHash = await passwords.hash(password);
      const before = await database.update(
        user,
        (now) => now === undefined ? { kind: "set", passwordHash, info: "" } : { kind: "keep" },
      );
      return { kind: before === undefined ? "added" : "already exists", user };
    },

    async deleteUser(name) {
      const user = entryOf(name);
      if (userNameComplaint(user) !== undefined) return { kind: "no such user", user };
      const before = await database.update(user, () => ({ kind: "remove" }));
      return { kind: before === undefined ? "no such user" : "deleted", user };
    },

    async setPassword(name, password) {
      const user = entryOf(name);
      if (userNameComplaint(user) !== undefined) return { kind: "no such user", user };
      const reason = passwordComplaint(password);
      if (reason !== undefined) return { kind: "invalid", reason };
      const passwordHash = await passwords.hash(password);
      const before = await database.update(
        user,
        (now) =>
          now === undefined ? { kind: "keep" } : { kind: "set", passwordHash, info: now.info },
      );
      return { kind: before === undefined ? "no such user" : "changed", user };
    },

    listUsers: () => database.list(),
  };
}

/** A user whose name leads nowhere would get no mail: most likely a typing error. */
function nameComplaint(name: string, names: UserNames): string | undefined {
  const { domain } = splitAddress(name.trim());
  const user = names.ofLogin(name)?.user;
  if (user !== undefined && !user.includes("@")) return undefined;
  return domain !== "" && names.domain(domain) === undefined
    ? `Not a domain of this server: ${name.trim().toLowerCase()}`
    : "The name is one of another virtual domain: choose one that does not begin as its names do";
}

function passwordComplaint(password: string): string | undefined {
  if (password === "") return "The password is empty";
  if (password.length > MAX_PASSWORD_LENGTH) {
    return `A password has at most ${MAX_PASSWORD_LENGTH} characters, this one has ${password.length}`;
  }
  if (/\p{Cc}/u.test(password)) return "A password cannot hold control characters";
  return undefined;
}
