import { forgetOldest } from "../../platform/mod.ts";

/** How a count of equal messages goes up and down. */
export interface CountLimits {
  readonly max: number;
  readonly decreasePerHour: number;
  readonly maxEntries: number;
}

/** How one more message stands to those before it. */
export type Count =
  | { readonly kind: "taken" }
  /** `copies` counts those that were too many, this one included, since the count was at 0 last. */
  | { readonly kind: "too many"; readonly copies: number };

interface Entry {
  level: number;
  atMs: number;
  tooMany: number;
}

const HOUR_MS = 3_600_000;

/** Counts of equal messages; the one that was not seen for the longest time is forgotten first. */
export class Counts {
  readonly #entries = new Map<string, Entry>();

  /** How many are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** Counts one more. @param nowMs `clock.monotonic()`. */
  add(key: string, nowMs: number, { max, decreasePerHour, maxEntries }: CountLimits): Count {
    const entry = this.#entries.get(key) ?? { level: 0, atMs: nowMs, tooMany: 0 };
    this.#entries.delete(key); // Put in again as the latest.
    this.#entries.set(key, entry);
    const fallen = (nowMs - entry.atMs) / HOUR_MS * decreasePerHour;
    entry.level = Math.max(0, entry.level - fallen);
    entry.atMs = nowMs;
    if (entry.level === 0) entry.tooMany = 0;
    forgetOldest(this.#entries, maxEntries);
    if (entry.level + 1 > max) return { kind: "too many", copies: ++entry.tooMany };
    entry.level++;
    return { kind: "taken" };
  }
}
