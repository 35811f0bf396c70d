import type { Clock } from "../../platform/mod.ts";

/** How many lanes work at once, and for how long one has its turn. */
export interface LaneLimits {
  /** Asked anew each time. */
  readonly lanes: () => number;
  /** How many turns a lane may have at once when much waits in it; one if left out. */
  readonly abreast?: (lane: string) => number;
  /** After so many jobs a lane gives way, if another one waits for its place. */
  readonly batch: number;
  /** After so long it gives way too, in ms. */
  readonly turnMs?: number;
  /**
   * A lane that has not moved for so long, in ms, does not count while it stands still: those who wait
   * for an answer hold up nobody else. At most {@linkcode MAX_STALLED} times `lanes` are at work then.
   */
  readonly stalledMs?: number;
}

/** What {@linkcode Lanes} are made of. */
export interface LanesOptions<Job> {
  readonly limits: LaneLimits;
  /** Carries out jobs of a lane; it must not reject. What it leaves is for the lane's next turn. */
  readonly work: (turn: Turn<Job>) => Promise<void>;
  /** Whether more jobs are on their way to some lane. */
  readonly mayCome?: () => boolean;
  readonly clock: Clock;
}

/** Lanes at work, those that stand still included, for each that may move. */
export const MAX_STALLED = 5;

/** From so many waiting jobs on another turn beside the first is worth its while. */
export const MIN_TO_WIDEN = 50;

/** How long a lane that has nothing to do waits for jobs that may be for it, in ms. */
const IDLE_MS = 1_000;

/** How often is looked whether a lane stands still, in ms. */
const WATCH_MS = 1_000;

interface Lane<Job> {
  readonly name: string;
  waiting: Job[];
  readonly turns: Set<Turn<Job>>;
  /** Whether it may have no more turns at once than it has. */
  isNarrow: boolean;
}

/** A lane at work. */
export class Turn<Job> {
  /** `clock.monotonic()` when something was taken or done last. */
  movedMs: number;
  readonly #lane: Lane<Job>;
  readonly #isOver: (taken: number, startedMs: number) => boolean;
  readonly #mayCome: (() => boolean) | undefined;
  readonly #clock: Clock;
  readonly #startedMs: number;
  #taken = 0;
  #changed = Promise.withResolvers<void>();

  constructor(lane: Lane<Job>, { clock, isOver, mayCome }: {
    readonly clock: Clock;
    readonly isOver: (taken: number, startedMs: number) => boolean;
    readonly mayCome: (() => boolean) | undefined;
  }) {
    this.#lane = lane;
    this.#isOver = isOver;
    this.#mayCome = mayCome;
    this.#clock = clock;
    this.#startedMs = clock.monotonic();
    this.movedMs = this.#startedMs;
  }

  /** The name of the lane. */
  get lane(): string {
    return this.#lane.name;
  }

  /** Takes the oldest job; `undefined`: there is none, or it is another lane's turn. */
  take(): Job | undefined {
    if (this.#isOver(this.#taken, this.#startedMs)) return undefined;
    const job = this.#lane.waiting.shift();
    if (job !== undefined) this.#taken++;
    return job;
  }

  /**
   * Resolves when something may have changed for {@linkcode take}; `undefined`: nothing will.
   *
   * @param mayCome Whether more may come for a reason of the caller's.
   */
  coming(mayCome: boolean): Promise<void> | undefined {
    if (this.#isOver(Infinity, this.#startedMs)) return undefined;
    if (this.#lane.waiting.length > 0) return Promise.resolve();
    // On a busy machine something is always on its way, and nearly never to this lane.
    const isPatient = this.#clock.monotonic() - this.movedMs < IDLE_MS;
    return mayCome || (isPatient && this.#mayCome?.()) ? this.#changed.promise : undefined;
  }

  /** Whoever waits for more looks again. */
  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/**
 * Work that goes on side by side in different lanes and one after the other within one, unless much
 * waits there and it may be done abreast. What waits in a lane shares a connection or a sync. The lane
 * that has waited longest is next; after its turn it goes to the end of the line.
 */
export class Lanes<Job> {
  readonly #options: LanesOptions<Job>;
  readonly #lanes = new Map<string, Lane<Job>>();
  /** Lanes with something waiting and nothing running, in the order in which it is their turn. */
  #queue: Lane<Job>[] = [];
  readonly #running = new Map<Turn<Job>, Promise<void>>();
  #watching: AbortController | undefined;

  constructor(options: LanesOptions<Job>) {
    this.#options = options;
  }

  /** Lets a job wait in a lane until {@linkcode start}, or until the lane comes to it. */
  add(name: string, job: Job): void {
    const known = this.#lanes.get(name);
    if (known !== undefined) {
      known.waiting.push(job);
      for (const turn of known.turns) turn.wake();
      return;
    }
    const lane = { name, waiting: [job], turns: new Set<Turn<Job>>(), isNarrow: false };
    this.#lanes.set(name, lane);
    this.#queue.push(lane);
  }

  /** Starts what there is room for. Afterwards each turn that ends starts the next. */
  start(): void {
    while (this.#hasPlace()) {
      const lane = this.#queue.shift();
      if (lane === undefined) break;
      this.#run(lane);
    }
    if (this.#queue.length === 0) return this.#watching?.abort();
    this.wake(); // One that only waits for more gives way.
    if (this.#options.limits.stalledMs !== undefined) void this.#watch();
  }

  /**
   * A turn goes well: another one beside it takes a part of what waits, if there is much of it and nobody
   * else wants the place.
   */
  widen({ lane: name }: Turn<Job>): void {
    const lane = this.#lanes.get(name);
    const { lanes, abreast = () => 1 } = this.#options.limits;
    if (lane === undefined || lane.isNarrow || lane.waiting.length < MIN_TO_WIDEN) return;
    if (this.#queue.length > 0 || this.#running.size >= lanes()) return;
    if (lane.turns.size < abreast(name)) this.#run(lane);
  }

  /** Whether another turn of the lane is at work: what has failed here may go well there. */
  hasCompany({ lane }: Turn<Job>): boolean {
    return (this.#lanes.get(lane)?.turns.size ?? 0) > 1;
  }

  /** A lane can do with as many turns as there are beside this one, until it is empty. */
  narrow({ lane: name }: Turn<Job>): void {
    const lane = this.#lanes.get(name);
    if (lane !== undefined) lane.isNarrow = true;
  }

  /** Whoever waits for more jobs looks again. */
  wake(): void {
    for (const turn of this.#running.keys()) turn.wake();
  }

  /** Takes out the waiting jobs that `wanted` says; those at work go on. */
  takeWaiting(wanted: (job: Job) => boolean): readonly Job[] {
    const taken: Job[] = [];
    for (const lane of this.#lanes.values()) {
      taken.push(...lane.waiting.filter(wanted));
      lane.waiting = lane.waiting.filter((job) => !wanted(job));
    }
    const emptied = this.#queue.filter(({ waiting }) => waiting.length === 0);
    for (const { name } of emptied) this.#lanes.delete(name);
    this.#queue = this.#queue.filter(({ waiting }) => waiting.length > 0);
    if (this.#queue.length === 0) this.#watching?.abort();
    return taken;
  }

  /** Resolves when nothing is at work any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  #run(lane: Lane<Job>): void {
    const { limits, clock, mayCome, work } = this.#options;
    const { batch, turnMs = Infinity } = limits;
    const turn = new Turn(lane, {
      clock,
      mayCome,
      isOver: (taken, startedMs) =>
        (taken >= batch || clock.monotonic() - startedMs >= turnMs) && this.#othersWait(),
    });
    lane.turns.add(turn);
    this.#running.set(
      turn,
      work(turn).finally(() => {
        this.#running.delete(turn);
        lane.turns.delete(turn);
        if (lane.turns.size === 0) this.#leave(lane);
        this.start();
      }),
    );
  }

  #leave(lane: Lane<Job>): void {
    lane.isNarrow = false;
    if (lane.waiting.length > 0) this.#queue.push(lane);
    else this.#lanes.delete(lane.name);
  }

  /** Whether some lane waits for a place that there is not. */
  #othersWait(): boolean {
    return this.#queue.length > 0 && !this.#hasPlace();
  }

  #hasPlace(): boolean {
    const { limits, clock } = this.#options;
    const { lanes, stalledMs = Infinity } = limits;
    const most = lanes();
    if (this.#running.size < most) return true;
    if (this.#running.size >= most * MAX_STALLED) return false;
    const sinceMs = clock.monotonic() - stalledMs;
    const moving = [...this.#running.keys()].filter(({ movedMs }) => movedMs > sinceMs);
    return moving.length < most;
  }

  /** Starts another lane soon after one stands still, while any waits. */
  async #watch(): Promise<void> {
    if (this.#watching !== undefined) return;
    this.#watching = new AbortController();
    try {
      await this.#options.clock.sleep(WATCH_MS, this.#watching.signal);
    } catch {
      return; // Nothing waits any more.
    } finally {
      this.#watching = undefined;
    }
    this.start();
  }
}
