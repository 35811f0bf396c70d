import type { Recipient } from "../../formats/envelope.ts";
import { type Chunks, type Clock, Coalesced, type Log, orAborted } from "../../platform/mod.ts";
import type { QueueId, Spool, StoredMessage } from "../../store/mod.ts";
import type { Router } from "../routing/mod.ts";
import { Agenda } from "./agenda.ts";
import { type AgentKind, Deliveries } from "./deliveries.ts";
import { Flush } from "./flush.ts";
import { addressesOf, apply, forMany, selected } from "./changes.ts";
import type { Entry } from "./entry.ts";
import type { Job } from "./job.ts";
import { Kept } from "./kept.ts";
import { counted, countedFor, listed, type ListingMoment } from "./listing.ts";
import type {
  DeliveryAgent,
  DeliveryUnderWay,
  FlushReport,
  FlushSubject,
  ListOptions,
  Queue,
  QueueAction,
  QueueCounts,
  QueueEntry,
  Selection,
  Submission,
} from "./mod.ts";
import type { NoticeOptions } from "./notices.ts";
import type { RetryPolicy } from "./retry.ts";
import { Routes } from "./routes.ts";
import { preceded, queuedFields } from "./submission.ts";
import { Teller } from "./teller.ts";

/** What a queue is made of. */
export interface QueueOptions {
  readonly spool: Spool;
  readonly router: Pick<Router, "resolve" | "isLocal">;
  readonly agents: Readonly<Record<AgentKind, DeliveryAgent>>;
  /** Whether mail for the world goes at once: the line is up, or always there. */
  readonly relayGate: { isOpen(): boolean };
  /** Whether it is suspended from the start: who suspended it remembers that over a restart. */
  readonly suspended?: boolean;
  /** Whether the domain of an address in the world is suspended (S21): its mail waits for ETRN. */
  readonly waitsForEtrn?: (address: string) => boolean;
  /** allowdup: whether a maildrop gets a copy for each recipient that leads there. */
  readonly allowDuplicates: () => boolean;
  readonly retry: () => RetryPolicy;
  /** How many next hosts mail goes to at once; 20 if left out. */
  readonly relayConnections?: () => number;
  readonly notices: () => NoticeOptions;
  /**
   * Takes a fetched message that has no other place to go: the caretaker (pf_dflt_address). It is
   * settled when this resolves; if it rejects, the message is held with the reason.
   */
  readonly undeliverable: (
    message: StoredMessage,
    recipient: Recipient,
    reason: string,
  ) => Promise<void>;
  /**
   * Told of each message that the last run of the program left, while the queue is opened: nothing has
   * been delivered then. The fetch journal is compared with their origins.
   */
  readonly found?: (message: StoredMessage) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Opens the queue with what is in the spool. Nothing is delivered before `run`.
 *
 * @throws Any failure to read the spool's directory.
 */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { agents, router, found = () => {} } = options;
  const kept = new Kept({
    ...options,
    isLocal: (address) => router.isLocal(address),
    laneOf: (address) => agents.relay.laneOf({ kind: "relay", address }),
  });
  await kept.load(found);
  return new DeliveryQueue(options, kept);
}

/** Next hosts that mail goes to at once, if nothing else is said. */
const RELAY_CONNECTIONS = 20;

/** How often the queue files are looked at, in ms, and while somebody is writing one. */
const LOOK_EVERY_MS = 60_000;
const UNSETTLED_MS = 1_000;

class DeliveryQueue implements Queue {
  readonly #options: QueueOptions;
  readonly #kept: Kept;
  readonly #agenda: Agenda;
  readonly #routes: Routes;
  readonly #deliveries: Deliveries;
  readonly #flushes = new Set<Flush>();
  /** Deliveries into the world, waiting or under way. */
  readonly #relaying = new Set<Job>();
  readonly #lineOpen = (address: string) => this.#isLineOpen(address);
  readonly #waitsForEtrn: (address: string) => boolean;
  readonly #looking = new Coalesced<"spool">(() => this.#lookAtSpool());
  /** `clock.monotonic()` of the last look at the queue files. */
  #lookedMs: number;
  #running = false;
  #suspended: boolean;

  constructor(options: QueueOptions, kept: Kept) {
    this.#suspended = options.suspended ?? false;
    const { clock, log, notices, router, undeliverable } = options;
    this.#lookedMs = clock.monotonic();
    const lineOpen = this.#lineOpen;
    this.#waitsForEtrn = options.waitsForEtrn ?? (() => false);
    this.#options = options;
    this.#kept = kept;
    this.#agenda = new Agenda({
      ...options,
      kept,
      isLocal: (address) => router.isLocal(address),
      lineOpen,
      route: (item) => this.#routes.route(item),
      routed: () => this.#deliveries.startRelay(),
      deadLane: (lane, askedTurn) => this.#deliveries.deadLane(lane, askedTurn),
      putOff: (entry, { outcome }) => {
        for (const flush of this.#flushes) flush.putOff(entry, outcome);
      },
      takenUp: (entry) => {
        for (const flush of this.#flushes) flush.takenUp(entry);
      },
    });
    this.#deliveries = new Deliveries({
      ...options,
      kept,
      teller: new Teller({
        submit: (submission, body) => this.submit(submission, body),
        undeliverable,
        notices,
        clock,
        log,
      }),
      lineOpen,
      waitsForEtrn: this.#waitsForEtrn,
      relayConnections: options.relayConnections ?? (() => RELAY_CONNECTIONS),
      relaying: (job) => {
        const [address] = job.addresses;
        if (address !== undefined) this.#agenda.leads(job.item, address);
        this.#relaying.add(job);
        for (const flush of this.#flushes) flush.begun(job);
      },
      moreComes: ({ whenRoom }) => this.#agenda.isStirring || (whenRoom && this.#agenda.hasBacklog),
      counted: (address, effect, reason) => {
        for (const flush of this.#flushes) flush.count(address, effect, reason);
      },
      concluded: (job) => this.#concluded(job),
      wakeAt: (atMs) => this.#agenda.wakeAt(atMs),
    });
    this.#routes = new Routes({
      router,
      deliveries: this.#deliveries,
      kept,
      lineOpen,
      waitsForEtrn: this.#waitsForEtrn,
      allowDuplicates: options.allowDuplicates,
      clock,
      log,
    });
  }

  async submit(submission: Submission, body: Chunks): Promise<QueueId> {
    const { envelope, origin, trace, afterCommit } = submission;
    const { spool, log } = this.#options;
    if (envelope.recipients.length === 0) throw new RangeError("Cannot submit without recipients");
    const id = spool.newId();
    const whole = trace === undefined ? body : preceded(trace(id), body);
    const item = await this.#kept.add(id, spool.commit({ id, envelope, origin }, whole));
    try {
      await afterCommit?.(id); // Nobody delivers it before this is through.
    } catch (error) {
      item.deleted = true;
      await this.#kept.save(item);
      throw error;
    } finally {
      item.users--;
    }
    log.info("Queued", queuedFields(item.message));
    this.#agenda.begin(item);
    return id;
  }

  get loaded(): Promise<void> {
    return this.#kept.loaded;
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new TypeError("Cannot run the queue twice at a time");
    this.#running = true;
    const { clock, spool } = this.#options;
    try {
      await orAborted(this.loaded, signal);
      this.#agenda.open();
      while (!signal.aborted) {
        await this.#agenda.tryDue();
        await this.#deliveries.tellOverdue();
        await spool.tidy();
        if (clock.monotonic() - this.#lookedMs >= LOOK_EVERY_MS) await this.lookAtSpool();
        await this.#agenda.sleep(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#running = false;
      for (const flush of this.#flushes) flush.end(signal.reason);
      await this.#agenda.close();
      await this.#deliveries.stop();
    }
  }

  async flush(about: FlushSubject, signal: AbortSignal): Promise<FlushReport> {
    signal.throwIfAborted();
    await orAborted(this.loaded, signal);
    await this.lookAtSpool();
    const entries = "id" in about ? selected(this.#kept, about) : this.#kept.entries.values();
    const flush = new Flush(
      this.#deliveries.nextTurn(),
      "id" in about ? { addresses: await addressesOf(this.#kept, about.id) } : about,
    );
    const either = AbortSignal.any([signal, flush.ended]);
    this.#flushes.add(flush);
    for (const job of this.#relaying) flush.begun(job);
    try {
      const asked = flush.ask(entries);
      void this.#agenda.tryNow(asked.items);
      this.#agenda.add(asked.entries);
      await orAborted(this.#agenda.caughtUp(), either);
      while (flush.waiting) {
        await orAborted(flush.drained(), either);
        await orAborted(this.#agenda.caughtUp(), either); // What has come in meanwhile.
      }
      return flush.report();
    } finally {
      this.#flushes.delete(flush);
      await this.#deliveries.lineClosed();
    }
  }

  get waitingForRelay(): number {
    return this.counts().forWorld;
  }

  counts(): QueueCounts {
    const { router, clock } = this.#options;
    const counts = counted(this.#kept.entries.values(), {
      nowMs: clock.now(),
      isLocal: (address) => router.isLocal(address),
      waitsForEtrn: this.#waitsForEtrn,
    });
    return this.#kept.isLoaded ? counts : { ...counts, isIncomplete: true };
  }

  waitingFor(domain: string, which: { readonly below: boolean; readonly held?: boolean }): number {
    return countedFor(this.#kept.entries.values(), domain, which);
  }

  list(options: ListOptions = {}): AsyncIterable<QueueEntry> {
    return listed(this.#kept, options, this.#moment());
  }

  async entry(id: QueueId): Promise<QueueEntry | undefined> {
    if (!this.#kept.entries.has(id)) await this.loaded;
    const entry = this.#kept.entries.get(id);
    const item = entry && await this.#kept.peek(entry);
    return item === undefined || item.finished ? undefined : item.shown(this.#moment());
  }

  underWay(): readonly DeliveryUnderWay[] {
    const { clock, spool } = this.#options;
    return this.#deliveries.underWay().map(({ kind, lane, jobs, startedMs }) => ({
      kind,
      lane,
      elapsedMs: clock.monotonic() - startedMs,
      messages: jobs.map(({ message: { id }, addresses }) => {
        return { id, file: spool.fileOf(id), addresses };
      }),
    }));
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  async suspend(): Promise<void> {
    this.#suspended = true;
    await this.#deliveries.putBack();
  }

  resume(): void {
    this.#suspended = false;
    this.lookAgain();
  }

  lookAgain(): void {
    this.#deliveries.forgetDead();
    this.#agenda.wakeAt(0);
  }

  async lookAtSpool(): Promise<void> {
    await this.#looking.run("spool");
  }

  async change(action: QueueAction, selection: Selection): Promise<number> {
    await this.loaded;
    await this.lookAtSpool();
    return await forMany(selected(this.#kept, selection), (entry) => this.#change(entry, action));
  }

  async #change(entry: Entry, action: QueueAction): Promise<boolean> {
    const { log } = this.#options;
    const item = await this.#kept.open(entry);
    if (item === undefined) return false;
    const isLeft = !item.finished;
    if (isLeft) {
      apply(action, item);
      log.info(DONE[action], { id: entry.id });
      await this.#kept.save(item);
    }
    item.users--;
    const asked = { turn: this.#deliveries.nextTurn(), matches: () => true };
    if (action === "release" || action === "requeue") this.#agenda.tryAgain(item, asked);
    else this.#agenda.takenUp(item);
    return isLeft;
  }

  #concluded(job: Job): void {
    const { item } = job;
    this.#relaying.delete(job);
    if (this.#agenda.hasWork(item)) void this.#agenda.tryNow([item]);
    for (const flush of this.#flushes) flush.concluded(job);
    this.#agenda.rest(item);
  }

  #isLineOpen(address: string): boolean {
    if (this.#suspended) return false;
    const mustBeNamed = this.#waitsForEtrn(address);
    if (!mustBeNamed && this.#options.relayGate.isOpen()) return true;
    for (const flush of this.#flushes) {
      if (mustBeNamed ? flush.names(address) : flush.matches(address)) return true;
    }
    return false;
  }

  #moment(): ListingMoment {
    return {
      fileOf: (id) => this.#options.spool.fileOf(id),
      lineIsDown: this.#suspended || !this.#options.relayGate.isOpen(),
      nowMs: this.#options.clock.now(),
      waitsForEtrn: this.#waitsForEtrn,
    };
  }

  async #lookAtSpool(): Promise<void> {
    const { clock, log } = this.#options;
    if (!this.#kept.isLoaded) return; // It has not been read for the first time yet.
    this.#lookedMs = clock.monotonic();
    try {
      const { appeared, unsettled } = await this.#kept.look();
      this.#agenda.add(appeared);
      if (!unsettled) return;
      this.#lookedMs = -Infinity;
      this.#agenda.wakeAt(clock.now() + UNSETTLED_MS);
    } catch (error) {
      log.warn("Cannot look at the queue files", { reason: String(error) });
    }
  }
}

/** How the log names what was done. */
const DONE: Readonly<Record<QueueAction, string>> = {
  hold: "Held",
  release: "Released",
  delete: "Deleted",
  requeue: "Requeued",
};
