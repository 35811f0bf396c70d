import { namesOf, type Origin, type Recipient } from "../../formats/envelope.ts";
import { type Chunks, type Clock, type Log, orAborted } from "../../platform/mod.ts";
import type { QueueId, Spool, StoredMessage } from "../../store/mod.ts";
import type { Router } from "../routing/mod.ts";
import { Alarm } from "./alarm.ts";
import { type AgentKind, Deliveries } from "./deliveries.ts";
import { Flush } from "./flush.ts";
import { dueMs, isDue, Item, type Progress, relayed } from "./item.ts";
import type { Job } from "./job.ts";
import { Kept } from "./kept.ts";
import type {
  DeliveryAgent,
  DeliveryUnderWay,
  FlushReport,
  OpenedQueue,
  QueueEntry,
  Submission,
} from "./mod.ts";
import type { NoticeOptions } from "./notices.ts";
import { Passes } from "./passes.ts";
import type { RetryPolicy } from "./retry.ts";
import { Routes } from "./routes.ts";
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
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Opens the queue with what is in the spool. Nothing is delivered before `run`.
 *
 * @throws Any failure to read the spool's directory.
 */
export async function openQueue(options: QueueOptions): Promise<OpenedQueue> {
  const kept = new Kept(options);
  await kept.load();
  return new DeliveryQueue(options, kept);
}

/** How many messages are routed at once: a slow user database must not stop all of them. */
const MAX_ROUTINGS = 20;

class DeliveryQueue implements OpenedQueue {
  readonly #options: QueueOptions;
  readonly #kept: Kept;
  readonly #passes: Passes<Item>;
  readonly #routes: Routes;
  readonly #deliveries: Deliveries;
  readonly #flushes = new Set<Flush>();
  /** Deliveries into the world, waiting or under way. */
  readonly #relaying = new Set<Job>();
  readonly #alarm: Alarm;
  readonly #lineOpen = (address: string) => this.#isLineOpen(address);
  readonly #waitsForEtrn: (address: string) => boolean;
  #running = false;
  #suspended: boolean;

  constructor(options: QueueOptions, kept: Kept) {
    this.#suspended = options.suspended ?? false;
    const { clock, log, notices, undeliverable } = options;
    const lineOpen = this.#lineOpen;
    this.#waitsForEtrn = options.waitsForEtrn ?? (() => false);
    this.#alarm = new Alarm(clock);
    this.#options = options;
    this.#kept = kept;
    this.#passes = new Passes({
      limit: MAX_ROUTINGS,
      look: (item) => this.#routes.route(item),
      passEnded: () => this.#deliveries.start("relay"),
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
      counted: (address, effect, reason) => {
        for (const flush of this.#flushes) flush.count(address, effect, reason);
      },
      concluded: (job) => this.#concluded(job),
    });
    this.#routes = new Routes({
      router: options.router,
      deliveries: this.#deliveries,
      kept,
      lineOpen,
      waitsForEtrn: this.#waitsForEtrn,
      allowDuplicates: options.allowDuplicates,
      relaying: (job) => {
        this.#relaying.add(job);
        for (const flush of this.#flushes) flush.begun(job);
      },
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
    const message = await spool.commit({ id, envelope, origin }, whole);
    const item = new Item({ message, state: undefined }, { found: false });
    this.#kept.items.set(id, item);
    item.routing = true; // Nobody delivers it before `afterCommit` is through.
    try {
      await afterCommit?.(id);
    } catch (error) {
      item.deleted = true;
      await this.#kept.save(item);
      throw error;
    } finally {
      item.routing = false;
    }
    log.info("Queued", {
      id,
      from: envelope.sender,
      to: namesOf(envelope),
      octets: message.sizeOctets,
      origin: origin.kind,
      client: clientOf(origin),
    });
    this.#tryNow([item]);
    return id;
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new TypeError("Cannot run the queue twice at a time");
    this.#running = true;
    this.#passes.open();
    try {
      while (!signal.aborted) {
        await this.#tryDue();
        await this.#options.spool.tidy();
        await this.#alarm.sleep(signal);
      }
    } finally {
      this.#running = false;
      for (const flush of this.#flushes) flush.end(signal.reason);
      await this.#passes.close();
      await this.#deliveries.stop();
    }
  }

  async flush({ domain }: { readonly domain?: string }, signal: AbortSignal): Promise<FlushReport> {
    signal.throwIfAborted();
    const flush = new Flush(domain);
    const either = AbortSignal.any([signal, flush.ended]);
    this.#flushes.add(flush);
    for (const job of this.#relaying) flush.begun(job);
    try {
      this.#tryNow(this.#itemsFor(flush));
      await orAborted(this.#passes.caughtUp(), either);
      while (flush.waiting) {
        await orAborted(flush.drained(), either);
        await orAborted(this.#passes.caughtUp(), either); // What has come in meanwhile.
      }
      return flush.report();
    } finally {
      this.#flushes.delete(flush);
      await this.#deliveries.lineClosed();
    }
  }

  get waitingForRelay(): number {
    const { router } = this.#options;
    const isForWorld = (progress: Progress) =>
      progress.open === undefined
        ? !progress.finished && !router.isLocal(progress.recipient.address)
        : relayed(progress).some((address) => !this.#waitsForEtrn(address));
    return this.#items().filter(({ recipients }) => recipients.some(isForWorld)).length;
  }

  entries(): readonly QueueEntry[] {
    const moment = {
      lineIsDown: this.#suspended || !this.#options.relayGate.isOpen(),
      nowMs: this.#options.clock.now(),
      waitsForEtrn: this.#waitsForEtrn,
    };
    return this.#items().map((item) => item.entry(moment));
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
    this.#alarm.set(0);
  }

  found(): readonly StoredMessage[] {
    return this.#items().filter(({ found }) => found).map(({ message }) => message);
  }

  async hold(id: QueueId): Promise<boolean> {
    return await this.#change(id, (item) => {
      item.held = true;
    });
  }

  async release(id: QueueId): Promise<boolean> {
    const released = await this.#change(id, (item) => {
      item.held = false;
      for (const progress of item.recipients) {
        if (progress.inFlight === 0) progress.nextAttemptMs = 0;
      }
    });
    const item = this.#kept.items.get(id);
    if (item !== undefined) this.#tryNow([item]);
    return released;
  }

  async delete(id: QueueId): Promise<boolean> {
    return await this.#change(id, (item) => {
      item.deleted = true;
      this.#options.log.info("Deleted", { id });
    });
  }

  async #change(id: QueueId, change: (item: Item) => void): Promise<boolean> {
    const item = this.#kept.items.get(id);
    if (item === undefined || item.finished) return false;
    change(item);
    await this.#kept.save(item);
    return true;
  }

  #items(): readonly Item[] {
    return Array.from(this.#kept.items.values()).filter(({ finished }) => !finished);
  }

  /** Puts messages into the line to be routed, all in one pass. */
  #tryNow(items: readonly Item[]): void {
    const fresh = items.filter((item) => !item.ready && !item.routing);
    for (const item of items) {
      if (item.routing) item.again = true;
    }
    for (const item of fresh) item.ready = true;
    this.#passes.add(fresh);
  }

  /** Looks at the whole queue: tries what is due, and what the disk refused to note. */
  async #tryDue(): Promise<void> {
    const nowMs = this.#options.clock.now();
    const { everyMs } = this.#options.retry();
    const moment = { nowMs, lineOpen: this.#lineOpen };
    this.#alarm.clear();
    const due: Item[] = [];
    for (const item of this.#kept.items.values()) {
      if (item.unsaved) await this.#kept.save(item);
      if (item.held || item.finished || item.ready || item.routing) continue;
      for (const progress of item.recipients.filter(({ inFlight }) => inFlight === 0)) {
        // The clock was set back: nothing waits longer for that.
        const atMs = Math.min(progress.nextAttemptMs, nowMs + everyMs);
        if (progress.nextAttemptMs !== Infinity) progress.nextAttemptMs = atMs;
      }
      if (item.recipients.some((progress) => isDue(progress, moment))) due.push(item);
      else this.#alarm.set(dueMs(item));
    }
    this.#tryNow(due);
  }

  #concluded(job: Job): void {
    const { item } = job;
    this.#relaying.delete(job);
    if (!item.held && !item.finished) {
      const moment = { nowMs: this.#options.clock.now(), lineOpen: this.#lineOpen };
      if (item.recipients.some((progress) => isDue(progress, moment))) this.#tryNow([item]);
      else this.#alarm.set(dueMs(item));
    }
    for (const flush of this.#flushes) flush.concluded(job);
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

  /** Makes due what a flush is about. Where a recipient leads that was not looked up is not known. */
  #itemsFor(flush: Flush): readonly Item[] {
    return this.#items().filter((item) => {
      const concerned = item.recipients.filter((progress) =>
        !progress.finished && progress.inFlight === 0 &&
        (progress.open === undefined || relayed(progress).some((one) => flush.matches(one)))
      );
      for (const progress of concerned) progress.nextAttemptMs = 0;
      return concerned.length > 0 && !item.held;
    });
  }
}

/** `body` with header lines before it. */
async function* preceded(lines: string, body: Chunks): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(lines);
  yield* body;
}

function clientOf(origin: Origin): string {
  switch (origin.kind) {
    case "network":
      return origin.address;
    case "fetched":
      return origin.account;
    case "local":
      return origin.by;
  }
}
