import { preceded } from "../../formats/chunk_source.ts";
import { type Chunks, orAborted } from "../../platform/mod.ts";
import type { QueueId } from "../../store/mod.ts";
import { Agenda } from "./agenda.ts";
import { Arrivals } from "./arrivals.ts";
import { Deliveries } from "./deliveries.ts";
import { Flush } from "./flush.ts";
import { Flushes } from "./flushes.ts";
import { addressesOf, type Change, changed, forMany, selected } from "./changes.ts";
import type { Entry } from "./entry.ts";
import type { Job } from "./job.ts";
import { Kept } from "./kept.ts";
import { counted, countedFor, inHand, listed } from "./listing.ts";
import type {
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
import type { QueueOptions } from "./queue_options.ts";
import { Routes } from "./routes.ts";
import { type ListingMoment, shown } from "./shown.ts";
import { queuedFields } from "./submission.ts";
import { Teller } from "./teller.ts";

/**
 * Opens the queue with what is in the spool; see {@linkcode Queue.loaded}. Nothing is delivered before
 * `run`.
 *
 * @throws Any failure to read the spool's directory.
 */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const queue = new DeliveryQueue(options);
  await queue.open();
  return queue;
}

/** Next hosts that mail goes to at once, if nothing else is said. */
const RELAY_CONNECTIONS = 20;

class DeliveryQueue implements Queue {
  readonly #options: QueueOptions;
  readonly #kept: Kept;
  readonly #arrivals: Arrivals;
  readonly #agenda: Agenda;
  readonly #routes: Routes;
  readonly #deliveries: Deliveries;
  readonly #flushes = new Flushes();
  readonly #lineOpen = (address: string) => this.#isLineOpen(address);
  readonly #waitsForEtrn: (address: string) => boolean;
  #running = false;
  /** Aborted when it does not run any more. */
  #ended = new AbortController();
  #suspended: boolean;

  constructor(options: QueueOptions) {
    this.#suspended = options.suspended ?? false;
    const { agents, clock, log, router } = options;
    const isLocal = (address: string) => router.isLocal(address);
    const lineOpen = this.#lineOpen;
    this.#waitsForEtrn = options.waitsForEtrn ?? (() => false);
    this.#options = options;
    const kept = new Kept({
      ...options,
      isLocal,
      laneOf: (address) => agents.relay.laneOf({ kind: "relay", address }),
    });
    this.#kept = kept;
    this.#arrivals = new Arrivals({
      ...options,
      kept,
      appeared: (entries) => this.#agenda.add(entries),
      wakeAt: (atMs) => this.#agenda.wakeAt(atMs),
    });
    this.#agenda = new Agenda({
      ...options,
      kept,
      isLocal,
      lineOpen,
      route: (item) => this.#routes.route(item),
      mayGoOn: () => this.#arrivals.idle(),
      routed: () => this.#deliveries.startRelay(),
      deadLane: (lane, askedTurn) => this.#deliveries.deadLane(lane, askedTurn),
      putOff: (entry, { outcome }) => this.#flushes.putOff(entry, outcome),
      takenUp: (entry) => this.#flushes.takenUp(entry),
    });
    this.#deliveries = this.#deliveriesOf(options, kept);
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

  #deliveriesOf(options: QueueOptions, kept: Kept): Deliveries {
    const { clock, log, notices, undeliverable } = options;
    return new Deliveries({
      ...options,
      kept,
      teller: new Teller({
        submit: (submission, body) => this.submit(submission, body),
        ...{ undeliverable, notices, clock, log },
      }),
      lineOpen: this.#lineOpen,
      lineIsUp: () => options.relayGate.isOpen(),
      waitsForEtrn: this.#waitsForEtrn,
      relayConnections: options.relayConnections ?? (() => RELAY_CONNECTIONS),
      hostConnections: options.hostConnections ?? (() => 1),
      relaying: (job) => {
        const [address] = job.addresses;
        if (address !== undefined) this.#agenda.leads(job.item, address);
        this.#flushes.begun(job);
      },
      moreComes: ({ whenRoom }) => this.#agenda.isStirring || (whenRoom && this.#agenda.hasBacklog),
      counted: (address, effect, reason) => this.#flushes.count(address, effect, reason),
      concluded: (job) => this.#concluded(job),
      wakeAt: (atMs) => this.#agenda.wakeAt(atMs),
    });
  }

  async submit(submission: Submission, body: Chunks): Promise<QueueId> {
    const { envelope, origin, trace, afterCommit } = submission;
    const { spool, log } = this.#options;
    if (envelope.recipients.length === 0) throw new RangeError("Cannot submit without recipients");
    const id = spool.newId();
    const whole = preceded(new TextEncoder().encode(trace?.(id)), body);
    const item = await this.#kept.add(id, spool.commit({ id, envelope, origin }, whole));
    try {
      await afterCommit?.(id); // Nobody delivers it before this is through.
    } catch (error) {
      item.deleted = true;
      await this.#kept.save(item);
      throw error;
    } finally {
      item.users--;
      if (item.deleted) this.#agenda.takenUp(item); // A flush may wait for it.
    }
    log.info("Queued", queuedFields(item.message));
    this.#agenda.begin(item);
    return id;
  }

  /** See {@linkcode openQueue}. */
  async open(): Promise<void> {
    await this.#arrivals.load(this.#options.found ?? (() => {}));
  }

  get loaded(): Promise<void> {
    return this.#arrivals.loaded;
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new TypeError("Cannot run the queue twice at a time");
    this.#running = true;
    this.#ended = new AbortController();
    try {
      await orAborted(this.loaded, signal);
      this.#agenda.open();
      while (!signal.aborted) {
        await this.#agenda.tryDue();
        await this.#deliveries.tellOverdue();
        await this.#options.spool.tidy();
        await this.#arrivals.lookInTime();
        await this.#agenda.sleep(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#running = false;
      this.#ended.abort(signal.reason);
      this.#flushes.stop(signal.reason);
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
    this.#ended.signal.throwIfAborted(); // Nobody would deliver what it asks for.
    const either = AbortSignal.any([signal, flush.ended]);
    this.#flushes.begin(flush);
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
      this.#flushes.end(flush);
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
    return this.#arrivals.isLoaded ? counts : { ...counts, isIncomplete: true };
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
    return item === undefined || item.finished ? undefined : shown(item, this.#moment());
  }

  underWay(): readonly DeliveryUnderWay[] {
    return inHand(this.#deliveries.underWay(), this.#options);
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

  lookAtSpool(): Promise<void> {
    return this.#arrivals.look();
  }

  async change(
    action: QueueAction,
    selection: Selection,
    spared: (id: QueueId) => void = () => {},
  ): Promise<number> {
    await this.loaded;
    await this.lookAtSpool();
    const change = { action, selection, spared };
    return await forMany(selected(this.#kept, selection), (entry) => this.#change(entry, change));
  }

  async #change(entry: Entry, change: Change): Promise<boolean> {
    const { isDone, item } = await changed(entry, change, {
      kept: this.#kept,
      log: this.#options.log,
    });
    if (item === undefined) return isDone;
    const asked = { turn: this.#deliveries.nextTurn(), matches: () => true };
    const triesAgain = change.action === "release" || change.action === "requeue";
    if (isDone && triesAgain) this.#agenda.tryAgain(item, asked);
    else this.#agenda.takenUp(item);
    return isDone;
  }

  #concluded(job: Job): void {
    const { item } = job;
    if (this.#agenda.hasWork(item)) void this.#agenda.tryNow([item]);
    this.#flushes.concluded(job);
    this.#agenda.rest(item);
  }

  #isLineOpen(address: string): boolean {
    if (this.#suspended) return false;
    const mustBeNamed = this.#waitsForEtrn(address);
    if (!mustBeNamed && this.#options.relayGate.isOpen()) return true;
    return this.#flushes.areAbout(address, { mustBeNamed });
  }

  #moment(): ListingMoment {
    return {
      fileOf: (id) => this.#options.spool.fileOf(id),
      lineIsDown: this.#suspended || !this.#options.relayGate.isOpen(),
      nowMs: this.#options.clock.now(),
      waitsForEtrn: this.#waitsForEtrn,
      goesByAtrn: this.#options.goesByAtrn ?? (() => false),
    };
  }
}
