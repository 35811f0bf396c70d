import { infoField, isCryptHash, type NwauthEntry } from "../../formats/nwauth.ts";
import {
  type Clock,
  isScryptHash,
  type Log,
  type Random,
  UNMATCHABLE_HASH,
} from "../../platform/mod.ts";
import type { Nwauth } from "../../store/mod.ts";
import { Gate } from "./gate.ts";
import { LoginCache } from "./login_cache.ts";
import type { Account, Accounts, CheckResult, LookupResult } from "./mod.ts";
import type { UserName, UserNames } from "./user_names.ts";

/** How passwords are hashed and checked; production passes the platform's scrypt. */
export interface Passwords {
  hash(password: string): Promise<string>;
  verify(password: string, hash: string): Promise<boolean>;
}

/** What accounts in the built-in database need. */
export interface AccountsOptions {
  readonly database: Pick<Nwauth, "lookup" | "list">;
  readonly passwords: Pick<Passwords, "verify">;
  /** How users are named, as the configuration says now. */
  readonly names: () => UserNames;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** authent_cache (S4): how many successful logins are remembered; 0 none. */
  readonly cacheEntries?: number;
}

const CACHE_ENTRIES = 1000; // S4

/** Longest name that can log in, in characters, as it is in the database (B31, A40). */
const MAX_ENTRY_CHARACTERS = 78;

/** scrypt takes 16 MiB and a core each: a branch office box has few of both. */
const HASHES_AT_ONCE = 2;
const MAX_WAITING = 64;

/** Longer ones are wrong; hashing them would be work for a stranger's sake. */
const MAX_PASSWORD_LENGTH = 1024;

/** {@linkcode Accounts} of the built-in database (`authent_method nwauth`). */
export function createAccounts(options: AccountsOptions): Accounts {
  return new NwauthAccounts(options);
}

class NwauthAccounts implements Accounts {
  readonly #options: AccountsOptions;
  readonly #cache: LoginCache;
  readonly #gate = new Gate({ places: HASHES_AT_ONCE, maxWaiting: MAX_WAITING });

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.#cache = new LoginCache({
      clock: options.clock,
      random: options.random,
      maxEntries: options.cacheEntries ?? CACHE_ENTRIES,
    });
  }

  async lookup(user: string): Promise<LookupResult> {
    const found = await this.#find(user);
    switch (found.kind) {
      case "unavailable":
        return found;
      case "answered":
        return found.account === undefined
          ? { kind: "unknown" }
          : { kind: "found", account: found.account };
    }
  }

  async check(
    user: string,
    password: string,
    _fromAddress: string,
    toAddress?: string,
  ): Promise<CheckResult> {
    const found = await this.#find(user, toAddress);
    if (found.kind === "unavailable") return found;
    const entry = found.account && canLogIn(found.entry.user) ? found.entry : undefined;
    const passwordHash = this.#comparableHash(entry);
    const credentials = { user: entry?.user ?? "", password, passwordHash };
    if (found.account !== undefined && entry && await this.#cache.has(credentials)) {
      return { kind: "accepted", account: found.account };
    }
    const compared = await this.#gate.run(() =>
      this.#options.passwords.verify(password.slice(0, MAX_PASSWORD_LENGTH), passwordHash)
    );
    if (compared === undefined) {
      return { kind: "unavailable", reason: "Too many logins at the same time" };
    }
    const { account } = found;
    if (!account || !entry || !compared.value || password.length > MAX_PASSWORD_LENGTH) {
      return { kind: "rejected" };
    }
    await this.#cache.add(credentials);
    return { kind: "accepted", account };
  }

  async list(): Promise<readonly string[]> {
    const names = this.#options.names();
    const entries = await this.#logged(() => this.#options.database.list());
    return [...new Set(entries.map((entry) => names.ofLogin(entry)?.user ?? entry))].toSorted();
  }

  forgetLogins(): number {
    return this.#cache.clear();
  }

  async #find(
    login: string,
    toAddress?: string,
  ): Promise<Found | { readonly kind: "unavailable"; readonly reason: string }> {
    const name = this.#options.names().ofLogin(login, toAddress);
    try {
      const entry = name &&
        await this.#logged(() => this.#options.database.lookup(name.entry));
      if (name === undefined || entry === undefined) {
        return { kind: "answered", account: undefined };
      }
      return { kind: "answered", account: accountOf(name, entry), entry };
    } catch {
      return { kind: "unavailable", reason: "The user database cannot be read" };
    }
  }

  async #logged<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      this.#options.log.error("Cannot read the user database", { reason: String(error) });
      throw error;
    }
  }

  /** Something to compare with in every case, so that all answers take the same time. */
  #comparableHash(entry: NwauthEntry | undefined): string {
    if (entry === undefined) return UNMATCHABLE_HASH;
    if (isScryptHash(entry.passwordHash)) return entry.passwordHash;
    this.#options.log.warn("Cannot check a password, set a new one", {
      user: entry.user,
      stored: isCryptHash(entry.passwordHash) ? "as a crypt hash" : "in an unknown form",
    });
    return UNMATCHABLE_HASH;
  }
}

type Found =
  | { readonly kind: "answered"; readonly account: Account; readonly entry: NwauthEntry }
  | { readonly kind: "answered"; readonly account: undefined };

function accountOf({ user }: UserName, { info }: NwauthEntry): Account {
  const forward = infoField(info, "fwd")?.trim();
  return forward ? { user, forward } : { user };
}

function canLogIn(entry: string): boolean {
  return [...entry].length <= MAX_ENTRY_CHARACTERS;
}
