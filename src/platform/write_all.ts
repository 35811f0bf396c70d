/** Writes all of `bytes`: a single write may be short, by a signal or a nearly full disk. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await file.write(done === 0 ? bytes : bytes.subarray(done));
  }
}
