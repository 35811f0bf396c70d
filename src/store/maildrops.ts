import type { Maildrop } from "./maildrop.ts";
import { maildropPaths } from "./maildrop_name.ts";
import { type Delivery, type MaildropTools, UserMaildrop } from "./user_maildrop.ts";

/** How much a user has waiting. */
export interface MailboxSize {
  readonly user: string;
  readonly messages: number;
  readonly octets: number;
}

/**
 * All maildrops: drop files (mbox) that are burst into bins at login (F2, F3). Every call throws
 * `RangeError` for a user whose name is not a safe file name; see {@linkcode isMaildropName}.
 */
export interface Maildrops {
  /**
   * Appends messages to a user's drop file, with one sync for all of them. All are there
   * afterwards, or (if it throws) none. `deliveryId` is written as `X-UIDL:` and becomes the unique-id.
   */
  deliver(user: string, messages: readonly Delivery[]): Promise<void>;
  /** Whether `deliver` got through before a crash; also when the user has deleted it since. */
  wasDelivered(user: string, deliveryId: string): Promise<boolean>;
  /** Locks a maildrop and bursts what was delivered; `undefined` if somebody else holds it. */
  lock(user: string): Promise<Maildrop | undefined>;
  /** Counts without locking. */
  size(user: string): Promise<MailboxSize>;
}

/** Where mail is kept, and what is needed to keep it. */
export interface MaildropsOptions extends MaildropTools {
  /** Directory of drop files (S35). */
  readonly dropPath: string;
  /** Directory of bins (S36); may be the same. */
  readonly binPath: string;
}

/** How many messages of idle maildrops memory may hold the places of, about 150 octets each. */
const MAX_CACHED_MESSAGES = 200_000;

/** How many idle maildrops are remembered at all. */
const MAX_CACHED_USERS = 1000;

/** Opens the maildrops on disk. Each is repaired, where a crash left it unfinished, at its first use. */
export function openMaildrops(options: MaildropsOptions): Maildrops {
  const users = new RecentUsers();

  async function use<T>(user: string, work: (maildrop: UserMaildrop) => Promise<T>): Promise<T> {
    const maildrop = users.get(user, () => new UserMaildrop(maildropPaths(user, options), options));
    try {
      return await work(maildrop);
    } finally {
      users.trim();
    }
  }

  return {
    deliver: (user, messages) => use(user, (maildrop) => maildrop.deliver(messages)),
    wasDelivered: (user, deliveryId) => use(user, (maildrop) => maildrop.wasDelivered(deliveryId)),
    lock: (user) => use(user, (maildrop) => maildrop.lock()),
    size: async (user) => ({ user, ...await use(user, (maildrop) => maildrop.size()) }),
  };
}

/** Maildrops in use and those used last, so that the next use need not read an index again. */
class RecentUsers {
  /** Least recently used first. */
  readonly #users = new Map<string, UserMaildrop>();

  get(user: string, open: () => UserMaildrop): UserMaildrop {
    const maildrop = this.#users.get(user) ?? open();
    this.#users.delete(user);
    this.#users.set(user, maildrop);
    return maildrop;
  }

  /** Forgets idle maildrops above the bounds; two objects for one maildrop must never be in use. */
  trim(): void {
    let messages = 0;
    for (const { cachedMessages } of this.#users.values()) messages += cachedMessages;
    for (const [user, maildrop] of this.#users) {
      if (this.#users.size <= MAX_CACHED_USERS && messages <= MAX_CACHED_MESSAGES) return;
      if (!maildrop.idle) continue;
      messages -= maildrop.cachedMessages;
      this.#users.delete(user);
    }
  }
}
