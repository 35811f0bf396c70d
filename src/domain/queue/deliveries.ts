import type { Destination } from "../routing/mod.ts";
import { Conclusions, type ConclusionsOptions } from "./conclusions.ts";
import { type DeadLane, DeadLanes, HostVerdict } from "./dead_lanes.ts";
import { INTERRUPTED, Job } from "./job.ts";
import { LaneFinder } from "./lane_finder.ts";
import { type LaneLimits, Lanes, type Turn } from "./lanes.ts";
import type { DeliveryAgent, DeliveryJob, LaneJobs, Outcome, Settle } from "./mod.ts";
import { Settling, type SettlingOptions } from "./settling.ts";

/** The kinds of destination an agent carries out. */
export type AgentKind = "maildrop" | "robot" | "file" | "relay";

/** What {@linkcode Deliveries} are made of. */
export interface DeliveriesOptions
  extends ConclusionsOptions, Omit<SettlingOptions, "conclusions"> {
  readonly agents: Readonly<Record<AgentKind, DeliveryAgent>>;
  /** Whether the line is there for an address in the world. */
  readonly lineOpen: (address: string) => boolean;
  /** Whether the line is there for all that is not kept back. */
  readonly lineIsUp: () => boolean;
  /** How many next hosts mail goes to at once. */
  readonly relayConnections: () => number;
  /** Over how many connections it goes to one of them, if much waits. */
  readonly hostConnections: () => number;
  /** Told of each job for the world before it waits for its turn. */
  readonly relaying: (job: Job) => void;
  /** Whether messages are on their way to the agents, or, with `whenRoom`, wait until one has left. */
  readonly moreComes: (options: { readonly whenRoom: boolean }) => boolean;
}

/** A lane that an agent works at. */
interface Batch {
  readonly kind: AgentKind;
  readonly turn: Turn<Job>;
  /**
   * What the agent has taken over and is not done with, and where each destination led then: not always
   * to this lane, since another configuration, or another answer from DNS, may have come.
   */
  readonly jobs: Map<Job, ReadonlyMap<Destination, string>>;
  /** What it was not given, on its way back. */
  readonly passedOver: Set<Promise<void>>;
  /** By lane. */
  readonly verdicts: Map<string, HostVerdict>;
  /** Nothing more is given to it. */
  isClosed: boolean;
  /** `clock.monotonic()`. */
  readonly startedMs: number;
  readonly abort: AbortController;
}

/** What an agent has in hand. */
export interface AtWork {
  readonly kind: AgentKind;
  readonly lane: string;
  readonly jobs: readonly Job[];
  /** `clock.monotonic()`. */
  readonly startedMs: number;
}

/** How long deliveries under way may go on when the program ends, in ms. */
const GRACE_MS = 5_000;

/** How long a lane of the world keeps its place while others wait, and may stand still, in ms. */
const TURN_MS = 30_000;
const STALLED_MS = 10_000;

/** The deliveries under way: hands jobs to the agents and writes down what comes of them. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #lanes: Readonly<Record<AgentKind, Lanes<Job>>>;
  readonly #finder: LaneFinder;
  readonly #underWay = new Set<Batch>();
  readonly #dead = new DeadLanes();
  readonly #conclusions: Conclusions;
  readonly #settling: Settling;
  #isStopping = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#conclusions = new Conclusions(options);
    this.#settling = new Settling({ ...options, conclusions: this.#conclusions });
    const { agents, clock, relayConnections } = options;
    const lanes = (kind: AgentKind, limits: LaneLimits, mayCome = () => false) =>
      new Lanes<Job>({ limits, mayCome, clock, work: (turn) => this.#work(kind, turn) });
    this.#lanes = {
      maildrop: lanes("maildrop", { lanes: () => 20, batch: 100 }),
      robot: lanes("robot", { lanes: () => 4, batch: 1 }),
      file: lanes("file", { lanes: () => 4, batch: 100 }),
      relay: lanes(
        "relay",
        {
          ...{ lanes: relayConnections, abreast: (lane: string) => this.#abreast(lane) },
          ...{ batch: 100, turnMs: TURN_MS, stalledMs: STALLED_MS },
        },
        () => this.#finder.isBusy || options.moreComes({ whenRoom: false }),
      ),
    };
    this.#finder = new LaneFinder({
      ...{ agent: agents.relay, clock },
      found: (job, lanes) => this.#divide(job, lanes),
      ended: () => this.startRelay(),
    });
  }

  /** Lets a job for this machine wait for its agent, and begins it if there is room. */
  add(kind: Exclude<AgentKind, "relay">, lane: string, job: Job): void {
    this.#lanes[kind].add(lane, job);
    this.#lanes[kind].start();
  }

  /**
   * Lets a message for the world wait for its turn: a job for each next host. {@linkcode startRelay}
   * begins it.
   */
  relay(job: Job): void {
    this.#options.relaying(job);
    this.#finder.find(job);
  }

  /** Begins what waits for the world. This comes when all that came together has been added. */
  startRelay(): void {
    this.#lanes.relay.start();
    this.#lanes.relay.wake(); // A session that hoped for more may end.
  }

  laneOf(kind: AgentKind, destination: Destination): string {
    return this.#options.agents[kind].laneOf(destination);
  }

  /** Why, and until when, mail of a lane waits because its host is dead; `undefined`: it may be tried. */
  deadLane(lane: string, askedTurn: number | undefined): DeadLane | undefined {
    const nowMs = this.#options.clock.now();
    return this.#dead.of(lane, { nowMs, everyMs: this.#options.retry().everyMs, askedTurn });
  }

  /** See {@linkcode Conclusions.tellOverdue}. */
  tellOverdue(): Promise<void> {
    return this.#conclusions.tellOverdue();
  }

  /** See {@linkcode DeadLanes.nextTurn}. */
  nextTurn(): number {
    return this.#dead.nextTurn();
  }

  /** Forgets which hosts are dead. */
  forgetDead(): void {
    this.#dead.clear();
  }

  /** What agents have in hand. */
  underWay(): readonly AtWork[] {
    return Array.from(this.#underWay, ({ kind, turn: { lane }, jobs, startedMs }) => {
      return {
        kind,
        lane,
        startedMs,
        jobs: [...jobs.keys()].filter(({ concluded }) => !concluded),
      };
    }).filter(({ jobs }) => jobs.length > 0);
  }

  /** Settles a job that needs no agent. */
  async decide(job: Job, outcomeOf: (destination: Destination) => Outcome): Promise<void> {
    for (const destination of job.destinations) {
      await this.#settling.settle(job, destination, outcomeOf(destination));
    }
  }

  /**
   * Breaks off what may no longer use the line, and puts back what waits for it. While the line is there
   * all the same, a message that is being sent is sent to its end: it may have arrived.
   */
  async lineClosed(): Promise<void> {
    const isUp = this.#options.lineIsUp();
    for (const batch of this.#underWay) {
      const jobs = [...batch.jobs.keys()];
      if (batch.kind !== "relay" || jobs.some((job) => this.#mayUseLine(job))) continue;
      batch.isClosed = true;
      batch.turn.wake();
      if (jobs.length > 0 && !isUp) {
        batch.abort.abort(new DOMException("The line is no longer held", "AbortError"));
      }
    }
    await this.putBack();
  }

  /** Puts back what waits for its turn and may no longer use the line. */
  async putBack(): Promise<void> {
    const isShut = (job: Job) => !this.#mayUseLine(job);
    const waiting = [...this.#finder.take(isShut), ...this.#lanes.relay.takeWaiting(isShut)];
    for (const job of waiting) await this.#conclusions.conclude(job);
  }

  /** Puts back what waits, gives what is under way a moment to end, and then breaks it off. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const lanes = Object.values(this.#lanes);
    const waiting = lanes.flatMap((one) => one.takeWaiting(() => true));
    for (const job of [...this.#finder.take(() => true), ...waiting]) {
      await this.#conclusions.conclude(job);
    }
    this.#lanes.relay.wake();
    const idle = Promise.all(lanes.map((one) => one.idle()));
    const ended = new AbortController();
    // Rejects when all has ended before it.
    const grace = this.#options.clock.sleep(GRACE_MS, ended.signal).catch(() => {});
    await Promise.race([idle, grace]);
    ended.abort();
    for (const { abort } of this.#underWay) {
      abort.abort(new DOMException("The program ends", "AbortError"));
    }
    await idle;
    this.#isStopping = false;
  }

  /** Gives each part of a job its lane. */
  #divide(job: Job, lanes: readonly string[]): void {
    const parts = Map.groupBy(job.units, (unit) => lanes[job.units.indexOf(unit)] ?? "");
    if (parts.size === 1) {
      for (const lane of parts.keys()) this.#lanes.relay.add(lane, job);
      return;
    }
    for (const [lane, units] of parts) {
      const part = job.part(units);
      this.#options.relaying(part);
      this.#lanes.relay.add(lane, part);
    }
    this.#options.concluded(job);
  }

  #abreast(lane: string): number {
    const { agents: { relay }, hostConnections } = this.#options;
    return relay.isWide?.(lane) ? hostConnections() : 1;
  }

  async #work(kind: AgentKind, turn: Turn<Job>): Promise<void> {
    const startedMs = this.#options.clock.monotonic();
    const batch: Batch = {
      ...{ kind, turn, startedMs, isClosed: false },
      ...{ jobs: new Map(), passedOver: new Set() },
      ...{ verdicts: new Map(), abort: new AbortController() },
    };
    this.#underWay.add(batch);
    try {
      // Without a job nobody is connected to.
      const first = this.#take(batch);
      if (first !== undefined) await this.#deliver(batch, first);
      await Promise.all(batch.passedOver);
    } finally {
      this.#underWay.delete(batch);
    }
  }

  /** The next job that is to be tried. The others go back, side by side: they share syncs. */
  #take(batch: Batch): Job | undefined {
    while (!batch.isClosed && !this.#isStopping) {
      const job = batch.turn.take();
      if (job === undefined) return undefined;
      const lanes = this.#lanesNow(batch, job);
      const dead = this.#deadHost(batch, job, new Set(lanes.values()));
      if (!this.#mayStart(job)) this.#passOver(batch, this.#conclusions.conclude(job));
      else if (dead !== undefined) this.#passOver(batch, this.#putOff(job, dead));
      else return this.#begin(batch, job, lanes);
    }
    return undefined;
  }

  #lanesNow({ kind, turn }: Batch, { destinations }: Job): ReadonlyMap<Destination, string> {
    return new Map(destinations.map((one) => {
      return [one, kind === "relay" ? this.laneOf(kind, one) : turn.lane];
    }));
  }

  #deadHost(
    { kind }: Batch,
    { askedTurn }: Job,
    lanes: ReadonlySet<string>,
  ): DeadLane | undefined {
    const [lane, ...others] = lanes;
    return kind === "relay" && lane !== undefined && others.length === 0
      ? this.deadLane(lane, askedTurn)
      : undefined;
  }

  #passOver({ passedOver }: Batch, work: Promise<void>): void {
    const tracked = work.finally(() => passedOver.delete(tracked));
    passedOver.add(tracked);
  }

  #begin(batch: Batch, job: Job, lanes: ReadonlyMap<Destination, string>): Job {
    const nowMs = this.#options.clock.monotonic();
    batch.jobs.set(job, lanes);
    for (const lane of new Set(lanes.values())) verdictOf(batch, lane).messages++;
    batch.turn.movedMs = nowMs;
    job.startedMs = nowMs;
    job.mayBegin = () => this.#mayStart(job);
    return job;
  }

  #jobsOf(batch: Batch, first: Job): LaneJobs {
    const take = () => this.#take(batch);
    const coming = () => this.#coming(batch);
    let ahead: Job | undefined = first;
    return {
      *[Symbol.iterator]() {
        for (let job = ahead ?? take(); job !== undefined; job = take()) {
          ahead = undefined;
          yield job;
        }
      },
      get coming() {
        return coming();
      },
    };
  }

  #coming({ isClosed, jobs, turn }: Batch): Promise<void> | undefined {
    if (isClosed || this.#isStopping) return undefined;
    return turn.coming(jobs.size > 0 && this.#options.moreComes({ whenRoom: true }));
  }

  /** Lets a message wait with others for a host that did not answer them. */
  async #putOff(job: Job, { outcome, untilMs }: DeadLane): Promise<void> {
    for (const destination of job.destinations) {
      await this.#settling.settle(job, destination, outcome, untilMs);
    }
  }

  async #deliver(batch: Batch, first: Job): Promise<void> {
    const { agents, log } = this.#options;
    const { kind, turn: { lane }, abort: { signal } } = batch;
    const settle: Settle = (given, destination, outcome) =>
      this.#settleOf(batch, given, destination, outcome);
    try {
      await agents[kind].deliver(lane, this.#jobsOf(batch, first), settle, signal);
    } catch (error) {
      if (!signal.aborted) log.error("Delivery broke off", { lane, reason: String(error) });
    }
    if (kind === "relay" && !this.#lanes.relay.hasCompany(batch.turn)) this.#noteHosts(batch);
    for (const job of [...batch.jobs.keys()].filter(({ concluded }) => !concluded)) {
      if (signal.aborted || job.withdrawn) await this.#conclusions.conclude(job);
      else for (const { destination } of job.undecided) await settle(job, destination, INTERRUPTED);
    }
  }

  async #settleOf(
    batch: Batch,
    given: DeliveryJob,
    destination: Destination,
    outcome: Outcome,
  ): Promise<void> {
    if (!(given instanceof Job)) throw new TypeError("Settled a job that was not handed over");
    const lanes = this.#lanes[batch.kind];
    batch.turn.movedMs = this.#options.clock.monotonic();
    if (outcome.kind === "temporary" && outcome.hostFailed && lanes.hasCompany(batch.turn)) {
      // The host would have no more connections: another one that it has goes on with this.
      lanes.narrow(batch.turn);
      given.startedMs = undefined;
      if (!given.concluded) await this.#conclusions.conclude(given);
    } else {
      const lane = batch.jobs.get(given)?.get(destination);
      if (lane !== undefined) verdictOf(batch, lane).add(outcome);
      await this.#settling.settle(given, destination, outcome);
    }
    if (!given.concluded) return;
    batch.jobs.delete(given);
    batch.turn.wake();
    if (outcome.kind === "delivered") lanes.widen(batch.turn);
  }

  #noteHosts({ verdicts }: Batch): void {
    const { clock, retry } = this.#options;
    const untilMs = clock.now() + retry().everyMs;
    for (const [lane, verdict] of verdicts) {
      if (verdict.isKnown) this.#dead.note(lane, verdict.trouble, untilMs);
    }
  }

  #mayStart(job: Job): boolean {
    return !job.item.held && !job.item.deleted && this.#mayUseLine(job);
  }

  #mayUseLine({ addresses }: Job): boolean {
    return addresses.length === 0 || addresses.some((one) => this.#options.lineOpen(one));
  }
}

function verdictOf({ verdicts }: Batch, lane: string): HostVerdict {
  const verdict = verdicts.get(lane) ?? new HostVerdict();
  verdicts.set(lane, verdict);
  return verdict;
}
