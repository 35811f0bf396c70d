/** POPFetch has stopped itself. */
export class StoppedError extends Error {
  override name = "StoppedError";
}

/** Stops POPFetch when it finds a recipient for nothing any more: something is set up wrong (B50). */
export class DudGuard {
  readonly #max: number;
  #inARow = 0;

  /** @param max Duds in a row that are too many, at least 1 (S55). */
  constructor(max: number) {
    this.#max = Math.max(1, max);
  }

  /** Why POPFetch has stopped itself; `undefined` while it has not. */
  get stopped(): string | undefined {
    if (this.#inARow < this.#max) return undefined;
    return `POPFetch has stopped itself: ${this.#inARow} messages in a row found no recipient ` +
      "and are kept in duds.dat. Check pf_header, pf_domain and pf_dflt_address, then reload";
  }

  delivered(): void {
    this.#inARow = 0;
  }

  dud(): void {
    this.#inARow++;
  }
}
