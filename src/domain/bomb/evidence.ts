import type { Chunks, Clock, Files } from "../../platform/mod.ts";

/** Most files in the directory; the oldest makes room. */
export const MAX_FILES = 100;

/** Most octets of one file: together they bound what the directory takes. */
export const MAX_FILE_OCTETS = 1024 * 1024;

/** What is kept of a suspected message. */
export interface Evidence {
  readonly fingerprint: string;
  /** Counted from 1 within one bomb. */
  readonly copy: number;
  /** Lines put before the message. */
  readonly about: readonly string[];
  readonly message: Chunks;
}

/** Where it is kept. */
export interface EvidenceStore {
  readonly directory: string;
  readonly files: Files;
  readonly clock: Clock;
}

const NAME = /^\d{8}T\d{6}-[\da-f]{8}-\d+\.msg$/;

/**
 * Puts the beginning of a message into a file of its own, named for the time and the bomb.
 *
 * @returns The file's path.
 * @throws Any failure of the disk or of the message; no file is left then.
 */
export async function keep(evidence: Evidence, store: EvidenceStore): Promise<string> {
  const { directory, files, clock } = store;
  await files.makeDir(directory);
  await makeRoom(store);
  const time = new Date(clock.now()).toISOString().replaceAll(/[-:]|\..*/g, "");
  const name = `${time}-${evidence.fingerprint.slice(0, 8)}-${evidence.copy}.msg`;
  const path = `${directory}/${name}`;
  try {
    await files.create(path, bounded(evidence));
    return path;
  } catch (error) {
    await files.remove(path).catch(() => {}); // The first failure is the one to tell.
    throw error;
  }
}

async function makeRoom({ directory, files }: EvidenceStore): Promise<void> {
  const names = (await files.list(directory)).map(({ name }) => name).filter((n) => NAME.test(n));
  for (const name of names.slice(0, Math.max(0, names.length - MAX_FILES + 1))) {
    await files.remove(`${directory}/${name}`);
  }
}

async function* bounded({ about, message }: Evidence): AsyncGenerator<Uint8Array> {
  const lines = new TextEncoder().encode(about.map((line) => `${line}\r\n`).join(""));
  yield lines;
  let left = MAX_FILE_OCTETS - lines.length;
  for await (const chunk of message) {
    if (chunk.length >= left) {
      yield chunk.subarray(0, left);
      return;
    }
    left -= chunk.length;
    yield chunk;
  }
}
