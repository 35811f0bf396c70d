/** Lets a few do costly work at a time, a bounded number wait, and sends the rest away. */
export class Gate {
  readonly #places: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor({ places, maxWaiting }: { places: number; maxWaiting: number }) {
    this.#places = places;
    this.#maxWaiting = maxWaiting;
  }

  /** Runs `work` when there is a place; `undefined` at once if too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
    if (this.#inside < this.#places) {
      this.#inside++;
    } else {
      if (this.#waiting.length >= this.#maxWaiting) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise; // The one who leaves hands the place over: #inside stays as it is.
    }
    try {
      return { value: await work() };
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside--;
      else next();
    }
  }
}
