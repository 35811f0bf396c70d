import { formatNwauthLine, type NwauthEntry, userNameComplaint } from "../formats/nwauth.ts";
import type { Clock, Files, Log } from "../platform/mod.ts";
import { NwauthTables } from "./nwauth_tables.ts";
import { Serial } from "./serial.ts";

/** What a change does with a user: leaves the entry, replaces it, or removes it. */
export type NwauthChange =
  | { readonly kind: "keep" }
  | { readonly kind: "set"; readonly passwordHash: string; readonly info: string }
  | { readonly kind: "remove" };

/**
 * The built-in user database: `nwauth.txt` and its journal `nwauth.add` (F13, F14).
 *
 * Several processes may share it. Each call sees what others have written by then, but `lookup` may
 * miss the last 25 ms of an entry that was replaced or removed. A change is
 * durable when its promise resolves, and after any crash it is there whole or not at all. Every
 * method rejects if the disk fails.
 */
export interface Nwauth {
  /** The entry of a user; the case of the name does not matter. */
  lookup(user: string): Promise<NwauthEntry | undefined>;
  /** All names, sorted. */
  list(): Promise<readonly string[]>;
  /** Adds a user or replaces the entry. @throws {RangeError} If a field cannot be stored. */
  set(user: string, passwordHash: string, info: string): Promise<void>;
  /** Removes a user; false if there was none. */
  remove(user: string): Promise<boolean>;
  /**
   * Looks at a user and changes the entry in one step that no other process can come between.
   *
   * @returns The entry as it was before.
   */
  update(
    user: string,
    change: (before: NwauthEntry | undefined) => NwauthChange,
  ): Promise<NwauthEntry | undefined>;
}

/** Where the database is and what it works with. */
export interface NwauthOptions {
  /** Directory of the files; it is made when the first user is added. */
  readonly path: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  /** Size of nwauth.add, in octets, from which it is merged into nwauth.txt. */
  readonly mergeFromOctets?: number;
}

/** Some 400 changes: read again in a millisecond when another process has written one. */
const MERGE_FROM_OCTETS = 64 * 1024;

/**
 * A user who was there so long ago counts as there still, in ms: mail for him comes in faster than
 * the disk need be asked.
 */
const RECENT_MS = 25;

/** How often, and how long, another process's lock is waited for, in ms. */
const LOCK_RETRY_MS = 20;
const LOCK_TIMEOUT_MS = 5_000;

/** Opens the database; files that do not exist yet are a database without users. */
export function openNwauth(options: NwauthOptions): Nwauth {
  return new NwauthStore(options);
}

class NwauthStore implements Nwauth {
  readonly #options: NwauthOptions;
  readonly #tables: NwauthTables;
  readonly #changes = new Serial();
  /** When the files were looked at last, of the monotonic clock. */
  #lookedMs = -Infinity;

  constructor(options: NwauthOptions) {
    this.#options = options;
    this.#tables = new NwauthTables(options);
  }

  async lookup(user: string): Promise<NwauthEntry | undefined> {
    const name = user.toLowerCase();
    const nowMs = this.#options.clock.monotonic();
    const known = this.#tables.get(name);
    if (known !== undefined && nowMs - this.#lookedMs < RECENT_MS) return known;
    await this.#tables.refresh();
    this.#lookedMs = nowMs;
    return this.#tables.get(name);
  }

  async list(): Promise<readonly string[]> {
    await this.#tables.refresh();
    return [...this.#tables.users()].sort();
  }

  async set(user: string, passwordHash: string, info: string): Promise<void> {
    await this.update(user, () => ({ kind: "set", passwordHash, info }));
  }

  async remove(user: string): Promise<boolean> {
    return await this.update(user, () => ({ kind: "remove" })) !== undefined;
  }

  update(
    user: string,
    change: (before: NwauthEntry | undefined) => NwauthChange,
  ): Promise<NwauthEntry | undefined> {
    // One after the other within this process; the lock file keeps the others away.
    return this.#changes.run(() => this.#update(user.toLowerCase(), change));
  }

  async #update(
    user: string,
    change: (before: NwauthEntry | undefined) => NwauthChange,
  ): Promise<NwauthEntry | undefined> {
    const complaint = userNameComplaint(user);
    if (complaint !== undefined) throw new RangeError(complaint);
    await this.#options.files.makeDir(this.#options.path);
    await using _lock = await this.#lock();
    await this.#tables.refresh();
    const before = this.#tables.get(user);
    const line = lineFor(user, before, change(before));
    if (line !== undefined) {
      await this.#tables.append(line);
      await this.#mergeIfLarge();
    }
    return before;
  }

  /** The change itself is durable already: a merge that fails is tried again at the next one. */
  async #mergeIfLarge(): Promise<void> {
    const { log, mergeFromOctets = MERGE_FROM_OCTETS } = this.#options;
    try {
      if (await this.#tables.journalOctets() >= mergeFromOctets) await this.#tables.merge();
    } catch (error) {
      log.warn("Cannot merge nwauth.add into nwauth.txt now", { reason: String(error) });
    }
  }

  async #lock(): Promise<AsyncDisposable> {
    const { clock, files, path } = this.#options;
    const giveUpAt = clock.monotonic() + LOCK_TIMEOUT_MS;
    while (true) {
      const lock = await files.tryLock(`${path}/nwauth.lock`);
      if (lock !== undefined) return lock;
      if (clock.monotonic() >= giveUpAt) {
        throw new Error("Cannot change the user database: another program holds its lock");
      }
      await clock.sleep(LOCK_RETRY_MS);
    }
  }
}

/** The journal line that makes a change, or `undefined` if there is nothing to write. */
function lineFor(
  user: string,
  before: NwauthEntry | undefined,
  change: NwauthChange,
): string | undefined {
  switch (change.kind) {
    case "keep":
      return undefined;
    case "remove":
      return before && formatNwauthLine({ kind: "deleted", user });
    case "set": {
      const { passwordHash, info } = change;
      return formatNwauthLine({ kind: "user", entry: { user, passwordHash, info } });
    }
  }
}
