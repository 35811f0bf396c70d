/** Lets callers that name the same thing wait for one another. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` when all that was given for `name` before has ended, well or not. */
  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(work);
    this.#last.set(name, turn);
    const forget = () => {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    };
    turn.then(forget, forget);
    return turn;
  }
}

/**
 * Group commit for directories: while one sync runs, all who come wait for the next one, which
 * covers them all. A sync that had already begun might not include their change.
 */
export class DirectorySyncs {
  readonly #sync: (path: string) => Promise<void>;
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  constructor(sync: (path: string) => Promise<void> = syncDirectory) {
    this.#sync = sync;
  }

  /** Resolves when every name that is in the directory now is durable. */
  sync(path: string): Promise<void> {
    const running = this.#running.get(path);
    if (running === undefined) return this.#start(path);
    const queued = this.#next.get(path);
    if (queued !== undefined) return queued;
    const next = running.catch(() => {}).then(() => {
      this.#next.delete(path);
      return this.#start(path);
    });
    this.#next.set(path, next);
    return next;
  }

  #start(path: string): Promise<void> {
    const run = this.#sync(path).finally(() => {
      if (this.#running.get(path) === run) this.#running.delete(path);
    });
    this.#running.set(path, run);
    return run;
  }
}

/** Makes names survive a power cut: they live in the directory, not in the file. */
async function syncDirectory(path: string): Promise<void> {
  if (Deno.build.os === "windows") return; // NTFS journals names itself; a directory cannot be opened.
  using dir = await Deno.open(path, { read: true });
  await dir.sync();
}
