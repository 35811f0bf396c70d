/** How much is read from a file at once, in octets. */
const READ_OCTETS = 64 * 1024;

/**
 * Streams octets `start` up to, not including, `end` of a file. It is opened at the first read: a
 * stream that nobody reads holds nothing.
 */
export function readRange(
  path: string,
  { start = 0, end = Infinity }: { start?: number; end?: number } = {},
): ReadableStream<Uint8Array> {
  let file: Deno.FsFile | undefined;
  let left = Math.max(end - start, 0);
  let cancelled = false;
  const close = () => {
    file?.close();
    file = undefined;
  };
  const read = async (): Promise<Uint8Array | undefined> => {
    if (file === undefined) {
      file = await Deno.open(path, { read: true });
      if (start > 0) await file.seek(start, Deno.SeekMode.Start);
    }
    const buffer = new Uint8Array(Math.min(READ_OCTETS, left));
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
