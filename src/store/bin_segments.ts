import type { Clock, Files, Random } from "../platform/mod.ts";
import { isSegmentId } from "./bin_index.ts";
import { dropFileInfo } from "./drop_link.ts";

const SEGMENT = ".mbox";
/** A copy of the drop file that is not complete yet. */
const COPYING = ".copying";
/** A complete copy; the drop file may or may not have been emptied since. */
const COPIED = ".copied";

/** The files of one bin: segments that never change, and what an interrupted move left behind. */
export class BinSegments {
  readonly #files: Files;
  readonly #binDir: string;
  readonly #dropFile: string;

  constructor(files: Files, paths: { readonly binDir: string; readonly dropFile: string }) {
    this.#files = files;
    this.#binDir = paths.binDir;
    this.#dropFile = paths.dropFile;
  }

  pathOf(segment: string): string {
    return `${this.#binDir}/${segment}${SEGMENT}`;
  }

  /** Finishes or undoes moves that a crash interrupted; resolves to the segments there are, by name. */
  async recover(): Promise<readonly string[]> {
    const segments: string[] = [];
    for (const { name, kind } of await this.#files.list(this.#binDir)) {
      const path = `${this.#binDir}/${name}`;
      if (kind !== "file") continue;
      if (name.endsWith(COPYING)) await this.#files.remove(path);
      const copied = nameBefore(COPIED, name);
      if (copied !== undefined && await this.#finishCopy(copied)) segments.push(copied);
      const segment = nameBefore(SEGMENT, name);
      if (segment !== undefined) segments.push(segment);
    }
    return segments.sort();
  }

  /**
   * Makes the drop file a segment. A rename, so that it costs nothing; where drop files and bins are
   * on different file systems, or the drop file is a link to another, a copy that no crash can make
   * appear twice.
   */
  async takeDropFile(segment: string): Promise<void> {
    await this.#files.makeDir(this.#binDir);
    // A link would be moved without what it leads to, and a relative one would lead nowhere then.
    const { isLink } = await dropFileInfo(this.#dropFile, this.#files);
    if (isLink) return await this.#copyDropFile(segment);
    try {
      await this.#files.rename(this.#dropFile, this.pathOf(segment));
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EXDEV") throw error;
      await this.#copyDropFile(segment);
    }
  }

  /** @throws {Error} If what was moved was put in the place of the drop file a moment before. */
  async requireFile(segment: string): Promise<void> {
    const { kind } = await this.#files.stat(this.pathOf(segment), { followLinks: false }) ?? {};
    if (kind === "file") return;
    throw new Error(`Cannot use ${this.#dropFile}: somebody put something else in its place`);
  }

  remove(segment: string): Promise<void> {
    return this.#files.remove(this.pathOf(segment));
  }

  async #copyDropFile(segment: string): Promise<void> {
    const base = `${this.#binDir}/${segment}`;
    await this.#files.create(base + COPYING, this.#files.read(this.#dropFile));
    await this.#files.rename(base + COPYING, base + COPIED);
    await this.#files.truncate(this.#dropFile, 0);
    await this.#files.rename(base + COPIED, this.pathOf(segment));
  }

  /** True if the copy became a segment; false if the drop file still has it all. */
  async #finishCopy(segment: string): Promise<boolean> {
    const copy = `${this.#binDir}/${segment}${COPIED}`;
    if (await this.#dropFileBeginsWith(copy)) {
      await this.#files.remove(copy);
      return false;
    }
    await this.#files.rename(copy, this.pathOf(segment));
    return true;
  }

  async #dropFileBeginsWith(copy: string): Promise<boolean> {
    const size = (await this.#files.stat(copy))?.sizeOctets ?? 0;
    const dropped = (await this.#files.stat(this.#dropFile))?.sizeOctets ?? 0;
    if (dropped < size) return false;
    return await sameOctets(
      this.#files.read(copy),
      this.#files.read(this.#dropFile, { end: size }),
    );
  }
}

/** A new name for a segment; names sort by time. */
export function newSegmentId(clock: Clock, random: Random): string {
  const time = Math.max(0, Math.floor(clock.now())).toString(36).padStart(9, "0");
  return `${time}-${random.bytes(5).toHex()}`;
}

function nameBefore(ending: string, name: string): string | undefined {
  const stem = name.endsWith(ending) ? name.slice(0, -ending.length) : "";
  return isSegmentId(stem) ? stem : undefined;
}

/** Compares two streams of the same length, which may come in chunks of different sizes. */
async function sameOctets(
  a: ReadableStream<Uint8Array>,
  b: ReadableStream<Uint8Array>,
): Promise<boolean> {
  const other = b.getReader();
  let pending: Uint8Array = new Uint8Array(0);
  try {
    for await (const chunk of a) {
      for (let at = 0; at < chunk.length;) {
        if (pending.length === 0) pending = (await other.read()).value ?? pending;
        const count = Math.min(pending.length, chunk.length - at);
        if (count === 0) return false;
        for (let i = 0; i < count; i++) if (pending[i] !== chunk[at + i]) return false;
        pending = pending.subarray(count);
        at += count;
      }
    }
    return true;
  } finally {
    await other.cancel();
  }
}
