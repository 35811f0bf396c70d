import type { Queue } from "../domain/queue/mod.ts";
import type { Files, Log } from "../platform/mod.ts";

/** For whoever finds the file. */
const NOTE = 'Outgoing mail is suspended. Do not remove this file: "tellsmtp resume" does.\n';

/**
 * Whether mail for the world goes out at all: `tellsmtp suspend` and `resume`. A file in work_path
 * remembers it, so that a restart does not let loose what somebody has stopped.
 */
export class Outgoing {
  readonly #files: Files;
  readonly #workPath: string;
  readonly #path: string;
  readonly #log: Log;

  constructor(workPath: string, { files, log }: { readonly files: Files; readonly log: Log }) {
    this.#files = files;
    this.#workPath = workPath;
    this.#path = `${workPath}/suspended`;
    this.#log = log;
  }

  /** Whether it was suspended when the program ended; a queue begins with that. */
  async wasSuspended(): Promise<boolean> {
    const suspended = await this.#files.stat(this.#path) !== undefined;
    if (suspended) this.#log.warn("Outgoing mail is suspended, tellsmtp resume lets it go");
    return suspended;
  }

  /** Lets nothing out any more. @throws If the disk fails; nothing has changed then. */
  async suspend(queue: Pick<Queue, "suspend">): Promise<void> {
    await this.#files.replace(this.#path, new TextEncoder().encode(NOTE));
    await queue.suspend();
    this.#log.warn("Outgoing mail was suspended");
  }

  /** Lets it out again. @throws If the disk fails; nothing goes out then. */
  async resume(queue: Pick<Queue, "resume">): Promise<void> {
    await this.#files.remove(this.#path);
    await this.#files.syncDir(this.#workPath); // A power cut must not suspend it again.
    queue.resume();
    this.#log.info("Outgoing mail was resumed");
  }
}
