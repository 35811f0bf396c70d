/** Runs pieces of work one after the other, in the order they were asked for. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** Whether nothing runs or waits. */
  get idle(): boolean {
    return this.#pending === 0;
  }

  /** Resolves or rejects as `work` does; a failure does not stop those behind it. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    const result = this.#last.then(work).finally(() => this.#pending--);
    this.#last = result.catch(() => {}); // Whoever asked for the work hears of its failure.
    return result;
  }
}
