import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Octets that may still be written to the disk that `path` is on, or will be once its directory is
 * made. What is kept for root does not count.
 */
export async function freeSpaceAt(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    return await freeSpaceAt(dirname(path));
  }
}
