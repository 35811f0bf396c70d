import type { Clock } from "./clock.ts";
import { forgetOldest } from "./forget_oldest.ts";

/** How long, and how much, a {@linkcode Recent} remembers. */
export interface RecentOptions {
  readonly clock: Pick<Clock, "monotonic">;
  readonly forMs: number;
  /** The oldest answer makes room. */
  readonly most: number;
}

/** Remembers for a moment what was found, so that a burst of the same question costs one look. */
export class Recent<Key, Value> {
  readonly #options: RecentOptions;
  /** Oldest first. */
  readonly #found = new Map<Key, { readonly atMs: number; readonly value: Promise<Value> }>();

  constructor(options: RecentOptions) {
    this.#options = options;
  }

  /** What `look` finds, or found a moment ago. A failure is not remembered. */
  get(key: Key, look: () => Promise<Value>): Promise<Value> {
    const { clock, forMs, most } = this.#options;
    const atMs = clock.monotonic();
    const known = this.#found.get(key);
    if (known !== undefined && atMs - known.atMs < forMs) return known.value;
    const value = look();
    this.#found.delete(key);
    this.#found.set(key, { atMs, value });
    value.catch(() => {
      if (this.#found.get(key)?.value === value) this.#found.delete(key);
    });
    forgetOldest(this.#found, most);
    return value;
  }
}
