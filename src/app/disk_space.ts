import type { Config } from "../config/mod.ts";
import { type Clock, type Files, type Log, Recent } from "../platform/mod.ts";
import { dropDirectories } from "../store/mod.ts";

/** What the disks are measured with. */
export interface DiskSpaceDeps {
  readonly config: () => Config;
  readonly files: Pick<Files, "freeSpace">;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a disk is taken to be as it was, in ms: min_space leaves room for what comes meanwhile. */
const FRESH_MS = 1000;

/** Directories that are remembered; where there are more, some are measured again. */
const MAX_DIRECTORIES = 1000;

/** What the disks of the queue and of drop files have left (min_space). */
export class DiskSpace {
  readonly #deps: DiskSpaceDeps;
  /** By directory. */
  readonly #recent: Recent<string, number>;
  /** Those that were low when looked at last: the log says so once. */
  readonly #low = new Set<string>();

  constructor(deps: DiskSpaceDeps) {
    this.#deps = deps;
    this.#recent = new Recent({ clock: deps.clock, forMs: FRESH_MS, most: MAX_DIRECTORIES });
  }

  /**
   * Whether one of them would have less than min_space after a message of `octets`, 0 if its size
   * is not known. Says no where it cannot measure: taking the message tells more about that disk.
   */
  async isLow(octets: number): Promise<boolean> {
    const { paths: { work }, mailboxes: { layout, minSpaceOctets } } = this.#deps.config();
    if (minSpaceOctets === 0) return false;
    for (const path of new Set([work, ...dropDirectories(layout)])) {
      if (await this.#freeAt(path, minSpaceOctets) - octets < minSpaceOctets) return true;
    }
    return false;
  }

  async #freeAt(path: string, wantedOctets: number): Promise<number> {
    const { files, log } = this.#deps;
    try {
      const free = await this.#recent.get(path, () => files.freeSpace(path));
      const isLow = free < wantedOctets;
      if (isLow && !this.#low.has(path)) {
        log.warn("A disk is nearly full, taking no mail", { path, free, min_space: wantedOctets });
      }
      if (isLow) this.#low.add(path);
      else if (this.#low.delete(path)) log.info("There is space on a disk again", { path, free });
      return free;
    } catch (error) {
      log.error("Cannot measure a disk", { path, reason: String(error) });
      return Infinity;
    }
  }
}
