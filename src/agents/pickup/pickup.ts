import { type MessageFilters, RefusedByRule } from "../../domain/filter/mod.ts";
import type { Queue } from "../../domain/queue/mod.ts";
import { type Clock, type Files, type Log, reasonInWords } from "../../platform/mod.ts";
import type { StoredMessage } from "../../store/mod.ts";
import { readFound } from "./message.ts";
import type { PickupOptions } from "./mod.ts";
import { fileAt, nameIn, type UnchangedFile, UnchangedFiles } from "./unchanged.ts";

/** What picking up works with. */
export interface PickupDeps {
  /** Asked at each look. */
  readonly options: () => PickupOptions;
  readonly queue: Pick<Queue, "submit">;
  /** The rules of msg_filter (S16), asked for with each message. */
  readonly filters: () => Pick<MessageFilters, "screened">;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often the directory is looked at, in ms. */
const LOOK_EVERY_MS = 2_000;

/** Most recipients that one file may name. */
const MAX_RECIPIENTS = 10_000;

/** Most files that are complained of by name. */
const MAX_COMPLAINTS = 1000;

/** Where files go that cannot be sent. */
const BAD_DIRECTORY = "bad";

/** What is complained of where no file is to blame. */
const DIRECTORY = "directory";

/**
 * Sends the message files of a directory, each once, also over crashes: a file goes when its message
 * is safe in the queue and before anybody delivers it, and a message that the queue has already is
 * known by the name, size and time of its file. A file is taken when it was the same at two looks, so
 * that no program is interrupted in the middle of writing it; one that is moved in whole is safer
 * still. What cannot be sent is put into `bad` below the directory.
 *
 * Who may write there is not trusted with more than sending: nothing that a link leads to is read,
 * and nothing is put anywhere that a link leads to.
 */
export class Pickup {
  readonly #deps: PickupDeps;
  readonly #unchanged: UnchangedFiles;
  /** Files whose message is in the queue, by their keys. */
  readonly #submitted = new Set<string>();
  /** What was complained of, so that it is complained of once. */
  readonly #complained = new Set<string>();

  constructor(deps: PickupDeps) {
    this.#deps = deps;
    this.#unchanged = new UnchangedFiles(deps.files);
  }

  /**
   * Removes the files whose messages the last run of the program left in the queue. To be called before
   * anybody delivers: a message that has left the queue is not known any more.
   *
   * @param found What the last run of the program left in the queue.
   */
  async recover(found: readonly Pick<StoredMessage, "origin">[]): Promise<void> {
    for (const { origin } of found) if (origin.kind === "local") this.#submitted.add(origin.by);
    const { options, files } = this.#deps;
    const { directory } = options();
    if (directory === undefined || await files.stat(directory) === undefined) return;
    for (const key of this.#submitted) {
      const name = nameIn(key);
      if (name === undefined) continue;
      try {
        const file = await fileAt(files, directory, name);
        if (file?.key === key) await this.#remove(directory, name);
        this.#submitted.delete(key); // A file that comes later is another one.
      } catch (error) {
        // The next look tries again.
        this.#complain(key, "Cannot remove a message that was picked up", {
          file: name,
          reason: reasonInWords(error),
        });
      }
    }
  }

  /** Looks at the directory until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.look(signal);
        this.#complained.delete(DIRECTORY);
      } catch (error) {
        if (signal.aborted) return;
        this.#complain(DIRECTORY, "Cannot look into spool_dir", { reason: reasonInWords(error) });
      }
      await this.#deps.clock.sleep(LOOK_EVERY_MS, signal).catch(() => {}); // Stopped.
    }
  }

  /** Sends what is there and was there, unchanged, at the last look. */
  async look(signal?: AbortSignal): Promise<void> {
    const { directory } = this.#deps.options();
    if (directory === undefined) return;
    const { unchanged, all } = await this.#unchanged.look(directory);
    for (const key of all === undefined ? [] : this.#complained) {
      if (!all?.has(key)) this.#complained.delete(key);
    }
    for (const file of unchanged) {
      if (signal?.aborted) return;
      await this.#take(directory, file);
    }
  }

  async #take(directory: string, file: UnchangedFile): Promise<void> {
    const { name, path, key, info } = file;
    try {
      if (this.#submitted.has(key)) {
        await this.#remove(directory, name);
        this.#submitted.delete(key); // A file that comes later is another one.
        return;
      }
      const { maxMessageOctets } = this.#deps.options();
      const reason = info.sizeOctets > maxMessageOctets
        ? `larger than ${maxMessageOctets} octets, which is the limit here`
        : await this.#submit(directory, file).catch(refusalOf);
      if (reason !== undefined) await this.#putAside(directory, name, reason);
      this.#complained.delete(key);
    } catch (error) {
      // It stays where it is and is tried again: a full disk, or no right to read or remove it.
      this.#complain(key, "Cannot pick up a message", { path, reason: reasonInWords(error) });
    }
  }

  /** Resolves to why it cannot be sent. */
  async #submit(directory: string, file: UnchangedFile): Promise<string | undefined> {
    const { options, files, filters, queue, clock, log } = this.#deps;
    const { name, path, key, info } = file;
    const octets = files.read(path, { end: info.sizeOctets, followLinks: false });
    const found = await readFound(octets, { ...options(), filters: filters() });
    const { envelope, trace, body, complete } = found;
    try {
      const { length } = envelope.recipients;
      if (!complete) return "its header has no end within a megabyte";
      if (length === 0) return "it names no recipients in X-Receiver, To, Cc or Bcc";
      if (length > MAX_RECIPIENTS) return `it names more than ${MAX_RECIPIENTS} recipients`;
      const id = await queue.submit({
        envelope,
        origin: { kind: "local", by: key },
        trace: (id) => trace(id, clock.now()),
        afterCommit: () => this.#remove(directory, name),
      }, this.#unlessChanged(directory, file, body));
      log.info("Picked up", { id, file: name, recipients: length });
      return undefined;
    } finally {
      for await (const _rest of body) break; // Closes the file if nobody has read it to its end.
    }
  }

  /** @throws {Error} At the end, if the file is not what it was at the beginning. */
  async *#unlessChanged(
    directory: string,
    { name, key }: UnchangedFile,
    body: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    yield* body;
    const now = await fileAt(this.#deps.files, directory, name);
    if (now?.key !== key) throw new Error("it changed while it was read");
  }

  /** When this resolves the file is gone, at least until a power cut. */
  async #remove(directory: string, name: string): Promise<void> {
    const { files, log } = this.#deps;
    await files.remove(`${directory}/${name}`);
    try {
      await files.syncDir(directory);
    } catch (error) {
      // The message is safe, and must not be given up for a file that may come back.
      log.warn("Cannot sync spool_dir", { file: name, reason: reasonInWords(error) });
    }
  }

  async #putAside(directory: string, name: string, reason: string): Promise<void> {
    const { files, clock, log } = this.#deps;
    const bad = `${directory}/${BAD_DIRECTORY}`;
    await files.makeDir(bad);
    if ((await files.stat(bad, { followLinks: false }))?.kind !== "directory") {
      throw new TypeError(`${reason}, and ${bad} is not a directory`);
    }
    const taken = await files.stat(`${bad}/${name}`, { followLinks: false }) !== undefined;
    const to = `${bad}/${name}${taken ? `.${clock.now()}` : ""}`;
    await files.rename(`${directory}/${name}`, to);
    log.warn("Cannot send a picked up message, put it aside", { file: to, reason });
  }

  #complain(about: string, message: string, fields: Readonly<Record<string, string>>): void {
    if (this.#complained.has(about) || this.#complained.size >= MAX_COMPLAINTS) return;
    this.#complained.add(about);
    this.#deps.log.error(message, fields);
  }
}

/** Why a message is refused for good; any other error is thrown again. */
function refusalOf(error: unknown): string {
  const refusal = error instanceof RefusedByRule ? error : (error as Error | undefined)?.cause;
  if (refusal instanceof RefusedByRule) return refusal.message;
  throw error;
}
