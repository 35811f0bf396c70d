/** Whether everybody on this machine may read a file. False where it cannot be told, as on Windows. */
export async function readableByAll(path: string): Promise<boolean> {
  try {
    const { mode } = await Deno.stat(path);
    return mode !== null && (mode & 0o004) !== 0;
  } catch {
    return false; // Gone, or hidden from us: then not everybody may read it.
  }
}
