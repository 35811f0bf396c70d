import { type Clock, forgetOldest, type Random } from "../../platform/mod.ts";

/** How long a login is remembered (S4). */
const LIFETIME_MS = 12 * 3_600_000;

/** What was shown at a login, and what it was checked against. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
  /** The stored hash: when it changes, what is remembered no longer fits. */
  readonly passwordHash: string;
}

/**
 * Remembers logins that succeeded, so that a client that polls costs no scrypt (S4).
 *
 * It holds keyed digests only; the key lives and dies with the process. It can only say yes: what
 * it does not know is for the source to decide.
 */
export class LoginCache {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #key: Promise<CryptoKey>;
  /** Oldest use first. */
  readonly #entries = new Map<string, { readonly digest: string; readonly untilMs: number }>();

  constructor({ clock, random, maxEntries }: { clock: Clock; random: Random; maxEntries: number }) {
    this.#clock = clock;
    this.#maxEntries = maxEntries;
    this.#key = crypto.subtle.importKey(
      "raw",
      Uint8Array.from(random.bytes(32)),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
  }

  /** Whether exactly this login succeeded within the last 12 hours. */
  async has(credentials: Credentials): Promise<boolean> {
    const entry = this.#entries.get(credentials.user);
    if (entry === undefined || entry.untilMs <= this.#clock.monotonic()) return false;
    if (entry.digest !== await this.#digest(credentials)) return false;
    this.#entries.delete(credentials.user);
    this.#entries.set(credentials.user, entry);
    return true;
  }

  /** Forgets all; how many there were. */
  clear(): number {
    const count = this.#entries.size;
    this.#entries.clear();
    return count;
  }

  /** Remembers a login; the one that was used longest ago is forgotten when there are too many. */
  async add(credentials: Credentials): Promise<void> {
    if (this.#maxEntries <= 0) return;
    const digest = await this.#digest(credentials);
    this.#entries.delete(credentials.user);
    this.#entries.set(credentials.user, {
      digest,
      untilMs: this.#clock.monotonic() + LIFETIME_MS,
    });
    forgetOldest(this.#entries, this.#maxEntries);
  }

  async #digest({ user, password, passwordHash }: Credentials): Promise<string> {
    const text = JSON.stringify([user, password, passwordHash]);
    const mac = await crypto.subtle.sign("HMAC", await this.#key, new TextEncoder().encode(text));
    return new Uint8Array(mac).toBase64();
  }
}
