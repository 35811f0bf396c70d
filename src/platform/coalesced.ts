/**
 * Runs one action a key at a time. Who asks while it runs shares the run after it: that one sees
 * every change made until it begins, so one write covers all who wait.
 */
export class Coalesced<Key> {
  readonly #action: (key: Key) => Promise<void>;
  readonly #running = new Map<Key, Promise<void>>();
  readonly #next = new Map<Key, Promise<void>>();

  constructor(action: (key: Key) => Promise<void>) {
    this.#action = action;
  }

  run(key: Key): Promise<void> {
    const running = this.#running.get(key);
    if (running === undefined) return this.#start(key);
    const queued = this.#next.get(key);
    if (queued !== undefined) return queued;
    const next = running.catch(() => {}).then(() => {
      this.#next.delete(key);
      return this.#start(key);
    });
    this.#next.set(key, next);
    return next;
  }

  #start(key: Key): Promise<void> {
    const run = this.#action(key).finally(() => {
      if (this.#running.get(key) === run) this.#running.delete(key);
    });
    this.#running.set(key, run);
    return run;
  }
}
