import type { Queue } from "../../domain/queue/mod.ts";
import {
  type Clock,
  type DirectoryEntry,
  type FileInfo,
  type Files,
  type Log,
  reasonInWords,
} from "../../platform/mod.ts";
import type { StoredMessage } from "../../store/mod.ts";
import { readFound } from "./message.ts";
import type { PickupOptions } from "./mod.ts";

/** What picking up works with. */
export interface PickupDeps {
  /** Asked at each look. */
  readonly options: () => PickupOptions;
  readonly queue: Pick<Queue, "submit">;
  /** What the last run of the program left in the queue. */
  readonly found: readonly Pick<StoredMessage, "origin">[];
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often the directory is looked at, in ms. */
const LOOK_EVERY_MS = 2_000;

/** Files taken at one look; the rest has its turn at the next. */
const MAX_FILES = 1000;

/** Names of files that are still being written, or are none of ours. */
const UNFINISHED = /^\.|\.(?:tmp|part|writing)$/i;

/** Where files go that cannot be sent. */
const BAD_DIRECTORY = "bad";

/**
 * Sends the message files of a directory, each once, also over a crash: a file goes when its message
 * is safe in the queue and before anybody delivers it, and a message that the queue has already is
 * known by the name, size and time of its file. A file is taken when it was the same at two looks, so
 * that no program is interrupted in the middle of writing it; one that is moved in whole is safer
 * still. What cannot be sent is put into `bad` below the directory.
 */
export class Pickup {
  readonly #deps: PickupDeps;
  /** Files whose message is in the queue, by {@linkcode keyOf}. */
  readonly #submitted: Set<string>;
  /** How each file looked last, by name. */
  #seen = new Map<string, string>();
  /** Files that failed, so that each is complained of once. */
  readonly #complained = new Set<string>();

  constructor(deps: PickupDeps) {
    this.#deps = deps;
    this.#submitted = new Set(
      deps.found.flatMap(({ origin }) => origin.kind === "local" ? [origin.by] : []),
    );
  }

  /** Looks at the directory until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.look(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#complain("directory", "Cannot look into spool_dir", { reason: reasonInWords(error) });
      }
      await this.#deps.clock.sleep(LOOK_EVERY_MS, signal).catch(() => {}); // Stopped.
    }
  }

  /** Sends what is there and was there, unchanged, at the last look. */
  async look(signal?: AbortSignal): Promise<void> {
    const { options, files } = this.#deps;
    const { directory } = options();
    if (directory === undefined) return;
    const entries = (await files.list(directory)).filter(isMessageFile).slice(0, MAX_FILES);
    const before = this.#seen;
    this.#seen = new Map();
    for (const { name } of entries) {
      if (signal?.aborted) return;
      const info = await files.stat(`${directory}/${name}`);
      if (info === undefined) continue;
      const key = keyOf(name, info);
      this.#seen.set(name, key);
      if (before.get(name) === key) await this.#take(directory, { name, key, info });
    }
  }

  async #take(
    directory: string,
    file: { readonly name: string; readonly key: string; readonly info: FileInfo },
  ): Promise<void> {
    const { name, key, info } = file;
    const path = `${directory}/${name}`;
    try {
      if (this.#submitted.has(key)) return await this.#remove(directory, name);
      const { maxMessageOctets } = this.#deps.options();
      const reason = info.sizeOctets > maxMessageOctets
        ? `larger than ${maxMessageOctets} octets, which is the limit here`
        : await this.#submit(directory, file);
      if (reason !== undefined) await this.#putAside(directory, name, reason);
      this.#complained.delete(key);
    } catch (error) {
      // It stays where it is and is tried again: a full disk, or no right to read or remove it.
      this.#complain(key, "Cannot pick up a message", { path, reason: reasonInWords(error) });
    }
  }

  /** Resolves to why it cannot be sent. */
  async #submit(
    directory: string,
    { name, key }: { readonly name: string; readonly key: string },
  ): Promise<string | undefined> {
    const { options, files, queue, clock, log } = this.#deps;
    const path = `${directory}/${name}`;
    const { envelope, trace, body } = await readFound(files.read(path), options());
    try {
      if (envelope.recipients.length === 0) {
        return "it names no recipients in X-Receiver, To, Cc or Bcc";
      }
      const id = await queue.submit({
        envelope,
        origin: { kind: "local", by: key },
        trace: (id) => trace(id, clock.now()),
        afterCommit: () => this.#remove(directory, name),
      }, body);
      log.info("Picked up", { id, file: name, recipients: envelope.recipients.length });
      return undefined;
    } finally {
      for await (const _rest of body) break; // Closes the file if nobody has read it to its end.
    }
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
    const taken = await files.stat(`${bad}/${name}`) !== undefined;
    const to = `${bad}/${name}${taken ? `.${clock.now()}` : ""}`;
    await files.rename(`${directory}/${name}`, to);
    log.warn("Cannot send a picked up message, put it aside", { file: to, reason });
  }

  #complain(about: string, message: string, fields: Readonly<Record<string, string>>): void {
    if (this.#complained.has(about)) return;
    if (this.#complained.size >= MAX_FILES) this.#complained.clear();
    this.#complained.add(about);
    this.#deps.log.error(message, fields);
  }
}

function isMessageFile({ name, kind }: DirectoryEntry): boolean {
  return kind === "file" && !UNFINISHED.test(name);
}

/** Names one file as it is now: a later file of the same name is another one. */
function keyOf(name: string, { sizeOctets, mtimeMs }: FileInfo): string {
  return `pickup ${name} ${sizeOctets} ${mtimeMs}`;
}
