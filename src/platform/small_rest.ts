/**
 * See {@linkcode Files.smallRest}. Opening, reading and closing in one go takes some 15 µs of a file
 * that the system has in memory; each of them on a thread of its own takes ten times that.
 */
export function smallRest(
  path: string,
  { start, maxOctets }: { readonly start: number; readonly maxOctets: number },
): Uint8Array | undefined {
  using file = Deno.openSync(path, { read: true });
  const size = file.statSync().size - start;
  if (size > maxOctets) return undefined;
  const bytes = new Uint8Array(Math.max(size, 0));
  file.seekSync(start, Deno.SeekMode.Start);
  let length = 0;
  while (length < bytes.length) {
    const octets = file.readSync(bytes.subarray(length));
    if (octets === null) break; // Cut off by somebody, a moment ago.
    length += octets;
  }
  return bytes.subarray(0, length);
}
