import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** How a file begins. */
export interface FirstLine {
  /** Without its LF. */
  readonly text: string;
  /** Octets of the line with its LF: here goes on what follows it. */
  readonly octets: number;
  /** Of the whole file. */
  readonly sizeOctets: number;
}

/** Longer than nearly all first lines, in octets. */
const USUAL_OCTETS = 4096;

/** How much of a longer line is read at once, in octets. */
const CHUNK_OCTETS = 64 * 1024;

const LF = 0x0a;

// Windows has none. Opening a pipe would wait until somebody writes to it.
const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/**
 * See {@linkcode Files.firstLine}. Opening, reading and closing in one go takes 8 µs of a file that the
 * system has in memory; each of them on a thread of its own takes ten times that, and all the messages
 * of a queue are read at each start.
 */
export class FirstLineReader {
  /** Used again and again: a buffer for each file costs more than reading it. */
  readonly #usual = new Uint8Array(USUAL_OCTETS);
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  read(path: string, maxOctets: number): FirstLine | undefined {
    const file = openedIfThere(path);
    if (file === undefined) return undefined;
    try {
      const octets = readSync(file, this.#usual);
      const isWhole = octets < USUAL_OCTETS;
      const first = this.#usual.subarray(0, octets);
      const bytes = isWhole || first.includes(LF) ? first : readOn(file, first, maxOctets);
      const end = bytes.indexOf(LF);
      if (end < 0) throw new SyntaxError(`No end of the first line within ${bytes.length} octets`);
      const text = this.#text(bytes.subarray(0, end));
      return { text, octets: end + 1, sizeOctets: isWhole ? octets : fstatSync(file).size };
    } finally {
      closeSync(file);
    }
  }

  #text(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (cause) {
      throw new SyntaxError("The first line is not written in UTF-8", { cause });
    }
  }
}

function openedIfThere(path: string): number | undefined {
  try {
    return openSync(path, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Reads behind `first` until there is an LF, the file ends, or it is `maxOctets`. */
function readOn(file: number, first: Uint8Array, maxOctets: number): Uint8Array {
  const mostOctets = Math.min(maxOctets, fstatSync(file).size);
  const bytes = new Uint8Array(Math.max(first.length, mostOctets));
  bytes.set(first);
  let length = first.length;
  while (length < bytes.length) {
    const octets = readSync(file, bytes.subarray(length, length + CHUNK_OCTETS));
    if (octets === 0) break;
    length += octets;
    if (bytes.subarray(length - octets, length).includes(LF)) break;
  }
  return bytes.subarray(0, length);
}
