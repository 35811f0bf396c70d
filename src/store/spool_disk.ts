import type { Envelope, Origin } from "../formats/envelope.ts";
import type { Chunks, Clock, Files, Log } from "../platform/mod.ts";
import type {
  QueueId,
  Spool,
  SpoolItem,
  SpoolOptions,
  SpoolState,
  StoredMessage,
} from "./spool.ts";
import { firstLine, gathered } from "./spool_bytes.ts";
import { isQueueId, QueueIds } from "./spool_id.ts";
import { formatRecord, formatState, parseRecord, parseState } from "./spool_record.ts";

/**
 * Opens the spool in a directory.
 *
 * `<id>.msg` is one line of JSON, the envelope, and then the message as it came: `head -1` shows the
 * one and `tail -n +2` the other. `<id>.state` says what happened since; without it, nothing did.
 *
 * @throws Any failure to make the directory.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  await options.files.makeDir(options.path);
  return new DiskSpool(options);
}

/** Longest first line, in octets: a thousand recipients need a quarter of it. */
const MAX_RECORD_OCTETS = 4 * 1024 * 1024;

/** Longest `.state` file, in octets. */
const MAX_STATE_OCTETS = 16 * 1024 * 1024;

class DiskSpool implements Spool {
  readonly #path: string;
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #ids: QueueIds;
  /** Messages with a `.state` file; most never get one. */
  readonly #withState = new Set<QueueId>();

  constructor({ path, files, clock, random, log }: SpoolOptions) {
    this.#path = path;
    this.#files = files;
    this.#clock = clock;
    this.#log = log;
    this.#ids = new QueueIds({ clock, random });
  }

  newId(): QueueId {
    return this.#ids.next();
  }

  async commit(
    { id, envelope, origin }: {
      readonly id: QueueId;
      readonly envelope: Envelope;
      readonly origin: Origin;
    },
    body: Chunks,
  ): Promise<StoredMessage> {
    const draft = { id, envelope, origin, submittedAtMs: this.#clock.now() };
    const record = new TextEncoder().encode(formatRecord(draft));
    const staged = this.#file(id, ".tmp");
    const final = this.#file(id, ".msg");
    try {
      const octets = await this.#files.create(staged, gathered(record, body));
      await this.#files.rename(staged, final);
      return this.#message(draft, { bodyAt: record.length, fileOctets: octets });
    } catch (error) {
      // The first error is the one to report. The rename may have happened and its sync failed.
      await this.#files.remove(staged).catch(() => {});
      await this.#files.remove(final).catch(() => {});
      throw error;
    }
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

  fileOf(id: QueueId): string {
    return this.#file(id, ".msg");
  }

  async has(id: QueueId): Promise<boolean> {
    return await this.#files.stat(this.#file(id, ".msg")) !== undefined;
  }

  async *load(): AsyncGenerator<SpoolItem> {
    const names = (await this.#files.list(this.#path)).map(({ name }) => name);
    const present = new Set(names);
    for (const name of names) {
      const id = name.slice(0, name.indexOf("."));
      if (!isQueueId(id)) continue;
      const kind = name.slice(id.length);
      if (kind.endsWith(".tmp") || (kind === ".state" && !present.has(`${id}.msg`))) {
        await this.#clearAway(name);
      } else if (kind === ".msg") {
        const item = await this.#loadOne(id, present.has(`${id}.state`));
        if (item !== undefined) yield item;
      }
    }
  }

  async #loadOne(id: QueueId, hasState: boolean): Promise<SpoolItem | undefined> {
    try {
      const message = await this.#loadMessage(id);
      if (!hasState) return { message, state: undefined };
      const state = await this.#loadState(message);
      this.#withState.add(id);
      return { message, state };
    } catch (error) {
      this.#log.error("Cannot read queue file, left where it is", { id, reason: String(error) });
      return undefined;
    }
  }

  async #loadMessage(id: QueueId): Promise<StoredMessage> {
    const path = this.#file(id, ".msg");
    const line = await firstLine(this.#files.read(path), MAX_RECORD_OCTETS);
    const record = parseRecord(new TextDecoder("utf-8", { fatal: true }).decode(line));
    if (record.id !== id) throw new SyntaxError(`Queue file says it is ${record.id}`);
    const info = await this.#files.stat(path);
    const bodyAt = line.length + 1;
    return this.#message(record, { bodyAt, fileOctets: info?.sizeOctets ?? bodyAt });
  }

  async #loadState({ id, envelope }: StoredMessage): Promise<SpoolState> {
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
  async #clearAway(name: string): Promise<void> {
    try {
      await this.#files.remove(`${this.#path}/${name}`);
    } catch (error) {
      this.#log.warn("Cannot remove what a crash left", { name, reason: String(error) });
    }
  }

  #message(
    { id, envelope, origin, submittedAtMs }: Omit<StoredMessage, "sizeOctets" | "open">,
    { bodyAt, fileOctets }: { readonly bodyAt: number; readonly fileOctets: number },
  ): StoredMessage {
    const open = () => this.#files.read(this.#file(id, ".msg"), { start: bodyAt });
    return { id, envelope, origin, submittedAtMs, sizeOctets: fileOctets - bodyAt, open };
  }

  #file(id: QueueId, extension: ".tmp" | ".msg" | ".state"): string {
    return `${this.#path}/${id}${extension}`;
  }
}
