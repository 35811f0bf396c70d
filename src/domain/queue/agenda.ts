import type { Clock, Log } from "../../platform/mod.ts";
import { Alarm } from "./alarm.ts";
import type { DeadLane } from "./dead_lanes.ts";
import { ofAny, someoneAt } from "./domains.ts";
import { type Asked, type Entry, waitWithOthers } from "./entry.ts";
import { dueMs, isDue, type Item } from "./item.ts";
import type { Kept } from "./kept.ts";
import { Passes } from "./passes.ts";
import type { RetryPolicy } from "./retry.ts";
import { Supply } from "./supply.ts";

/** What an {@linkcode Agenda} is made of. */
export interface AgendaOptions {
  readonly kept: Kept;
  readonly retry: () => RetryPolicy;
  readonly isLocal: (address: string) => boolean;
  /** Whether the line is there for an address in the world. */
  readonly lineOpen: (address: string) => boolean;
  /** Looks up where a message goes and hands it to the agents; never rejects. */
  readonly route: (item: Item) => Promise<void>;
  /** Resolves when more may be read: whoever waits for an answer comes first. */
  readonly mayGoOn: () => Promise<void>;
  /** Told when all messages that came together have been routed. */
  readonly routed: () => void;
  /** Why, and until when, mail of a lane waits because its host is dead. */
  readonly deadLane: (lane: string, askedTurn: number | undefined) => DeadLane | undefined;
  /** Told of each message that was put off unread, with others for the same dead host. */
  readonly putOff: (entry: Entry, host: DeadLane) => void;
  /** Told of each message that had its turn: what is delivered of it has begun. */
  readonly takenUp: (entry: Entry) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** How many messages are routed at once: a slow user database must not stop all of them. */
const MAX_ROUTINGS = 20;

/** How many messages a millisecond is enough to look at. */
const MESSAGES_A_MS = 100;

/** Knows what is due, and brings it into memory, through the router, and out of memory again. */
export class Agenda {
  readonly #options: AgendaOptions;
  readonly #alarm: Alarm;
  readonly #supply: Supply;
  readonly #passes: Passes<Item>;

  constructor(options: AgendaOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock);
    this.#supply = new Supply({
      ...options,
      mayWait: (entry) => this.#waitsWithHost(entry),
      supplied: (items) => this.#takeUp(items),
      passedOver: (entry) => this.#passedOver(entry),
      filled: options.routed,
    });
    this.#passes = new Passes({
      limit: MAX_ROUTINGS,
      look: async (item) => {
        await options.route(item);
        this.takenUp(item);
      },
      passEnded: options.routed,
    });
  }

  /** Begins, or goes on after {@linkcode close}. */
  open(): void {
    this.#passes.open();
    this.#supply.open();
  }

  /** Takes up nothing more; resolves when nothing is being routed. */
  async close(): Promise<void> {
    await this.#supply.close();
    await this.#passes.close();
  }

  /** Whether messages are being read or routed. */
  get isStirring(): boolean {
    return this.#passes.isBusy || this.#supply.isFilling;
  }

  /** Whether messages are due and not in memory yet. */
  get hasBacklog(): boolean {
    return this.#supply.hasBacklog;
  }

  /** Resolves when everything that was in memory before this call has been routed. */
  caughtUp(): Promise<void> {
    return this.#passes.caughtUp();
  }

  /** Something is to be looked at, at `atMs` of the wall clock. */
  wakeAt(atMs: number): void {
    this.#alarm.set(atMs);
  }

  /** Sleeps until something is due, a minute at most. */
  sleep(signal: AbortSignal): Promise<void> {
    return this.#alarm.sleep(signal);
  }

  /** Tries messages that are not in memory, when there is room for them. */
  add(entries: Iterable<Entry>): void {
    this.#supply.add(entries);
  }

  /** Tries a message that has just come: at once, if there is room for it. */
  begin(item: Item): void {
    if (this.#supply.admit(item)) {
      void this.tryNow([item]);
    } else {
      this.rest(item);
      this.#supply.add([item.entry]);
    }
  }

  /**
   * Puts messages into the line to be routed, all in one pass; resolves when they have been. One that
   * was let go of is left out: somebody else may have read it anew, and it would be sent twice.
   */
  tryNow(all: readonly Item[]): Promise<void> {
    const items = all.filter((item) => item.entry.item === item);
    const fresh = items.filter((item) => !item.ready && !item.routing);
    for (const item of items) {
      if (item.routing) item.again = true;
    }
    for (const item of fresh) item.ready = true;
    return this.#passes.add(fresh);
  }

  /** Tries again what somebody has asked for, when there is room for it. */
  tryAgain(item: Item, asked: Asked): void {
    const { entry } = item;
    item.asked = asked;
    this.takenUp(item);
    if (entry.item !== undefined) {
      entry.item.asked = asked;
      void this.tryNow([entry.item]); // It may have been read anew since the change was noted.
    } else if (!item.gone && !item.held) {
      entry.asked = asked;
      this.#supply.add([entry]);
    }
  }

  /** It leads into the world, whatever its recipients were called. */
  leads(item: Item, address: string): void {
    this.#supply.leads(item, address);
  }

  /** Whether something of a message is to be done now. */
  hasWork(item: Item): boolean {
    const moment = { nowMs: this.#options.clock.now(), lineOpen: this.#options.lineOpen };
    return !item.held && !item.finished &&
      item.recipients.some((progress) => isDue(progress, moment));
  }

  /** Looks at the whole queue: tries what is due, and what the disk refused to note. */
  async tryDue(): Promise<void> {
    const { clock, kept, lineOpen, retry } = this.#options;
    const nowMs = clock.now();
    const latestMs = nowMs + retry().everyMs;
    const isOpen = ofAny((name) => lineOpen(someoneAt(name)));
    // Each look costs as much as the queue is long: what comes due soon waits for the rest.
    const patienceMs = Math.floor(kept.entries.size / MESSAGES_A_MS);
    this.#alarm.clear();
    const items: Item[] = [];
    const due: Entry[] = [];
    for (const entry of kept.entries.values()) {
      const { item } = entry;
      if (item !== undefined) {
        if (await this.#isDue(item, latestMs)) items.push(item);
        continue;
      }
      if (entry.held || entry.inBacklog) continue;
      // The clock was set back: nothing waits longer for that.
      if (entry.dueMs !== Infinity) entry.dueMs = Math.min(entry.dueMs, latestMs);
      if (entry.dueMs <= nowMs || isOpen(entry.waits)) due.push(entry);
      else this.#alarm.set(entry.dueMs + patienceMs);
    }
    void this.tryNow(items);
    this.#supply.add(due);
  }

  /** A message had its turn, or needs none. */
  takenUp(item: Item): void {
    this.#options.takenUp(item.entry);
    this.rest(item);
  }

  /** Lets go of a message that nobody has anything to do with. */
  rest(item: Item): void {
    const { entry } = item;
    if (entry.item !== item || !item.isIdle) return;
    this.#options.kept.park(item);
    this.#supply.left(item);
    if (!item.gone && !item.held) this.#alarm.set(entry.dueMs);
  }

  /** Of a message in memory. It is let go of if nothing is to be done with it. */
  async #isDue(item: Item, latestMs: number): Promise<boolean> {
    if (item.unsaved) await this.#options.kept.save(item);
    if (item.users > 0 || item.ready || item.routing) return false;
    for (const progress of item.recipients.filter(({ inFlight }) => inFlight === 0)) {
      const atMs = Math.min(progress.nextAttemptMs, latestMs);
      if (progress.nextAttemptMs !== Infinity) progress.nextAttemptMs = atMs;
    }
    if (this.hasWork(item)) return true;
    if (!item.held && !item.finished) this.#alarm.set(dueMs(item));
    this.rest(item);
    return false;
  }

  /** Takes up what the supply has read. More is read when it has been routed: memory stays small. */
  #takeUp(items: readonly Item[]): Promise<void> {
    const due: Item[] = [];
    for (const item of items) {
      item.users--;
      answer(item, this.#options.isLocal);
      if (item.finished) void this.#remove(item);
      else if (item.routing) item.again = true;
      else if (this.hasWork(item)) due.push(item);
      else if (!item.ready) this.takenUp(item);
    }
    return this.tryNow(due);
  }

  /** What an earlier run of the program could not remove. Never rejects. */
  async #remove(item: Item): Promise<void> {
    await this.#options.kept.save(item);
    this.takenUp(item);
  }

  /** Whether a message was put off with others for the same dead host, and nothing is read of it. */
  #waitsWithHost(entry: Entry): boolean {
    const { clock, retry, deadLane, putOff } = this.#options;
    const host = entry.lane === undefined ? undefined : deadLane(entry.lane, entry.asked?.turn);
    if (host === undefined) return false;
    const moment = { policy: retry(), nowMs: clock.now(), untilMs: host.untilMs };
    if (!waitWithOthers(entry, moment)) return false;
    putOff(entry, host);
    return true;
  }

  #passedOver(entry: Entry): void {
    const { kept, takenUp } = this.#options;
    takenUp(entry);
    if (kept.entries.has(entry.id)) this.#alarm.set(entry.dueMs);
  }
}

/**
 * Makes due what somebody wants tried. Where a recipient leads that was not looked up is not known; one
 * of the world most likely leads nowhere else, and others must not be troubled whoever asks.
 */
function answer(item: Item, isLocal: (address: string) => boolean): void {
  const { asked, world } = item.entry;
  if (asked === undefined) return;
  item.entry.asked = undefined;
  item.asked = asked;
  const left = item.recipients.filter(({ finished, inFlight }) => !finished && inFlight === 0);
  const meant = left.filter(({ recipient }) => asked.matches(recipient.address));
  const isSure = world !== undefined && !world.any; // One of them leads there.
  const others = isSure ? left : left.filter(({ recipient }) => isLocal(recipient.address));
  for (const progress of meant.length > 0 ? meant : others) progress.nextAttemptMs = 0;
}
