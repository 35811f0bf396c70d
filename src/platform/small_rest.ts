/** Longest file of which a rest is read in one go, in octets. */
const SMALL_FILE_OCTETS = 128 * 1024;

/**
 * See {@linkcode Files.smallRest}. Opening, reading and closing in one go takes some 10 µs of a file
 * that the system has in memory; each of them on a thread of its own takes ten times that.
 */
export class SmallRestReader {
  /** Used again and again. Nobody knows the size of a file that was not asked for it. */
  readonly #buffer = new Uint8Array(SMALL_FILE_OCTETS + 1);

  read(path: string, start: number): Uint8Array | undefined {
    using file = Deno.openSync(path, { read: true });
    const octets = file.readSync(this.#buffer) ?? 0;
    return octets > SMALL_FILE_OCTETS ? undefined : this.#buffer.slice(start, octets);
  }
}
