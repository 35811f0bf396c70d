import { type AppendFile, type Files, type Log, type Random } from "../platform/mod.ts";
import {
  formatRecords,
  type IncomingRecord,
  IncomingScanner,
  isSegmentKey,
  type SegmentKey,
  segmentKey,
} from "./incoming_record.ts";
import { Serial } from "./serial.ts";
import type { QueueId } from "./spool.ts";

/** What an {@linkcode IncomingLog} is made of. */
export interface IncomingLogOptions {
  /** Directory of the segments. */
  readonly path: string;
  readonly files: Files;
  readonly random: Random;
  readonly log: Log;
  /** A segment that has grown beyond this is followed by a new one. */
  readonly segmentOctets?: number;
}

const SEGMENT_OCTETS = 16 * 1024 * 1024;

/** More segments than this are not left to wait for their last messages. */
const MANY_SEGMENTS = 4;

/** One file of the log. */
interface Segment {
  readonly path: string;
  readonly key: SegmentKey;
  /** How much of it counts. */
  octets: number;
  /** Messages that are nowhere else. */
  readonly live: Set<QueueId>;
  /** Some of it could not be read: it is kept for a person. */
  readonly damaged: boolean;
  /** `undefined`: nothing is appended any more. */
  file: AppendFile | undefined;
}

/**
 * The log of messages on their way through: all that come at the same time are made durable with one
 * write and one sync. It is only written; messages are read from memory, and from here after a crash.
 *
 * It is a row of files, `incoming-<number>-<key>.log`. One that has no live message is removed, the
 * oldest first: what it says about those before it must outlive them.
 */
export class IncomingLog {
  readonly #path: string;
  readonly #files: Files;
  readonly #random: Random;
  readonly #log: Log;
  readonly #segmentOctets: number;
  /** What touches the segments happens one after the other. */
  readonly #serial = new Serial();
  /** Oldest first; records are appended to the last one. */
  #segments: Segment[] = [];
  #lastNumber = 0;
  #disposed = false;
  #waiting: IncomingRecord[] = [];
  #nextGroup: Promise<void> | undefined;
  /** Were refused and may all the same stand in a segment. */
  #refused: QueueId[] = [];

  constructor(
    { path, files, random, log, segmentOctets = SEGMENT_OCTETS }: IncomingLogOptions,
  ) {
    this.#path = path;
    this.#files = files;
    this.#random = random;
    this.#log = log;
    this.#segmentOctets = segmentOctets;
  }

  /** Messages that keep the older segments from being removed, once there are many. */
  get hindering(): readonly QueueId[] {
    return this.#segments.slice(0, -MANY_SEGMENTS).flatMap(({ live }) => [...live]);
  }

  /** The segment that has a message. */
  fileOf(id: QueueId): string | undefined {
    return this.#segments.find(({ live }) => live.has(id))?.path;
  }

  /**
   * Makes a message durable, together with others that come at the same time.
   *
   * @throws Any failure of the disk; the message will not be found later.
   */
  add(id: QueueId, file: Uint8Array): Promise<void> {
    return this.#append({ kind: "message", id, file });
  }

  /** Notes durably that a message is done with, or has a file of its own. */
  async remove(id: QueueId): Promise<void> {
    if (this.fileOf(id) !== undefined) await this.#append({ kind: "gone", id });
  }

  /** Removes the segments without live messages, also the one that is appended to. */
  tidy(): Promise<void> {
    return this.#serial.run(async () => {
      const last = this.#segments.at(-1);
      if (last?.live.size === 0) close(last);
      await this.#removeDrained();
    });
  }

  /**
   * The live messages that an earlier run of the program left, each as its file would be. Called
   * once, first. What cannot be read is reported.
   *
   * @param names What is in the directory.
   */
  async load(names: readonly string[]): Promise<ReadonlyMap<QueueId, Uint8Array>> {
    const found = new Map<QueueId, Uint8Array>();
    const gone = new Set<QueueId>();
    for (const { name, number, key } of segmentsAmong(names)) {
      this.#lastNumber = Math.max(this.#lastNumber, number);
      if (!name.endsWith(".log")) continue; // One that was put aside, damaged.
      try {
        await this.#loadSegment(`${this.#path}/${name}`, key, { found, gone });
      } catch (error) {
        this.#log.error("Cannot read a log of incoming mail, left where it is", {
          name,
          reason: String(error),
        });
      }
    }
    for (const { live } of this.#segments) for (const id of gone) live.delete(id);
    return found;
  }

  /** Nothing is taken any more; what is in it is found by the next {@linkcode load}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#serial.run(() => {
      this.#disposed = true;
      for (const segment of this.#segments) close(segment);
      return Promise.resolve();
    });
  }

  async #loadSegment(
    path: string,
    key: SegmentKey,
    { found, gone }: {
      readonly found: Map<QueueId, Uint8Array>;
      readonly gone: Set<QueueId>;
    },
  ): Promise<void> {
    const scanner = new IncomingScanner(key);
    const live = new Set<QueueId>();
    const take = (records: readonly IncomingRecord[]) => {
      for (const record of records) {
        if (record.kind === "gone") {
          gone.add(record.id);
          found.delete(record.id);
        } else if (!gone.has(record.id)) {
          live.add(record.id);
          found.set(record.id, record.file);
        }
      }
    };
    let octets = 0;
    for await (const chunk of this.#files.read(path)) {
      octets += chunk.length;
      take(scanner.push(chunk));
    }
    take(scanner.end());
    const damaged = scanner.unreadableOctets > 0;
    if (damaged) {
      this.#log.error("A log of incoming mail is damaged, the rest of it was read", {
        file: path,
        octets: scanner.unreadableOctets,
      });
    }
    this.#segments.push({ path, key, octets, live, damaged, file: undefined });
  }

  /** All that wait when a group begins share it. */
  #append(record: IncomingRecord): Promise<void> {
    this.#waiting.push(record);
    this.#nextGroup ??= this.#serial.run(() => {
      this.#nextGroup = undefined;
      const group = this.#waiting;
      this.#waiting = [];
      return this.#write(group);
    });
    return this.#nextGroup;
  }

  async #write(group: readonly IncomingRecord[]): Promise<void> {
    const { segment, file } = await this.#current();
    const refused = this.#refused;
    const records = [...refused.map((id) => ({ kind: "gone", id } as const)), ...group];
    const bytes = formatRecords(segment.key, records);
    try {
      await file.append(bytes);
    } catch (error) {
      await this.#cutOff(segment, file, group);
      throw error;
    }
    this.#refused = [];
    segment.octets += bytes.length;
    for (const { kind, id } of group) {
      if (kind === "message") segment.live.add(id);
      else for (const { live } of this.#segments) live.delete(id);
    }
  }

  /** Takes back a group that was refused. A segment that cannot be cut is not used any more. */
  async #cutOff(
    segment: Segment,
    file: AppendFile,
    group: readonly IncomingRecord[],
  ): Promise<void> {
    try {
      await file.truncate(segment.octets);
    } catch (error) {
      this.#log.warn("Cannot take back what was refused, going on in another log", {
        file: segment.path,
        reason: String(error),
      });
      close(segment);
      this.#refused.push(...group.flatMap(({ kind, id }) => kind === "message" ? [id] : []));
      await this.#removeDrained();
    }
  }

  async #current(): Promise<{ readonly segment: Segment; readonly file: AppendFile }> {
    if (this.#disposed) throw new TypeError("Cannot append to a log that was closed");
    const last = this.#segments.at(-1);
    if (last?.file !== undefined && last.octets < this.#segmentOctets) {
      return { segment: last, file: last.file };
    }
    const number = String(++this.#lastNumber).padStart(6, "0");
    const key = segmentKey(this.#random);
    const path = `${this.#path}/incoming-${number}-${key}.log`;
    const file = await this.#files.openAppend(path);
    if (last !== undefined) close(last);
    const segment = { path, key, octets: 0, live: new Set<QueueId>(), damaged: false, file };
    this.#segments.push(segment);
    await this.#removeDrained();
    return { segment, file };
  }

  /** What cannot be removed now is removed another time. */
  async #removeDrained(): Promise<void> {
    try {
      for (let [oldest] = this.#segments; oldest !== undefined; [oldest] = this.#segments) {
        if (oldest.live.size > 0 || oldest.file !== undefined) return;
        if (oldest.damaged) await this.#files.rename(oldest.path, `${oldest.path}.damaged`);
        else await this.#files.remove(oldest.path);
        await this.#files.syncDir(this.#path);
        this.#segments.shift();
      }
    } catch (error) {
      this.#log.warn("Cannot remove a log of incoming mail", { reason: String(error) });
    }
  }
}

/** All that are or were segments, oldest first. */
function segmentsAmong(names: readonly string[]) {
  return names.flatMap((name) => {
    const [, number, key = ""] = /^incoming-(\d{6,15})-([^.]*)\.log/.exec(name) ?? [];
    return isSegmentKey(key) ? [{ name, number: Number(number), key }] : [];
  }).sort((a, b) => a.number - b.number);
}

function close(segment: Segment): void {
  segment.file?.[Symbol.dispose]();
  segment.file = undefined;
}
