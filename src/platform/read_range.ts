import { closeSync, constants, fstatSync, openSync, read as readDescriptor } from "node:fs";

// Windows has neither; its links are not made by everybody.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** How much is read from a file at once, in octets; less at first where its end is not known. */
const READ_OCTETS = 256 * 1024;
const FIRST_OCTETS = 64 * 1024;

/**
 * Streams octets `start` up to, not including, `end` of a file. It is opened at the first read: a
 * stream that nobody reads holds nothing. With `followLinks` false it fails for all that is no file,
 * and waits for nobody if that is a pipe.
 */
export function readRange(
  path: string,
  { start = 0, end = Infinity, followLinks = true }: {
    start?: number;
    end?: number;
    followLinks?: boolean;
  } = {},
): ReadableStream<Uint8Array> {
  let file: Source | undefined;
  let left = Math.max(end - start, 0);
  let cancelled = false;
  let atOnce = end === Infinity ? FIRST_OCTETS : READ_OCTETS;
  const close = () => {
    file?.close();
    file = undefined;
  };
  const read = async (): Promise<Uint8Array | undefined> => {
    if (file === undefined) {
      file = followLinks ? await openFollowing(path, start) : openPlain(path, start);
    }
    const buffer = new Uint8Array(Math.min(atOnce, left));
    atOnce = READ_OCTETS;
    const count = left > 0 ? await file.read(buffer) : null;
    left -= count ?? 0;
    return count === null ? undefined : buffer.subarray(0, count);
  };
  // While a read is under way, closing is left to it: the file may be opening still.
  let reading = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      reading = true;
      try {
        const chunk = await read();
        if (cancelled) return close();
        if (chunk !== undefined) return controller.enqueue(chunk);
        close();
        controller.close();
      } catch (error) {
        close();
        if (!cancelled) throw error;
      } finally {
        reading = false;
      }
    },
    cancel() {
      cancelled = true;
      if (!reading) close();
    },
  }, { highWaterMark: 0 });
}

/** An open file, at the place that is read next. */
interface Source {
  /** @returns `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
  close(): void;
}

async function openFollowing(path: string, start: number): Promise<Source> {
  const file = await Deno.open(path, { read: true });
  if (start > 0) await file.seek(start, Deno.SeekMode.Start);
  return file;
}

/** Asks what it is only once it is open: a moment before, the name may have led elsewhere. */
function openPlain(path: string, start: number): Source {
  const file = openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (!fstatSync(file).isFile()) {
    closeSync(file);
    throw new TypeError(`Not a file: ${path}`);
  }
  let position = start;
  return {
    read(into) {
      const { promise, resolve, reject } = Promise.withResolvers<number | null>();
      readDescriptor(file, into, 0, into.length, position, (error, count) => {
        position += count;
        if (error) reject(error);
        else resolve(count === 0 ? null : count);
      });
      return promise;
    },
    close: () => closeSync(file),
  };
}
