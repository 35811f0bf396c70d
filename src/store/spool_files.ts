import type { Chunks, Clock, Files, Log } from "../platform/mod.ts";
import type { KnownIds, QueueId, SpoolChanges, SpoolState } from "./spool.ts";
import { SpoolLook } from "./spool_look.ts";
import { idOf, idsAmong } from "./spool_names.ts";
import { formatState, parseRecord, parseState, type SpoolRecord } from "./spool_record.ts";

/** Longest first line, in octets: a thousand recipients need a quarter of it. */
const MAX_RECORD_OCTETS = 4 * 1024 * 1024;

/** A message up to so many octets is read in one go. */
const SMALL_OCTETS = 64 * 1024;

/** Longest `.state` file, in octets. */
const MAX_STATE_OCTETS = 16 * 1024 * 1024;

/** A message that has a file of its own. */
export interface FiledMessage {
  readonly record: SpoolRecord;
  /** Where the message begins behind its record, and where it ends. */
  readonly bodyAt: number;
  readonly fileOctets: number;
}

/**
 * Messages with a file each. `<id>.msg` is one line of JSON, the envelope, and then the message as it
 * came: `head -1` shows the one and `tail -n +2` the other. `<id>.state` says what happened since;
 * without it, nothing did.
 */
export class SpoolFiles {
  readonly #path: string;
  readonly #files: Files;
  readonly #log: Log;
  /** Messages with a `.state` file; most never get one. */
  readonly #withState = new Set<QueueId>();
  readonly #look: SpoolLook;

  constructor(
    options: {
      readonly path: string;
      readonly files: Files;
      readonly clock: Clock;
      readonly log: Log;
    },
  ) {
    this.#path = options.path;
    this.#files = options.files;
    this.#log = options.log;
    this.#look = new SpoolLook(options, this.#withState);
  }

  /**
   * Makes the file of a message durably; resolves to its size in octets.
   *
   * @throws Any failure of the disk or of `content`; nothing is left behind.
   */
  async create(id: QueueId, content: Chunks): Promise<number> {
    const staged = this.#file(id, ".tmp");
    const final = this.#file(id, ".msg");
    try {
      const octets = await this.#files.create(staged, content);
      await this.#files.rename(staged, final);
      return octets;
    } catch (error) {
      // The first error is the one to report. The rename may have happened and its sync failed.
      await this.#files.remove(staged).catch(() => {});
      await this.#files.remove(final).catch(() => {});
      throw error;
    }
  }

  /** What stands in a file from `start` on: about `octets`, when its first line was read. */
  read(id: QueueId, start: number, octets: number): AsyncIterable<Uint8Array> {
    const path = this.#file(id, ".msg");
    return octets > SMALL_OCTETS ? this.#files.read(path, { start }) : this.#readSmall(path, start);
  }

  /** Not a stream: one of those costs as much as all else that is done with a small message. */
  async *#readSmall(path: string, start: number): AsyncGenerator<Uint8Array> {
    const rest = await this.#files.smallRest(path, start);
    if (rest === undefined) yield* this.#files.read(path, { start }); // Somebody has changed it.
    else yield rest;
  }

  async has(id: QueueId): Promise<boolean> {
    return await this.#files.stat(this.#file(id, ".msg")) !== undefined;
  }

  async saveState(id: QueueId, state: SpoolState): Promise<void> {
    const json = new TextEncoder().encode(formatState(state));
    this.#withState.add(id); // First: a replace that fails may have got through all the same.
    await this.#files.replace(this.#file(id, ".state"), json);
  }

  async remove(id: QueueId): Promise<void> {
    await this.#files.remove(this.#file(id, ".msg"));
    // Synced before the state goes: a message that comes back without it would be sent again.
    await this.#files.syncDir(this.#path);
    if (!this.#withState.has(id)) return;
    await this.#files.remove(this.#file(id, ".state"));
    this.#withState.delete(id);
  }

  /** Removes what a crash left; returns the messages that have a file. */
  async clearAway(names: readonly string[]): Promise<Set<QueueId>> {
    const messages = new Set(idsAmong(names, ".msg"));
    for (const name of names) {
      const id = idOf(name);
      if (id === undefined) continue;
      if (name === `${id}.state` && messages.has(id)) this.#withState.add(id);
      else if (name.endsWith(".tmp")) await this.#removeRubbish(name);
    }
    return messages;
  }

  /**
   * Reads the first line of a message; `undefined` if it has no file.
   *
   * @throws {SyntaxError} If it is not what a spool writes.
   */
  async message(id: QueueId): Promise<FiledMessage | undefined> {
    const line = await this.#files.firstLine(this.#file(id, ".msg"), MAX_RECORD_OCTETS);
    if (line === undefined) return undefined;
    const record = parseRecord(line.text);
    if (record.id !== id) throw new SyntaxError(`Queue file says it is ${record.id}`);
    return { record, bodyAt: line.octets, fileOctets: line.sizeOctets };
  }

  /**
   * Reads what happened to a message; `undefined`: nothing is noted.
   *
   * @throws {SyntaxError} If it is not what a spool writes, or of another message.
   */
  async state({ id, envelope }: SpoolRecord): Promise<SpoolState | undefined> {
    if (!this.#withState.has(id)) return undefined;
    const line = await this.#files.firstLine(this.#file(id, ".state"), MAX_STATE_OCTETS);
    if (line === undefined) return undefined;
    const state = parseState(line.text);
    if (state.recipients.length !== envelope.recipients.length) {
      throw new SyntaxError(
        `State has ${state.recipients.length} recipients, expected ${envelope.recipients.length}`,
      );
    }
    return state;
  }

  /** See {@linkcode SpoolLook.begin}. */
  beginLooks(): Promise<void> {
    return this.#look.begin();
  }

  /** See {@linkcode Spool.look}. */
  look(known: KnownIds): Promise<SpoolChanges> {
    return this.#look.look(known);
  }

  /** Rubbish that cannot be removed is still rubbish: the next start tries again. */
  async #removeRubbish(name: string): Promise<void> {
    try {
      await this.#files.remove(`${this.#path}/${name}`);
    } catch (error) {
      this.#log.warn("Cannot remove what a crash left", { name, reason: String(error) });
    }
  }

  /** Where a message is, or would be. */
  fileOf(id: QueueId): string {
    return this.#file(id, ".msg");
  }

  #file(id: QueueId, extension: ".tmp" | ".msg" | ".state"): string {
    return `${this.#path}/${id}${extension}`;
  }
}
