import type { Clock, Files, Log, Random } from "../platform/mod.ts";
import { Bin } from "./bin.ts";
import { BinSegments, newSegmentId } from "./bin_segments.ts";
import { DropFile } from "./drop_file.ts";
import { LockedMaildrop, type Maildrop } from "./maildrop.ts";
import type { MaildropPaths } from "./maildrop_layout.ts";
import { type MaildropLimits, type Room, roomIn } from "./room.ts";
import { type Delivery, mboxText, requireUniqueIds } from "./mbox_text.ts";
import { Serial } from "./serial.ts";

/** What the store of maildrops works with. */
export interface MaildropTools {
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * One user's drop file and bin. What touches them happens one after the other; the lock of a session
 * spans many such pieces of work, and deliveries go on meanwhile.
 *
 * Locks against other programs that read or write drop files belong around the work given to
 * {@linkcode Serial.run} here.
 */
export class UserMaildrop {
  readonly #tools: MaildropTools;
  readonly #paths: MaildropPaths;
  readonly #serial = new Serial();
  readonly #segments: BinSegments;
  readonly #drop: DropFile;
  readonly #bin: Bin;
  #locked = false;

  constructor(paths: MaildropPaths, tools: MaildropTools) {
    const { files, log } = tools;
    this.#tools = tools;
    this.#paths = paths;
    this.#segments = new BinSegments(files, paths);
    this.#drop = new DropFile(paths.dropFile, { files, log, binDir: paths.binDir });
    this.#bin = new Bin({ ...tools, binDir: paths.binDir, segments: this.#segments });
  }

  /** Whether nothing is under way, so that nothing is lost by forgetting this object. */
  get idle(): boolean {
    return this.#serial.idle && !this.#locked;
  }

  /** Whether a session holds it. */
  get locked(): boolean {
    return this.#locked;
  }

  get binDir(): string {
    return this.#paths.binDir;
  }

  /** How many messages memory holds the places of. */
  get cachedMessages(): number {
    return this.#bin.cachedMessages;
  }

  /** Does something before all that is asked for later; it must not reject. */
  begin(work: () => Promise<void>): void {
    void this.#serial.run(work);
  }

  deliver(messages: readonly Delivery[], ownerUid?: number): Promise<void> {
    return this.#serial.run(async () => {
      requireUniqueIds(messages);
      if (messages.length === 0) return;
      await this.#drop.append(mboxText(messages, this.#tools.clock), ownerUid);
    });
  }

  wasDelivered(deliveryId: string): Promise<boolean> {
    return this.#serial.run(async () =>
      (await this.#bin.index()).has(deliveryId) ||
      (await this.#drop.summary()).deliveryIds.has(deliveryId)
    );
  }

  async lock(): Promise<Maildrop | undefined> {
    if (this.#locked) return undefined;
    this.#locked = true;
    const unlock = () => {
      this.#locked = false;
    };
    try {
      const messages = await this.#serial.run(() => this.#burst());
      return new LockedMaildrop({ bin: this.#bin, serial: this.#serial, messages, unlock });
    } catch (error) {
      unlock();
      throw error;
    }
  }

  size(): Promise<{ readonly messages: number; readonly octets: number }> {
    return this.#serial.run(() => this.#size());
  }

  room(octets: number, limits: MaildropLimits): Promise<Room> {
    const usedOctets = async () => (await this.#size()).octets;
    return this.#serial.run(() =>
      roomIn(this.#paths, { octets, limits }, { ...this.#tools, usedOctets })
    );
  }

  async #size(): Promise<{ readonly messages: number; readonly octets: number }> {
    const index = await this.#bin.index();
    const drop = await this.#drop.summary();
    return {
      messages: index.messages.size + drop.messages,
      octets: index.octets + drop.octets,
    };
  }

  /** Moves what was delivered into the bin (B35); resolves to all there is then. */
  async #burst() {
    await this.#bin.index(); // First: it may have to finish a burst that a crash interrupted.
    const { sizeOctets } = await this.#drop.summary();
    if (sizeOctets) {
      const segment = newSegmentId(this.#tools.clock, this.#tools.random);
      await this.#segments.takeDropFile(segment);
      await this.#bin.addSegment(segment);
    }
    return [...(await this.#bin.index()).messages.values()];
  }
}
