import { breathe, type Clock, type Log, sideBySide } from "../../platform/mod.ts";
import { Backlog } from "./backlog.ts";
import { domainOf, someoneAt } from "./domains.ts";
import type { Entry } from "./entry.ts";
import type { Item } from "./item.ts";
import type { Kept } from "./kept.ts";
import { HERE, Window } from "./window.ts";

/** What a {@linkcode Supply} is made of. */
export interface SupplyOptions {
  readonly kept: Kept;
  readonly isLocal: (address: string) => boolean;
  /** Whether a message may be left out for now; then nothing of it is read. */
  readonly mayWait: (entry: Entry) => boolean;
  /**
   * Told of what was taken up, some at a time; those that could not be read are left out. Resolves when
   * more is wanted.
   */
  readonly supplied: (items: readonly Item[]) => Promise<void>;
  /** Resolves when more may be read. */
  readonly mayGoOn: () => Promise<void>;
  /** Told of what was not: left out, gone, or the disk has failed. */
  readonly passedOver: (entry: Entry) => void;
  /** Told when it stops reading for now. */
  readonly filled: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** How many messages are read at once, and how many are handed on together. */
const READERS = 16;
const CHUNK = 100;

/** When a message is tried again that the disk would not let us read, in ms. */
const UNREADABLE_MS = 5 * 60_000;

/**
 * Brings messages that are due into memory, never more than the {@linkcode Window} has room for, and
 * lets each domain have its turn.
 */
export class Supply {
  readonly #options: SupplyOptions;
  readonly #window = new Window();
  readonly #backlog: Backlog;
  #open = false;
  #filling: Promise<void> | undefined;

  constructor(options: SupplyOptions) {
    this.#options = options;
    this.#backlog = new Backlog(({ domains, world }) => this.#groupOf(world ?? domains));
  }

  /** Begins, or goes on after {@linkcode close}. */
  open(): void {
    this.#open = true;
    this.#fill();
  }

  /** Takes up nothing more; resolves when what was being read has been. */
  async close(): Promise<void> {
    this.#open = false;
    await this.#filling;
  }

  /** Whether messages are being read. */
  get isFilling(): boolean {
    return this.#filling !== undefined;
  }

  /** Whether messages wait for their turn. */
  get hasBacklog(): boolean {
    return this.#backlog.length > 0;
  }

  /** Lets messages wait for their turn. */
  add(entries: Iterable<Entry>): void {
    for (const entry of entries) this.#backlog.add(entry);
    this.#fill();
  }

  /** Counts a message that has just come as one in memory, if there is room. */
  admit(item: Item): boolean {
    const group = this.#groupOf(item.entry.domains);
    if (!this.#window.hasRoom(group)) return false;
    this.#count(item, group);
    return true;
  }

  /** It leads into the world, whatever its recipients were called. */
  leads(item: Item, address: string): void {
    if (item.group !== HERE) return;
    this.#window.leave(HERE);
    item.group = undefined;
    this.#count(item, domainOf(address));
  }

  /** A message left memory. */
  left(item: Item): void {
    if (item.group === undefined) return;
    this.#window.leave(item.group);
    item.group = undefined;
    this.#fill();
  }

  #count(item: Item, group: string): void {
    this.#window.enter(group);
    item.group = group;
  }

  /** What a message counts under: the first domain of the world that it goes to. */
  #groupOf({ names, any }: Entry["domains"]): string {
    const { isLocal } = this.#options;
    const far = names.find((name) => !isLocal(someoneAt(name)));
    return far ?? (any ? "*" : HERE);
  }

  #fill(): void {
    if (!this.#open || this.#filling !== undefined || this.#backlog.length === 0) return;
    this.#filling = this.#fillUp().finally(() => {
      this.#filling = undefined;
      this.#options.filled();
    });
  }

  async #fillUp(): Promise<void> {
    while (this.#open) {
      const chunk: { readonly entry: Entry; readonly group: string }[] = [];
      while (chunk.length < CHUNK) {
        const next = this.#backlog.take(this.#window);
        if (next === undefined) break;
        if (this.#options.mayWait(next.entry)) this.#passOver(next);
        else chunk.push(next);
      }
      if (chunk.length === 0) return;
      await this.#options.supplied(await this.#readAll(chunk));
      if (chunk.length < CHUNK) continue;
      await breathe(); // There may be a hundred thousand more.
      await this.#options.mayGoOn();
    }
  }

  async #readAll(
    chunk: readonly { readonly entry: Entry; readonly group: string }[],
  ): Promise<readonly Item[]> {
    const items: Item[] = [];
    await sideBySide(chunk, READERS, async ({ entry, group }) => {
      const item = await this.#read(entry);
      if (item === undefined) return this.#passOver({ entry, group });
      if (item.group !== undefined) this.#window.leave(group); // Counted already.
      else item.group = group;
      items.push(item);
    });
    return items;
  }

  async #read(entry: Entry): Promise<Item | undefined> {
    const { kept, clock, log } = this.#options;
    try {
      return await kept.open(entry);
    } catch (error) {
      entry.dueMs = clock.now() + UNREADABLE_MS;
      log.error("Cannot read a message, trying again later", {
        id: entry.id,
        reason: String(error),
      });
      return undefined;
    }
  }

  #passOver({ entry, group }: { readonly entry: Entry; readonly group: string }): void {
    this.#window.leave(group);
    this.#options.passedOver(entry);
  }
}
