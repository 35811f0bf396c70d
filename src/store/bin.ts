import { type ByteTransform, transformed } from "../formats/byte_transform.ts";
import type { MboxRecord } from "../formats/mbox_scan.ts";
import { MboxDecoder } from "../formats/mbox_quoting.ts";
import type { Clock, Files, Log } from "../platform/mod.ts";
import { batchText, BinIndex, type BinMessage, deletionLine, segmentLines } from "./bin_index.ts";
import type { BinSegments } from "./bin_segments.ts";
import { scanWhole } from "./mbox_file.ts";

/**
 * How long a deleted message is remembered, at least: a crash may have left it in the spool, which
 * asks after it at the next start.
 */
const KEEP_DELETED_MS = 7 * 24 * 60 * 60 * 1000;

/** Far above what a mailbox of a million messages needs; an index beyond it is damaged. */
const MAX_INDEX_OCTETS = 256 * 1024 * 1024;

/**
 * One user's bin (F3): segments, and the index that says which messages in them live. Calls must not
 * overlap. After a failure the index is read from disk again, so that memory never says more than
 * the disk does.
 */
export class Bin {
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #binDir: string;
  readonly #segments: BinSegments;
  #index: BinIndex | undefined;

  constructor(
    { files, clock, log, binDir, segments }: {
      readonly files: Files;
      readonly clock: Clock;
      readonly log: Log;
      readonly binDir: string;
      readonly segments: BinSegments;
    },
  ) {
    this.#files = files;
    this.#clock = clock;
    this.#log = log;
    this.#binDir = binDir;
    this.#segments = segments;
  }

  /** How many messages memory holds the places of. */
  get cachedMessages(): number {
    return this.#index?.messages.size ?? 0;
  }

  /** Gives the memory back; the next call reads the index again. */
  forget(): void {
    this.#index = undefined;
  }

  /** The index, read and repaired first if it is not in memory. */
  index(): Promise<BinIndex> {
    return this.#orForget(async () => this.#index ?? (this.#index = await this.#load()));
  }

  /** Takes in a segment that {@linkcode BinSegments.takeDropFile} has just made. */
  async addSegment(segment: string): Promise<void> {
    const index = await this.index();
    await this.#orForget(async () => {
      await this.#segments.requireFile(segment);
      await this.#indexSegment(index, segment);
    });
  }

  /**
   * Deletes messages: all of them when this resolves, none if it throws.
   *
   * @throws {RangeError} If one is not here.
   */
  async remove(uids: readonly string[]): Promise<void> {
    const index = await this.index();
    const unique = [...new Set(uids)];
    const unknown = unique.find((uid) => !index.messages.has(uid));
    if (unknown !== undefined) throw new RangeError(`Cannot remove ${unknown}: not in the bin`);
    if (unique.length === 0) return;
    const touched = new Set(unique.map((uid) => index.messages.get(uid)?.segment ?? ""));
    const nowMs = this.#clock.now();
    await this.#orForget(() => this.#append(index, unique.map((uid) => deletionLine(uid, nowMs))));
    await this.#tidy(index, [...touched]);
  }

  /** One message as it goes over the wire, exactly its `sizeOctets` octets or an error. */
  read({ segment, start, end, sizeOctets }: BinMessage): ReadableStream<Uint8Array> {
    const file = () => this.#files.read(this.#segments.pathOf(segment), { start, end });
    return ReadableStream.from(exactly(sizeOctets, decoded(file, new MboxDecoder())));
  }

  async #load(): Promise<BinIndex> {
    const present = new Set(await this.#segments.recover());
    const index = await this.#readIndex();
    for (const [segment, live] of index.segments) {
      if (live === 0 && present.has(segment)) await this.#segments.remove(segment);
      if (live > 0 && !present.has(segment)) this.#reportLost(index, segment);
    }
    for (const segment of present) {
      if (!index.segments.has(segment)) await this.#indexSegment(index, segment);
    }
    return index;
  }

  #reportLost(index: BinIndex, segment: string): void {
    const messages = index.forgetSegment(segment).length;
    const file = this.#segments.pathOf(segment);
    this.#log.error("Messages are lost: their file is gone", { file, messages });
  }

  async #readIndex(): Promise<BinIndex> {
    const index = new BinIndex();
    const bytes = await this.#files.readAll(this.#indexPath, MAX_INDEX_OCTETS);
    if (bytes === undefined) return index;
    // One character an octet, whatever a broken disk made of it: the places found count octets.
    const good = index.read(new TextDecoder("windows-1252").decode(bytes));
    if (good < bytes.length) {
      await this.#files.truncate(this.#indexPath, good);
      this.#log.warn("Cut off the unfinished end of an index", {
        file: this.#indexPath,
        octets: bytes.length - good,
      });
    }
    return index;
  }

  async #indexSegment(index: BinIndex, segment: string): Promise<void> {
    // It was whole when it was still the drop file.
    const { records } = await scanWhole(this.#segments.pathOf(segment), this.#files);
    if (records.length === 0) {
      await this.#segments.remove(segment);
      return;
    }
    await this.#append(index, segmentLines(segment, named(records, segment, index)));
  }

  async #append(index: BinIndex, batch: readonly string[]): Promise<void> {
    const lines = index.withVersion(batch);
    const text = new TextEncoder().encode(batchText(lines));
    const { offset } = await this.#files.append(this.#indexPath, [text]);
    if (offset === 0) await this.#files.syncDir(this.#binDir);
    index.apply(lines);
  }

  /** The messages are deleted already: what fails here is done when the bin is opened next. */
  async #tidy(index: BinIndex, touched: readonly string[]): Promise<void> {
    try {
      const dead = touched.filter((segment) => index.segments.get(segment) === 0);
      for (const segment of dead) await this.#segments.remove(segment);
      const keepSinceMs = this.#clock.now() - KEEP_DELETED_MS;
      if (index.isWasteful(keepSinceMs)) await this.#rewrite(index, keepSinceMs);
    } catch (error) {
      this.#log.warn("Cannot tidy up a bin", { file: this.#indexPath, reason: String(error) });
      this.#index = undefined;
    }
  }

  async #rewrite(index: BinIndex, keepSinceMs: number): Promise<void> {
    // A dead segment that came back after a power cut would be taken for a new one.
    await this.#files.syncDir(this.#binDir);
    const text = index.rewritten(keepSinceMs);
    await this.#files.replace(this.#indexPath, new TextEncoder().encode(text));
    const fresh = new BinIndex();
    fresh.read(text);
    this.#index = fresh;
  }

  async #orForget<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#index = undefined;
      throw error;
    }
  }

  get #indexPath(): string {
    return `${this.#binDir}/index`;
  }
}

/**
 * Gives each message its unique-id: the one our delivery wrote, which stays the same through backup
 * and restore; if it has none, or one that was used here before, its place in the segment.
 */
function named(records: readonly MboxRecord[], segment: string, index: BinIndex): BinMessage[] {
  const used = new Set<string>();
  return records.map(({ start, end, sizeOctets, deliveryId }, ordinal) => {
    const free = deliveryId !== undefined && !index.has(deliveryId) && !used.has(deliveryId);
    const uid = free ? deliveryId : `${segment}.${ordinal + 1}`;
    used.add(uid);
    return { uid, sizeOctets, segment, start, end };
  });
}

/** Opens the file when the first octet is asked for, not before. */
async function* decoded(
  file: () => ReadableStream<Uint8Array>,
  decoder: ByteTransform,
): AsyncGenerator<Uint8Array> {
  yield* transformed(file(), decoder);
}

/** A damaged file must not look like a complete message. */
async function* exactly(
  octets: number,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let left = octets;
  for await (const chunk of chunks) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) {
    throw new Error(`Cannot read message: expected ${octets} octets, ${left} missing`);
  }
}
