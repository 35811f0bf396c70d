/** Some work that came at the same time; its last part may start what shares a connection. */
interface Pass {
  left: number;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * A line of things to look at, oldest first, a bounded number at once. Things that are added
 * together form a pass; `passEnded` runs when all of one have been looked at.
 */
export class Passes<Thing> {
  readonly #limit: number;
  readonly #look: (thing: Thing) => Promise<void>;
  readonly #passEnded: () => void;
  #line: { readonly thing: Thing; readonly pass: Pass }[] = [];
  /** Where the line begins: shifting a long array for each thing would cost its length. */
  #head = 0;
  #open = false;
  #looking = 0;
  #idle = Promise.withResolvers<void>();
  readonly #passes = new Set<Pass>();

  /** @param look Looks at one thing; it must not reject. */
  constructor({ limit, look, passEnded }: {
    readonly limit: number;
    readonly look: (thing: Thing) => Promise<void>;
    readonly passEnded: () => void;
  }) {
    this.#limit = limit;
    this.#look = look;
    this.#passEnded = passEnded;
  }

  /** Resolves when all of them have been looked at. */
  add(things: readonly Thing[]): Promise<void> {
    if (things.length === 0) return Promise.resolve();
    const pass = { left: things.length, done: Promise.withResolvers<void>() };
    this.#passes.add(pass);
    for (const thing of things) this.#line.push({ thing, pass });
    this.#start();
    return pass.done.promise;
  }

  /** Whether something is in the line, or being looked at. */
  get isBusy(): boolean {
    return this.#passes.size > 0;
  }

  /** Begins, or goes on after {@linkcode close}. */
  open(): void {
    this.#open = true;
    this.#start();
  }

  /** Stops taking from the line; resolves when nothing is being looked at any more. */
  async close(): Promise<void> {
    this.#open = false;
    if (this.#looking > 0) await this.#idle.promise;
  }

  /** Resolves when everything added before this call has been looked at. */
  async caughtUp(): Promise<void> {
    await Promise.all(Array.from(this.#passes, ({ done }) => done.promise));
  }

  #start(): void {
    while (this.#open && this.#looking < this.#limit) {
      const next = this.#line[this.#head];
      if (next === undefined) break;
      this.#head++;
      this.#looking++;
      void this.#look(next.thing).finally(() => {
        this.#looking--;
        this.#ended(next.pass);
        this.#start();
        if (this.#looking === 0) this.#allLooked();
      });
    }
    if (this.#head * 2 > this.#line.length) {
      this.#line = this.#line.slice(this.#head);
      this.#head = 0;
    }
  }

  #allLooked(): void {
    this.#idle.resolve();
    this.#idle = Promise.withResolvers();
  }

  #ended(pass: Pass): void {
    if (--pass.left > 0) return;
    this.#passes.delete(pass);
    this.#passEnded();
    pass.done.resolve();
  }
}
