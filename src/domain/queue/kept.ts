import { Coalesced, type Log } from "../../platform/mod.ts";
import type { FoundMessage, QueueId, Spool, StoredMessage } from "../../store/mod.ts";
import { DomainSets } from "./domains.ts";
import { Entry } from "./entry.ts";
import { Item } from "./item.ts";
import { Parking, restored } from "./parking.ts";

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
const MAX_UNREADABLE = 10_000;

/**
 * The messages of the queue. In memory is an {@linkcode Entry} of each, and an {@linkcode Item} while
 * something is done with it; everything else is on disk.
 */
export class Kept {
  readonly entries = new Map<QueueId, Entry>();
  readonly #options: KeptOptions;
  readonly #sets = new DomainSets();
  readonly #parking: Parking;
  /** Those on their way into {@linkcode entries}. */
  readonly #coming = new Set<QueueId>();
  /** Messages that cannot be read; they have been complained of. */
  readonly #unreadable = new Set<QueueId>();
  readonly #saves = new Coalesced<Item>((item) => this.#write(item));

  constructor(options: KeptOptions) {
    this.#options = options;
    this.#parking = new Parking({ ...options, sets: this.#sets });
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
      const fresh = { message: await stored, state: undefined };
      const entry = this.enter(fresh, { found: false });
      entry.item = new Item(entry, fresh);
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
    if (!item.gone) this.#parking.note(item);
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
   * Takes in a message that is in the spool. Of one that was tried before nothing more is read until it
   * is due again.
   *
   * @param found Left by an earlier run of the program, or put there by hand.
   */
  enter(
    stored: Pick<FoundMessage, "message" | "state">,
    { found }: { readonly found: boolean },
  ): Entry {
    const { id, envelope } = stored.message;
    const domains = this.#sets.of(envelope.recipients.map(({ address }) => address));
    const entry = new Entry({ id, domains, found });
    this.#unreadable.delete(id);
    this.entries.set(id, entry);
    const item = stored.state && new Item(entry, stored);
    if (item?.finished === false) this.#parking.note(item);
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
        this.complain(entry.id, read.reason);
    }
    this.#forget(entry);
    return undefined;
  }

  /** Whether a message is in the queue, or on its way into it. */
  has(id: QueueId): boolean {
    return this.entries.has(id) || this.#coming.has(id);
  }

  /** A file is no longer there: forgets its message, if it is so. */
  async removed(id: QueueId): Promise<void> {
    this.#unreadable.delete(id); // It may be mended and put back.
    const entry = this.entries.get(id);
    if (entry?.item !== undefined) await this.forgetIfRemoved(entry.item);
    else if (entry !== undefined && await this.#isRemoved(id)) this.#forget(entry);
  }

  #forget(entry: Entry): void {
    if (this.entries.get(entry.id) === entry) this.entries.delete(entry.id);
  }

  /** Messages that cannot be read: their files are there, and the queue has not got them. */
  get unreadable(): Iterable<QueueId> {
    return this.#unreadable;
  }

  /** Reports once that a message cannot be read. */
  complain(id: QueueId, reason: string): void {
    if (this.#unreadable.has(id)) return; // It has been said.
    if (this.#unreadable.size < MAX_UNREADABLE) this.#unreadable.add(id);
    this.#options.log.error("Cannot read queue file, left where it is", { id, reason });
  }

  /** A disk that cannot say has not said that it is gone. */
  async #isRemoved(id: QueueId): Promise<boolean> {
    if (await this.#options.spool.has(id).catch(() => true) || !this.entries.has(id)) return false;
    this.#options.log.warn("Queue file was removed by hand, message forgotten", { id });
    return true;
  }

  async #write(item: Item): Promise<void> {
    if (item.gone) {
      item.unsaved = false;
      return;
    }
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
