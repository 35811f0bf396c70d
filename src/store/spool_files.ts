import type { Chunks, Files, Log } from "../platform/mod.ts";
import type { QueueId, SpoolState } from "./spool.ts";
import { firstLine } from "./spool_bytes.ts";
import { isQueueId } from "./spool_id.ts";
import { formatState, parseRecord, parseState, type SpoolRecord } from "./spool_record.ts";

/** Longest first line, in octets: a thousand recipients need a quarter of it. */
const MAX_RECORD_OCTETS = 4 * 1024 * 1024;

/** Longest `.state` file, in octets. */
const MAX_STATE_OCTETS = 16 * 1024 * 1024;

/** A message that has a file of its own. */
export interface FiledMessage {
  readonly record: SpoolRecord;
  /** Where the message begins behind its record, and where it ends. */
  readonly bodyAt: number;
  readonly fileOctets: number;
  readonly state: SpoolState | undefined;
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

  constructor(
    { path, files, log }: { readonly path: string; readonly files: Files; readonly log: Log },
  ) {
    this.#path = path;
    this.#files = files;
    this.#log = log;
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

  /** What stands in a file from `start` on. */
  read(id: QueueId, start: number): ReadableStream<Uint8Array> {
    return this.#files.read(this.#file(id, ".msg"), { start });
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

  /** Removes what a crash left; resolves to the messages that have a file. */
  async clearAway(): Promise<ReadonlySet<QueueId>> {
    const names = (await this.#files.list(this.#path)).map(({ name }) => name);
    const messages = new Set(idsOf(names, ".msg"));
    for (const name of names) {
      const id = idOf(name);
      if (id === undefined) continue;
      const isOrphan = name === `${id}.state` && !messages.has(id);
      if (name.endsWith(".tmp") || isOrphan) await this.#removeRubbish(name);
    }
    return messages;
  }

  /** All of them, oldest first; what cannot be read is reported and left where it is. */
  async *load(): AsyncGenerator<FiledMessage> {
    const names = (await this.#files.list(this.#path)).map(({ name }) => name);
    const withState = new Set(idsOf(names, ".state"));
    for (const id of idsOf(names, ".msg")) {
      const found = await this.#loadOne(id, withState.has(id));
      if (found !== undefined) yield found;
    }
  }

  async #loadOne(id: QueueId, hasState: boolean): Promise<FiledMessage | undefined> {
    try {
      const message = await this.#loadMessage(id);
      if (!hasState) return { ...message, state: undefined };
      const state = await this.#loadState(message.record);
      this.#withState.add(id);
      return { ...message, state };
    } catch (error) {
      this.#log.error("Cannot read queue file, left where it is", { id, reason: String(error) });
      return undefined;
    }
  }

  async #loadMessage(id: QueueId): Promise<Omit<FiledMessage, "state">> {
    const path = this.#file(id, ".msg");
    const line = await firstLine(this.#files.read(path), MAX_RECORD_OCTETS);
    const record = parseRecord(new TextDecoder("utf-8", { fatal: true }).decode(line));
    if (record.id !== id) throw new SyntaxError(`Queue file says it is ${record.id}`);
    const info = await this.#files.stat(path);
    const bodyAt = line.length + 1;
    return { record, bodyAt, fileOctets: info?.sizeOctets ?? bodyAt };
  }

  async #loadState({ id, envelope }: SpoolRecord): Promise<SpoolState> {
    const bytes = await this.#files.readAll(this.#file(id, ".state"), MAX_STATE_OCTETS);
    const state = parseState(new TextDecoder().decode(bytes));
    if (state.recipients.length !== envelope.recipients.length) {
      throw new SyntaxError(
        `State has ${state.recipients.length} recipients, expected ${envelope.recipients.length}`,
      );
    }
    return state;
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

function idsOf(names: readonly string[], extension: ".msg" | ".state"): readonly QueueId[] {
  return names.flatMap((name) => {
    const id = idOf(name);
    return id !== undefined && name === id + extension ? [id] : [];
  });
}

function idOf(name: string): QueueId | undefined {
  const id = name.slice(0, name.indexOf("."));
  return isQueueId(id) ? id : undefined;
}
