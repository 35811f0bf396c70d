import { preceded } from "../formats/chunk_source.ts";
import {
  type Chunks,
  type Clock,
  Coalesced,
  type Files,
  isPermissionDenied,
  type Log,
  reasonInWords,
  sideBySide,
} from "../platform/mod.ts";
import { ahead, gathered } from "./gathered.ts";
import { IncomingLog } from "./incoming_log.ts";
import { MAX_FILE_OCTETS } from "./incoming_record.ts";
import type {
  FoundMessage,
  KnownIds,
  QueueId,
  Spool,
  SpoolChanges,
  SpoolItem,
  SpoolOptions,
  SpoolState,
  StoredMessage,
} from "./spool.ts";
import { beginningOf, wholeOf } from "./spool_bytes.ts";
import { SpoolFiles } from "./spool_files.ts";
import { QueueIds } from "./spool_id.ts";
import { formatRecord, parseRecord, type SpoolRecord } from "./spool_record.ts";

/**
 * Opens the spool in a directory. A small message is made durable in the log of incoming mail, which
 * many share; one that is not soon done with, and a large one at once, has a file of its own.
 *
 * @throws Any failure to make the directory.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  await options.files.makeDir(options.path);
  return new DiskSpool(options);
}

/** Memory for messages on their way through, in octets; what comes beyond has a file at once. */
const MAX_PASSING_OCTETS = 16 * 1024 * 1024;

/** A message that is still here after this is no longer on its way through, in ms. */
const PASSING_MS = 30_000;

/** How many messages get their files at the same time: they share syncs. */
const MOVERS = 16;

/** A message that is durable in the log. */
interface Passing {
  /** What its file would hold. */
  readonly file: Uint8Array;
  /** `clock.monotonic()`. */
  readonly sinceMs: number;
  /** While it gets its file. */
  moving: Promise<void> | undefined;
  /** It has one, which the log does not say yet. */
  hasFile: boolean;
  /** It is being removed. */
  leaving: boolean;
}

class DiskSpool implements Spool {
  readonly #path: string;
  readonly #disk: Files;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #ids: QueueIds;
  readonly #files: SpoolFiles;
  readonly #incoming: IncomingLog;
  /** Oldest first. */
  readonly #passing = new Map<QueueId, Passing>();
  #passingOctets = 0;
  #isClosed = false;
  readonly #hindering = new Coalesced<"log">(() => this.#moveOut(this.#incoming.hindering));

  constructor(options: SpoolOptions) {
    this.#path = options.path;
    this.#disk = options.files;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#ids = new QueueIds(options);
    this.#files = new SpoolFiles(options);
    this.#incoming = new IncomingLog(options);
  }

  newId(): QueueId {
    return this.#ids.next();
  }

  async commit(
    draft: Pick<SpoolRecord, "id" | "envelope" | "origin">,
    body: Chunks,
  ): Promise<StoredMessage> {
    const record = { ...draft, submittedAtMs: this.#clock.now() };
    const line = new TextEncoder().encode(formatRecord(record));
    const content = gathered(preceded(line, body));
    const beginning = await beginningOf(content);
    const { piece, next } = beginning;
    const fileOctets = next === undefined && this.#hasRoomFor(piece)
      ? await this.#pass(record.id, piece)
      : await this.#files.create(record.id, ahead(wholeOf(beginning, content)));
    return this.#message(record, { bodyAt: line.length, fileOctets });
  }

  async saveState(id: QueueId, state: SpoolState): Promise<void> {
    const passing = this.#passing.get(id);
    if (passing !== undefined) await this.#moveToFile(id, passing);
    await this.#files.saveState(id, state);
    if (passing !== undefined) await this.#noteMoved(id, passing);
  }

  async remove(id: QueueId): Promise<void> {
    const passing = this.#passing.get(id);
    if (passing !== undefined) {
      await this.#removePassing(id, passing);
      if (!passing.hasFile) return;
    }
    await this.#files.remove(id);
  }

  fileOf(id: QueueId): string {
    const log = this.#passing.get(id)?.hasFile === false ? this.#incoming.fileOf(id) : undefined;
    return log ?? this.#files.fileOf(id);
  }

  async has(id: QueueId): Promise<boolean> {
    const passing = this.#passing.get(id);
    return passing !== undefined && !passing.hasFile || await this.#files.has(id);
  }

  async *load(
    unreadable: (id: QueueId, reason: string) => void = () => {},
  ): AsyncGenerator<FoundMessage> {
    for (const id of await this.#found()) {
      if (this.#isClosed) return;
      try {
        const read = await this.read(id);
        if (read.kind === "found") yield read;
        else if (read.kind === "damaged") unreadable(id, read.reason);
      } catch (error) {
        unreadable(id, reasonInWords(error));
      }
    }
  }

  async read(id: QueueId): Promise<SpoolItem> {
    try {
      const passing = this.#passing.get(id);
      if (passing !== undefined && !passing.hasFile) {
        return { kind: "found", message: this.#passingMessage(passing), state: undefined };
      }
      const filed = await this.#files.message(id);
      if (filed === undefined) return { kind: "gone" };
      const state = await this.#files.state(filed.record);
      return { kind: "found", message: this.#message(filed.record, filed), state };
    } catch (error) {
      if (!(error instanceof SyntaxError) && !isPermissionDenied(error)) throw error;
      return { kind: "damaged", reason: reasonInWords(error) };
    }
  }

  async look(known: KnownIds): Promise<SpoolChanges> {
    const changes = await this.#files.look(known);
    const gone = changes.gone.filter((id) => this.#passing.get(id)?.hasFile !== false);
    return { ...changes, gone };
  }

  async tidy(): Promise<void> {
    const beforeMs = this.#clock.monotonic() - PASSING_MS;
    const waiting = [...this.#passing].filter(([, { sinceMs }]) => sinceMs <= beforeMs);
    await this.#moveOut(waiting.map(([id]) => id));
    await this.#incoming.tidy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#moveOut([...this.#passing.keys()]);
    await this.#incoming.tidy();
    await this.#incoming[Symbol.asyncDispose]();
  }

  /** What there is, oldest first, after it was tidied. */
  async #found(): Promise<readonly QueueId[]> {
    await this.#files.beginLooks();
    const names = await this.#disk.listNames(this.#path);
    const ids = await this.#files.clearAway(names);
    for (const [id, file] of await this.#incoming.load(names)) {
      this.#remember(id, file, { hasFile: ids.has(id) });
      ids.add(id);
    }
    await this.#moveOut([...this.#passing.keys()]);
    await this.#incoming.tidy();
    return [...ids].sort();
  }

  #hasRoomFor({ length }: Uint8Array): boolean {
    return length <= MAX_FILE_OCTETS && this.#passingOctets + length <= MAX_PASSING_OCTETS;
  }

  async #pass(id: QueueId, file: Uint8Array): Promise<number> {
    this.#remember(id, file, { hasFile: false });
    try {
      await this.#incoming.add(id, file);
    } catch (error) {
      this.#forget(id);
      throw error;
    }
    if (this.#incoming.hindering.length > 0) this.#hindering.run("log");
    return file.length;
  }

  #remember(id: QueueId, file: Uint8Array, { hasFile }: { readonly hasFile: boolean }): void {
    const sinceMs = this.#clock.monotonic();
    this.#passing.set(id, { file, sinceMs, hasFile, moving: undefined, leaving: false });
    this.#passingOctets += file.length;
  }

  #forget(id: QueueId): void {
    this.#passingOctets -= this.#passing.get(id)?.file.length ?? 0;
    this.#passing.delete(id);
  }

  async #removePassing(id: QueueId, passing: Passing): Promise<void> {
    passing.leaving = true;
    await passing.moving?.catch(() => {}); // Reported by whoever moves it.
    try {
      await this.#incoming.remove(id);
      this.#forget(id);
    } finally {
      passing.leaving = false;
    }
  }

  /** Gives messages of the log files of their own. What the disk refuses stays where it is. */
  async #moveOut(ids: readonly QueueId[]): Promise<void> {
    await sideBySide(ids, MOVERS, async (id) => {
      const passing = this.#passing.get(id);
      if (passing === undefined || passing.leaving) return;
      try {
        await this.#moveToFile(id, passing);
        await this.#noteMoved(id, passing);
      } catch (error) {
        this.#log.warn("Cannot make a queue file", { id, reason: String(error) });
      }
    });
  }

  async #moveToFile(id: QueueId, passing: Passing): Promise<void> {
    if (passing.hasFile) return;
    passing.moving ??= this.#files.create(id, [passing.file])
      .then(() => void (passing.hasFile = true))
      .finally(() => passing.moving = undefined);
    await passing.moving;
  }

  /** Until the log says so a crash could bring back what was removed since: nothing is removed before. */
  async #noteMoved(id: QueueId, passing: Passing): Promise<void> {
    if (passing.leaving) return;
    try {
      await this.#incoming.remove(id);
      this.#forget(id);
    } catch (error) {
      this.#log.warn("Cannot note that a message has a file", { id, reason: String(error) });
    }
  }

  #passingMessage({ file }: Passing): StoredMessage {
    const bodyAt = file.indexOf(0x0a) + 1;
    const record = parseRecord(new TextDecoder().decode(file.subarray(0, bodyAt)));
    return this.#message(record, { bodyAt, fileOctets: file.length });
  }

  #message(
    { id, envelope, origin, submittedAtMs }: SpoolRecord,
    { bodyAt, fileOctets }: { readonly bodyAt: number; readonly fileOctets: number },
  ): StoredMessage {
    const open = () => {
      const passing = this.#passing.get(id);
      return passing === undefined
        ? this.#files.read(id, bodyAt, fileOctets - bodyAt)
        : once(passing.file.subarray(bodyAt));
    };
    return { id, envelope, origin, submittedAtMs, sizeOctets: fileOctets - bodyAt, open };
  }
}

/** Not a ReadableStream: one of those costs as much as all else that is done with a small message. */
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
