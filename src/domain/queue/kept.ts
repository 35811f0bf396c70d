import { Coalesced, type Log } from "../../platform/mod.ts";
import type { QueueId, Spool } from "../../store/mod.ts";
import { Item } from "./item.ts";

/** The messages of the queue, in memory as on disk. */
export class Kept {
  readonly items = new Map<QueueId, Item>();
  readonly #spool: Spool;
  readonly #log: Log;
  readonly #saves = new Coalesced<Item>((item) => this.#write(item));

  constructor({ spool, log }: { readonly spool: Spool; readonly log: Log }) {
    this.#spool = spool;
    this.#log = log;
  }

  /** Takes over what the last run of the program left. */
  async load(): Promise<void> {
    for await (const stored of this.#spool.load()) {
      const item = new Item(stored, { found: true });
      this.items.set(stored.message.id, item);
      if (item.finished) await this.save(item);
    }
  }

  /**
   * Makes the state of a message durable, or removes it if nothing is left to do. Never rejects:
   * what the disk refuses stays `unsaved`, is reported, and is for the caller to try again.
   */
  save(item: Item): Promise<void> {
    return this.#saves.run(item);
  }

  /** Forgets a message whose file was removed by hand (F9); whether it was. */
  async forgetIfRemoved(item: Item): Promise<boolean> {
    const { id } = item.message;
    // A disk that cannot say has not said that it is gone.
    if (item.gone || await this.#spool.has(id).catch(() => true)) return false;
    this.#log.warn("Queue file was removed by hand, message forgotten", { id });
    item.deleted = true;
    await this.save(item);
    return true;
  }

  async #write(item: Item): Promise<void> {
    if (item.gone) return;
    const { id } = item.message;
    item.unsaved = false;
    try {
      if (!item.finished) return await this.#spool.saveState(id, item.state());
      await this.#spool.remove(id);
      item.gone = true;
      this.items.delete(id);
    } catch (error) {
      item.unsaved = true;
      this.#log.error("Cannot note what became of a message", { id, reason: String(error) });
      // A file that cannot be removed may still take the note that it is done with.
      if (item.finished) await this.#spool.saveState(id, item.state()).catch(() => {});
    }
  }
}
