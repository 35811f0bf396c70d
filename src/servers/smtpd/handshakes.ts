import { BySource } from "./by_source.ts";

/** How many there may be. */
export interface HandshakeLimits {
  readonly max: number;
  readonly maxPerAddress: number;
}

/**
 * TLS handshakes of smtps that are under way. They are no sessions yet, and one address must not
 * keep all others out by beginning them.
 *
 * @typeParam T What stands for one.
 */
export class Handshakes<T> {
  readonly #bySource = new BySource<T>();
  readonly #addresses = new Map<T, string>();

  /**
   * Adds one more if it finds room: its address has few enough, and there are few enough in all or
   * another address has more.
   *
   * @returns Whether it did, and the oldest of whoever has most if that is to be broken off for it.
   */
  add(
    handshake: T,
    address: string,
    { max, maxPerAddress }: HandshakeLimits,
  ): { readonly added: boolean; readonly instead?: T } {
    const own = this.#bySource.from(address).size;
    if (own >= maxPerAddress) return { added: false };
    const isFull = this.#addresses.size >= max;
    const instead = isFull ? this.#oldestOfMost(own + 1) : undefined;
    if (isFull && instead === undefined) return { added: false };
    if (instead !== undefined) this.delete(instead);
    this.#addresses.set(handshake, address);
    this.#bySource.add(address, handshake);
    return instead === undefined ? { added: true } : { added: true, instead };
  }

  /** Takes one away that is done or given up. */
  delete(handshake: T): void {
    const address = this.#addresses.get(handshake);
    if (address === undefined) return;
    this.#addresses.delete(handshake);
    this.#bySource.delete(address, handshake);
  }

  #oldestOfMost(least: number): T | undefined {
    let most: ReadonlySet<T> = new Set();
    for (const group of this.#bySource.groups) if (group.size > most.size) most = group;
    const [oldest] = most;
    return most.size > least ? oldest : undefined;
  }
}
