import { sourceOf } from "../../domain/guard/mod.ts";

/** What clients hold, by where they come from; of one source the oldest first. */
export class BySource<T> {
  readonly #held = new Map<string, Set<T>>();

  /** What each source holds; none of them is empty. */
  get groups(): Iterable<ReadonlySet<T>> {
    return this.#held.values();
  }

  /** What the source of an address holds. */
  from(address: string): ReadonlySet<T> {
    return this.#held.get(sourceOf(address)) ?? new Set();
  }

  add(address: string, item: T): void {
    const source = sourceOf(address);
    this.#held.set(source, (this.#held.get(source) ?? new Set()).add(item));
  }

  delete(address: string, item: T): void {
    const source = sourceOf(address);
    const siblings = this.#held.get(source);
    siblings?.delete(item);
    if (siblings?.size === 0) this.#held.delete(source);
  }
}
