import { breathe, Coalesced, type Log, reasonInWords } from "../../platform/mod.ts";
import type { KnownIds, QueueId, Spool, StoredMessage } from "../../store/mod.ts";
import { domainOf, DomainSets, someoneAt } from "./domains.ts";
import { Entry } from "./entry.ts";
import { dueMs, Item, type Progress, relayed } from "./item.ts";
import { isWanted } from "./notices.ts";

/** What {@linkcode Kept} is made of. */
export interface KeptOptions {
  readonly spool: Spool;
  readonly log: Log;
  /** Whether an address is one of ours. */
  readonly isLocal: (address: string) => boolean;
  /** The lane of an address in the world. */
  readonly laneOf: (address: string) => string;
}

/** How many messages that cannot be read are remembered, so that they are complained of once. */
const MAX_DAMAGED = 10_000;

/** How many of them are read again at each look: somebody may have mended them where they are. */
const MAX_MENDED = 100;

/** How many messages of the last run are read at once at start, and at a time after that. */
const SHORT_QUEUE = 1_000;
const SLICE = 200;

/** How many names of lanes are shared between messages. */
const MAX_LANES = 10_000;

/**
 * The messages of the queue. In memory is an {@linkcode Entry} of each, and an {@linkcode Item} while
 * something is done with it; everything else is on disk.
 */
export class Kept {
  readonly entries = new Map<QueueId, Entry>();
  readonly #options: KeptOptions;
  readonly #sets = new DomainSets();
  /** Those on their way into {@linkcode entries}. */
  readonly #coming = new Set<QueueId>();
  readonly #damaged = new Set<QueueId>();
  #loaded = Promise.resolve();
  #isLoaded = true;
  readonly #lanes = new Map<string, string>();
  readonly #saves = new Coalesced<Item>((item) => this.#write(item));

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  /**
   * Takes over what the last run of the program left; `found` is told of each. A short queue is known
   * when this resolves; the rest of a long one is read while others have their turn.
   */
  async load(found: (message: StoredMessage) => void): Promise<void> {
    const unreadable = (id: QueueId, reason: string) => this.#complain(id, reason);
    const left = this.#options.spool.load(unreadable)[Symbol.asyncIterator]();
    const isShort = await this.#take(left, { most: SHORT_QUEUE, found });
    if (isShort) return;
    this.#isLoaded = false;
    this.#loaded = this.#takeRest(left, found);
    this.#loaded.catch(() => {}); // For those who wait for it.
  }

  /** Resolves when all that the last run of the program left is known. */
  get loaded(): Promise<void> {
    return this.#loaded;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  async #takeRest(
    left: AsyncIterator<StoredMessage>,
    found: (message: StoredMessage) => void,
  ): Promise<void> {
    do await breathe(); while (!await this.#take(left, { most: SLICE, found }));
    // What has come meanwhile is younger than all of it.
    for (const entry of this.entries.values().filter((one) => !one.found).toArray()) {
      this.entries.delete(entry.id);
      this.entries.set(entry.id, entry);
    }
    this.#isLoaded = true;
  }

  /** Whether that was all. */
  async #take(
    left: AsyncIterator<StoredMessage>,
    { most, found }: {
      readonly most: number;
      readonly found: (message: StoredMessage) => void;
    },
  ): Promise<boolean> {
    for (let taken = 0; taken < most; taken++) {
      const next = await left.next();
      if (next.done) return true;
      this.#enter(next.value, { found: true });
      found(next.value);
    }
    return false;
  }

  /**
   * Takes in a message as soon as `stored` resolves. Who calls is a user of the item until it says
   * that it is not.
   *
   * @throws What `stored` rejects with.
   */
  async add(id: QueueId, stored: Promise<StoredMessage>): Promise<Item> {
    this.#coming.add(id); // A look at the spool may find its file before we know of it.
    try {
      const message = await stored;
      const entry = this.#enter(message, { found: false });
      entry.item = new Item(entry, { message, state: undefined });
      entry.item.users++;
      return entry.item;
    } finally {
      this.#coming.delete(id);
    }
  }

  /**
   * Reads a message again that is not in memory; `undefined` if it is gone or damaged, and then it is
   * forgotten. Who calls is a user of the item until it says that it is not.
   *
   * @throws Any failure of the disk.
   */
  open(entry: Entry): Promise<Item | undefined> {
    // Here, and not where the caller goes on: another caller may be through with it before that.
    const use = (item: Item | undefined) => {
      if (item !== undefined) item.users++;
      return item;
    };
    if (entry.item !== undefined) return Promise.resolve(use(entry.item));
    // In the entry, not in a map: one that many go through keeps them all from being forgotten soon.
    entry.opening ??= this.#open(entry).finally(() => entry.opening = undefined);
    return entry.opening.then(use);
  }

  /** {@linkcode open} for a look only: what is not in memory stays so. */
  async peek(entry: Entry): Promise<Item | undefined> {
    return entry.item ?? await this.#read(entry);
  }

  /** Lets go of an item that is idle; its entry says when it is needed again. */
  park(item: Item): void {
    const { entry } = item;
    entry.item = undefined;
    entry.asked = undefined;
    if (item.gone) return;
    const left = item.recipients.filter(({ finished }) => !finished);
    const world = left.flatMap((progress) => {
      const { address } = progress.recipient;
      if (progress.open !== undefined) return relayed(progress);
      return this.#options.isLocal(someoneAt(domainOf(address))) ? [] : [address];
    });
    const waiting = left.filter(({ waitsForLine }) => waitsForLine);
    entry.dueMs = dueMs(item);
    entry.world = this.#sets.of(world);
    entry.waits = this.#sets.of(waiting.flatMap(relayed));
    entry.held = item.held;
    entry.mayBeDone = item.mayBeDone;
    if (item.noted) entry.unnotedMs = 0;
    entry.agedMs = Math.max(0, ...left.map(({ agedMs }) => agedMs)) - entry.unnotedMs;
    entry.tellsDelay = left.some((progress) => tellsDelay(item.message, progress));
    entry.lastAttemptMs = Math.max(0, ...left.map(({ lastAttemptMs }) => lastAttemptMs));
    entry.lane = entry.lastAttemptMs > 0 ? this.#laneOf(world) : undefined;
  }

  /**
   * Makes the state of a message durable, or removes it if nothing is left to do. Never rejects:
   * what the disk refuses stays `unsaved`, is reported, and is for the caller to try again.
   */
  async save(item: Item): Promise<void> {
    item.saving++;
    try {
      await this.#saves.run(item);
    } finally {
      item.saving--;
    }
  }

  /** Forgets a message whose file was removed by hand (F9), but not its state; whether it was. */
  async forgetIfRemoved(item: Item): Promise<boolean> {
    if (item.gone || !await this.#isRemoved(item.message.id)) return false;
    item.deleted = true;
    item.gone = true;
    item.unsaved = false;
    this.#forget(item.entry);
    return true;
  }

  /**
   * Takes in what was put into the spool by hand, and forgets what was removed from it (F9).
   *
   * @returns The messages that are new, and whether another look soon will find more.
   * @throws Any failure of the disk.
   */
  async look(): Promise<{ readonly appeared: readonly Entry[]; readonly unsettled: boolean }> {
    const { spool, log } = this.#options;
    const known: KnownIds = {
      has: (id) => this.entries.has(id) || this.#coming.has(id) || this.#damaged.has(id),
      keys: () => [...this.entries.keys(), ...this.#damaged],
    };
    const changes = await spool.look(known);
    for (const id of changes.gone) {
      const entry = this.entries.get(id);
      this.#damaged.delete(id); // It may be mended and put back.
      if (entry?.item !== undefined) await this.forgetIfRemoved(entry.item);
      else if (entry !== undefined && await this.#isRemoved(id)) this.#forget(entry);
    }
    const appeared: Entry[] = [];
    const mended = this.#damaged.keys().take(MAX_MENDED).toArray();
    for (const id of [...changes.appeared.filter((id) => !known.has(id)), ...mended]) {
      const message = await this.#message(id);
      // It may have come, or gone out, while we looked.
      if (message === undefined || this.entries.has(id) || this.#coming.has(id)) continue;
      this.#damaged.delete(id);
      log.info("Found a message that was put into the queue", { id });
      appeared.push(this.#enter(message, { found: true }));
    }
    return { appeared, unsettled: changes.unsettled };
  }

  /** A message that is not known yet, if it can be read. Never rejects. */
  async #message(id: QueueId): Promise<StoredMessage | undefined> {
    try {
      const read = await this.#options.spool.read(id);
      if (read.kind === "found") return read.message;
      if (read.kind === "damaged") this.#complain(id, read.reason);
    } catch (error) {
      this.#complain(id, reasonInWords(error));
    }
    return undefined;
  }

  #enter(message: StoredMessage, { found }: { readonly found: boolean }): Entry {
    const { id, envelope } = message;
    const domains = this.#sets.of(envelope.recipients.map(({ address }) => address));
    const entry = new Entry({ id, domains, found });
    this.entries.set(id, entry);
    return entry;
  }

  async #open(entry: Entry): Promise<Item | undefined> {
    const item = await this.#read(entry);
    if (item !== undefined) entry.item = item;
    return item;
  }

  async #read(entry: Entry): Promise<Item | undefined> {
    const read = await this.#options.spool.read(entry.id);
    switch (read.kind) {
      case "found":
        return restored(new Item(entry, read));
      case "gone":
        if (this.entries.get(entry.id) === entry) {
          this.#options.log.warn("Queue file was removed by hand, message forgotten", {
            id: entry.id,
          });
        }
        break;
      case "damaged":
        this.#complain(entry.id, read.reason);
    }
    this.#forget(entry);
    return undefined;
  }

  #forget(entry: Entry): void {
    if (this.entries.get(entry.id) === entry) this.entries.delete(entry.id);
  }

  #complain(id: QueueId, reason: string): void {
    if (this.#damaged.has(id)) return; // It has been said.
    if (this.#damaged.size < MAX_DAMAGED) this.#damaged.add(id);
    this.#options.log.error("Cannot read queue file, left where it is", { id, reason });
  }

  /** A disk that cannot say has not said that it is gone. */
  async #isRemoved(id: QueueId): Promise<boolean> {
    if (await this.#options.spool.has(id).catch(() => true) || !this.entries.has(id)) return false;
    this.#options.log.warn("Queue file was removed by hand, message forgotten", { id });
    return true;
  }

  /** The lane of all these addresses, one text for all messages; `undefined` if they have several. */
  #laneOf(addresses: readonly string[]): string | undefined {
    const [lane, ...others] = new Set(addresses.map((address) => this.#options.laneOf(address)));
    if (lane === undefined || others.length > 0) return undefined;
    const known = this.#lanes.get(lane) ?? lane;
    if (this.#lanes.size >= MAX_LANES) this.#lanes.clear();
    this.#lanes.set(lane, known);
    return known;
  }

  async #write(item: Item): Promise<void> {
    if (item.gone) return;
    const { spool, log } = this.#options;
    const { id } = item.message;
    item.unsaved = false;
    try {
      if (!item.finished) {
        await spool.saveState(id, item.state());
        item.noted = true;
        return;
      }
      await spool.remove(id);
      item.gone = true;
      this.#forget(item.entry);
    } catch (error) {
      item.unsaved = true;
      log.error("Cannot note what became of a message", { id, reason: String(error) });
      // A file that cannot be removed may still take the note that it is done with.
      if (item.finished) await spool.saveState(id, item.state()).catch(() => {});
    }
  }
}

function tellsDelay(
  { envelope, origin }: StoredMessage,
  { recipient, toldOfDelay }: Progress,
): boolean {
  return !toldOfDelay && envelope.sender !== "" && origin.kind !== "fetched" &&
    isWanted(recipient, "delayed");
}

/** Brings back what is known of a message and not on disk. */
function restored(item: Item): Item {
  const { unnotedMs, lastAttemptMs, dueMs: dueNowMs, world } = item.entry;
  if (world === undefined) return item; // Nothing is known beyond what is on disk.
  const dueOnDiskMs = dueMs(item);
  for (const progress of item.recipients.filter(({ finished }) => !finished)) {
    // It was brought forward because the clock was set back, or put off with others.
    const isFirst = progress.nextAttemptMs === dueOnDiskMs;
    if (isFirst && (dueNowMs < dueOnDiskMs || unnotedMs > 0)) progress.nextAttemptMs = dueNowMs;
    if (unnotedMs === 0) continue;
    progress.agedMs += unnotedMs;
    progress.lastAttemptMs = lastAttemptMs;
  }
  return item;
}
