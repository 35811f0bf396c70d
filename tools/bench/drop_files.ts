import { pause } from "../../tests/support/eventually.ts";

/** How often the files are looked at, in ms. */
const LOOK_EVERY_MS = 5;

/** Longest wait for mail that does not come, in ms. */
const PATIENCE_MS = 120_000;

const FROM = new TextEncoder().encode("\nFrom ");

/** Waits until mbox files that were empty hold `count` messages together. */
export async function untilDelivered(paths: readonly string[], count: number): Promise<void> {
  const counters = paths.map((path) => new MessageCounter(path));
  const end = performance.now() + PATIENCE_MS;
  for (let found = 0; performance.now() < end; await pause(LOOK_EVERY_MS)) {
    found = counters.reduce((sum, counter) => sum + counter.look(), 0);
    if (found >= count) return;
  }
  throw new Error(`Not all of ${count} messages were delivered within ${PATIENCE_MS} ms`);
}

/** Waits until mbox files have `octets` octets together. */
export async function untilGrown(paths: readonly string[], octets: number): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (octetsIn(paths) < octets) {
    if (performance.now() >= end) {
      throw new Error(`Only ${octetsIn(paths)} of ${octets} octets within ${PATIENCE_MS} ms`);
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** How many octets files have together; one that is not there has none. */
export function octetsIn(paths: readonly string[]): number {
  return paths.reduce((sum, path) => {
    try {
      return sum + Deno.statSync(path).size;
    } catch {
      return sum;
    }
  }, 0);
}

/** Counts the messages of a growing mbox file, reading each octet once. */
class MessageCounter {
  readonly #path: string;
  readonly #buffer = new Uint8Array(256 * 1024);
  #offset = 0;
  #count = 0;
  /** The octets before the file count as a line end: the first message has none before it. */
  #tail: Uint8Array = FROM.subarray(0, 1);

  constructor(path: string) {
    this.#path = path;
  }

  look(): number {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(this.#path);
    } catch {
      return 0; // Nothing was delivered yet.
    }
    using _closed = file;
    file.seekSync(this.#offset, Deno.SeekMode.Start);
    for (let got = file.readSync(this.#buffer); got !== null; got = file.readSync(this.#buffer)) {
      this.#offset += got;
      this.#take(this.#buffer.subarray(0, got));
    }
    return this.#count;
  }

  #take(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#tail.length + bytes.length);
    all.set(this.#tail);
    all.set(bytes, this.#tail.length);
    for (let at = all.indexOf(0x0a); at >= 0; at = all.indexOf(0x0a, at + 1)) {
      if (at + FROM.length > all.length) break;
      if (FROM.every((octet, index) => all[at + index] === octet)) this.#count++;
    }
    this.#tail = all.slice(Math.max(0, all.length - FROM.length + 1));
  }
}
