import { lchown } from "node:fs/promises";

/** Gives a file to a user; its group stays. A link itself is given, not what it leads to. */
export async function giveTo(path: string, uid: number): Promise<void> {
  const { gid } = await Deno.lstat(path);
  await lchown(path, uid, gid ?? 0);
}

/**
 * Makes sure that an open file is the one its path names: whoever may write the directory could have
 * put a link there, to a file that only we may write.
 *
 * @throws {Error} If the path leads through a link, or names something else by now.
 */
export function mustNotBeLink(path: string, file: Deno.FsFile): void {
  // It has just been opened: what the disk knows of it is in memory, and nothing waits.
  const [opened, named] = [file.statSync(), Deno.lstatSync(path)];
  if (!named.isFile || opened.dev !== named.dev || opened.ino !== named.ino) {
    throw new Error(`Cannot write ${path}: a link, not a file`);
  }
}
