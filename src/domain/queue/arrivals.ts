import { breathe, type Clock, Coalesced, type Log, reasonInWords } from "../../platform/mod.ts";
import type { FoundMessage, KnownIds, QueueId, Spool, StoredMessage } from "../../store/mod.ts";
import type { Entry } from "./entry.ts";
import type { Kept } from "./kept.ts";

/** What {@linkcode Arrivals} work with. */
export interface ArrivalsOptions {
  readonly kept: Kept;
  readonly spool: Spool;
  /** Told of messages that were put there by hand. */
  readonly appeared: (entries: readonly Entry[]) => void;
  /** Something is to be looked at, at `atMs` of the wall clock. */
  readonly wakeAt: (atMs: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often the queue files are looked at, in ms, and while somebody is writing one. */
const LOOK_EVERY_MS = 60_000;
const UNSETTLED_MS = 1_000;

/** How many messages that could not be read are read again at each look. */
const MAX_MENDED = 100;

/** How many messages of the last run are read at once at start, and at a time after that. */
const SHORT_QUEUE = 1_000;
const SLICE = 200;

/** What is found in the spool: left by the last run of the program, or put there by hand (F9). */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  readonly #looks = new Coalesced<"spool">(() => this.#look());
  #looking = Promise.resolve();
  #loaded = Promise.resolve();
  #isLoaded = true;
  /** `clock.monotonic()` of the last look. */
  #lookedMs: number;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
    this.#lookedMs = options.clock.monotonic();
  }

  /**
   * Takes over what the last run of the program left; `found` is told of each. A short queue is known
   * when this resolves; the rest of a long one is read while others have their turn.
   */
  async load(found: (message: StoredMessage) => void): Promise<void> {
    const unreadable = (id: QueueId, reason: string) => this.#options.kept.complain(id, reason);
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
    left: AsyncIterator<FoundMessage>,
    found: (message: StoredMessage) => void,
  ): Promise<void> {
    do await breathe(); while (!await this.#take(left, { most: SLICE, found }));
    // What has come meanwhile is younger than all of it.
    const { entries } = this.#options.kept;
    for (const entry of entries.values().filter((one) => !one.found).toArray()) {
      entries.delete(entry.id);
      entries.set(entry.id, entry);
    }
    this.#isLoaded = true;
  }

  /** Whether that was all. */
  async #take(
    left: AsyncIterator<FoundMessage>,
    { most, found }: {
      readonly most: number;
      readonly found: (message: StoredMessage) => void;
    },
  ): Promise<boolean> {
    for (let taken = 0; taken < most; taken++) {
      const next = await left.next();
      if (next.done) return true;
      this.#options.kept.enter(next.value, { found: true });
      found(next.value.message);
    }
    return false;
  }

  /** {@linkcode look} if it is time for it. */
  async lookInTime(): Promise<void> {
    if (this.#options.clock.monotonic() - this.#lookedMs >= LOOK_EVERY_MS) await this.look();
  }

  /** Takes in what was put into the spool by hand, and forgets what was removed (F9). Never rejects. */
  look(): Promise<void> {
    return this.#looking = this.#looks.run("spool");
  }

  /** Resolves when no look is under way: somebody may be waiting for it. */
  idle(): Promise<void> {
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { clock, log, wakeAt } = this.#options;
    if (!this.#isLoaded) return; // It has not been read for the first time yet.
    this.#lookedMs = clock.monotonic();
    try {
      const isSettled = await this.#takeIn();
      if (isSettled) return;
      this.#lookedMs = -Infinity;
      wakeAt(clock.now() + UNSETTLED_MS);
    } catch (error) {
      log.warn("Cannot look at the queue files", { reason: String(error) });
    }
  }

  /** @returns False if another look soon will find more. */
  async #takeIn(): Promise<boolean> {
    const { appeared, kept, spool, log } = this.#options;
    const unreadable = new Set(kept.unreadable);
    const known: KnownIds = {
      has: (id) => kept.has(id) || unreadable.has(id),
      keys: () => [...kept.entries.keys(), ...unreadable],
    };
    const changes = await spool.look(known);
    for (const id of changes.gone) await kept.removed(id);
    const entries: Entry[] = [];
    // Somebody may have mended what could not be read, where it is.
    for (const id of [...changes.appeared, ...unreadable.keys().take(MAX_MENDED)]) {
      const read = await this.#read(id);
      // It may have come, or gone out, while we looked.
      if (read === undefined || kept.has(id)) continue;
      log.info("Found a message that was put into the queue", { id });
      entries.push(kept.enter(read, { found: true }));
    }
    appeared(entries);
    return !changes.unsettled;
  }

  /** A message that is not known yet, if it can be read. Never rejects. */
  async #read(id: QueueId): Promise<FoundMessage | undefined> {
    try {
      const read = await this.#options.spool.read(id);
      if (read.kind === "found") return read;
      if (read.kind === "damaged") this.#options.kept.complain(id, read.reason);
    } catch (error) {
      this.#options.kept.complain(id, reasonInWords(error));
    }
    return undefined;
  }
}
