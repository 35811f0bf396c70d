/** Counts changes, and lets who watches wait for the next one. */
export class Changes {
  #version = 0;
  readonly #waiting = new Set<() => void>();

  /** Another number after each change. */
  get version(): number {
    return this.#version;
  }

  /** Something changed. */
  notify(): void {
    this.#version++;
    for (const wake of this.#waiting) wake();
  }

  /**
   * Resolves at the next change, or when `signal`, not aborted yet, is. Not a race with one promise
   * of the whole watch: that would keep something of every change for as long as the program runs.
   */
  async next(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    try {
      await promise;
    } finally {
      this.#waiting.delete(wake);
      signal.removeEventListener("abort", wake);
    }
  }
}
