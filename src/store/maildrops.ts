import type { Maildrop } from "./maildrop.ts";
import { formerLayouts, warnOfFormerPlace } from "./former_place.ts";
import {
  type MaildropLayout,
  maildropNameAt,
  type MaildropPaths,
  maildropPaths,
} from "./maildrop_layout.ts";
import type { MaildropLimits, Room } from "./room.ts";
import type { Delivery } from "./mbox_text.ts";
import { type MaildropTools, UserMaildrop } from "./user_maildrop.ts";

/** How much a user has waiting. */
export interface MailboxSize {
  readonly user: string;
  readonly messages: number;
  readonly octets: number;
}

/**
 * All maildrops: drop files (mbox) that are burst into bins at login (F2, F3). Every call throws
 * `RangeError` for a user who cannot have one; see {@linkcode maildropPaths}. Names are
 * case-insensitive.
 */
export interface Maildrops {
  /**
   * Appends messages to a user's drop file, with one sync for all of them. All are there
   * afterwards, or (if it throws) none. `deliveryId` is written as `X-UIDL:` and becomes the unique-id.
   *
   * @param ownerUid Whose the drop file must be (B22), for a server that is root: a new one becomes
   * that user's, and one of somebody else is not written. Anybody's if left out.
   */
  deliver(user: string, messages: readonly Delivery[], ownerUid?: number): Promise<void>;
  /** Whether `deliver` got through before a crash; also when the user has deleted it since. */
  wasDelivered(user: string, deliveryId: string): Promise<boolean>;
  /** Locks a maildrop and bursts what was delivered; `undefined` if somebody else holds it. */
  lock(user: string): Promise<Maildrop | undefined>;
  /** Counts without locking. */
  size(user: string): Promise<MailboxSize>;
  /**
   * Whether `octets` more may come into a maildrop by drop_max and quota; a message of unknown size
   * counts as one octet. It reserves nothing, and costs nothing while there are no limits.
   */
  room(user: string, octets: number): Promise<Room>;
  /** Whose drop file is at a path; `undefined` if nobody's is. */
  userAt(path: string): string | undefined;
}

/** Where mail is kept, and what is needed to keep it. */
export interface MaildropsOptions extends MaildropTools {
  /** Where maildrops are, as the configuration says now. */
  readonly layout: () => MaildropLayout;
  /** What they may hold, as the configuration says now. */
  readonly limits: () => MaildropLimits;
}

/** How many messages of idle maildrops memory may hold the places of, about 150 octets each. */
const MAX_CACHED_MESSAGES = 200_000;

/** How many idle maildrops are remembered at all. */
const MAX_CACHED_USERS = 1000;

/** Opens the maildrops on disk. Each is repaired, where a crash left it unfinished, at its first use. */
export function openMaildrops(options: MaildropsOptions): Maildrops {
  const users = new RecentUsers();
  // What moved may come back, and a bin may have changed meanwhile.
  const places = new Places(options.layout, () => users.forgetIdle());

  function opened(user: string, paths: MaildropPaths): UserMaildrop {
    const maildrop = new UserMaildrop(paths, options);
    const { former } = places;
    maildrop.begin(() => warnOfFormerPlace({ user, now: paths, former }, options));
    return maildrop;
  }

  async function use<T>(user: string, work: (maildrop: UserMaildrop) => Promise<T>): Promise<T> {
    const paths = places.of(user);
    const maildrop = users.get(paths.dropFile, () => opened(user, paths));
    try {
      return await work(maildrop);
    } finally {
      users.trim();
    }
  }

  return {
    deliver: (user, messages, ownerUid) =>
      use(user, (maildrop) => maildrop.deliver(messages, ownerUid)),
    wasDelivered: (user, deliveryId) => use(user, (maildrop) => maildrop.wasDelivered(deliveryId)),
    lock: (user) =>
      use(user, async (maildrop) => users.isLocked(maildrop) ? undefined : await maildrop.lock()),
    size: async (user) => ({ user, ...await use(user, (maildrop) => maildrop.size()) }),
    async room(user, octets) {
      places.of(user); // Throws for a user who cannot have a maildrop.
      const limits = options.limits();
      const isLimited = limits.dropMaxOctets !== undefined || limits.quota !== undefined;
      return isLimited ? await use(user, (maildrop) => maildrop.room(octets, limits)) : "ok";
    },
    userAt: (path) => maildropNameAt(path, options.layout()),
  };
}

/** Where maildrops are. A name is read once, as long as the layout stays what it is. */
class Places {
  readonly #layout: () => MaildropLayout;
  readonly #changed: () => void;
  readonly #known = new Map<string, MaildropPaths>();
  #knownBy: MaildropLayout | undefined;
  #former: readonly MaildropLayout[] = [];

  constructor(layout: () => MaildropLayout, changed: () => void) {
    this.#layout = layout;
    this.#changed = changed;
  }

  /** By which layouts mail may lie that was never moved. */
  get former(): readonly MaildropLayout[] {
    return this.#former;
  }

  of(user: string): MaildropPaths {
    const layout = this.#layout();
    if (layout !== this.#knownBy) {
      this.#former = formerLayouts(layout);
      this.#changed();
    }
    if (layout !== this.#knownBy || this.#known.size > MAX_CACHED_USERS) this.#known.clear();
    this.#knownBy = layout;
    const paths = this.#known.get(user) ?? maildropPaths(user, layout);
    this.#known.set(user, paths);
    return paths;
  }
}

/** Maildrops in use and those used last, so that the next use need not read an index again. */
class RecentUsers {
  /** By drop file, least recently used first: a name may come to mean another place. */
  readonly #users = new Map<string, UserMaildrop>();

  get(dropFile: string, open: () => UserMaildrop): UserMaildrop {
    const maildrop = this.#users.get(dropFile) ?? open();
    this.#users.delete(dropFile);
    this.#users.set(dropFile, maildrop);
    return maildrop;
  }

  /** Whether a session holds the bin of a maildrop, by its own lock or from where it was before. */
  isLocked({ binDir }: UserMaildrop): boolean {
    return this.#users.values().some((other) => other.locked && other.binDir === binDir);
  }

  forgetIdle(): void {
    for (const [dropFile, maildrop] of this.#users) {
      if (maildrop.idle) this.#users.delete(dropFile);
    }
  }

  /** Forgets idle maildrops above the bounds; two objects for one maildrop must never be in use. */
  trim(): void {
    let messages = 0;
    for (const { cachedMessages } of this.#users.values()) messages += cachedMessages;
    for (const [dropFile, maildrop] of this.#users) {
      if (this.#users.size <= MAX_CACHED_USERS && messages <= MAX_CACHED_MESSAGES) return;
      if (!maildrop.idle) continue;
      messages -= maildrop.cachedMessages;
      this.#users.delete(dropFile);
    }
  }
}
