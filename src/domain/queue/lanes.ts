/** How many lanes work at once, and how much each takes at a time. */
export interface LaneLimits {
  readonly lanes: number;
  readonly batch: number;
}

interface Lane<Job> {
  readonly name: string;
  waiting: Job[];
}

/**
 * Work that goes on side by side in different lanes and one after the other within one. What waits
 * in a lane is handed over as one batch, so that it shares a connection or a sync. The lane that
 * has waited longest is next; after its batch it goes to the end of the line.
 */
export class Lanes<Job> {
  readonly #limits: LaneLimits;
  readonly #work: (lane: string, jobs: readonly Job[]) => Promise<void>;
  readonly #lanes = new Map<string, Lane<Job>>();
  /** Lanes with something waiting and nothing running, in the order in which it is their turn. */
  #turns: Lane<Job>[] = [];
  readonly #running = new Set<Promise<void>>();

  /** @param work Carries out a batch; it must not reject. */
  constructor(
    limits: LaneLimits,
    work: (lane: string, jobs: readonly Job[]) => Promise<void>,
  ) {
    this.#limits = limits;
    this.#work = work;
  }

  /** Lets a job wait in a lane until {@linkcode start}. */
  add(name: string, job: Job): void {
    const known = this.#lanes.get(name);
    if (known !== undefined) {
      known.waiting.push(job);
      return;
    }
    const lane = { name, waiting: [job] };
    this.#lanes.set(name, lane);
    this.#turns.push(lane);
  }

  /** Starts what there is room for. Afterwards each batch that ends starts the next. */
  start(): void {
    while (this.#running.size < this.#limits.lanes) {
      const lane = this.#turns.shift();
      if (lane === undefined) return;
      const run = this.#run(lane).finally(() => {
        this.#running.delete(run);
        this.start();
      });
      this.#running.add(run);
    }
  }

  /** Takes out the waiting jobs that `wanted` says; those at work go on. */
  takeWaiting(wanted: (job: Job) => boolean): readonly Job[] {
    const taken: Job[] = [];
    for (const lane of this.#lanes.values()) {
      taken.push(...lane.waiting.filter(wanted));
      lane.waiting = lane.waiting.filter((job) => !wanted(job));
    }
    const emptied = this.#turns.filter(({ waiting }) => waiting.length === 0);
    for (const { name } of emptied) this.#lanes.delete(name);
    this.#turns = this.#turns.filter(({ waiting }) => waiting.length > 0);
    return taken;
  }

  /** Resolves when nothing is at work any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #run(lane: Lane<Job>): Promise<void> {
    await this.#work(lane.name, lane.waiting.splice(0, this.#limits.batch));
    if (lane.waiting.length > 0) this.#turns.push(lane);
    else this.#lanes.delete(lane.name);
  }
}
