import process from "node:process";
import { parentOf } from "./files.ts";

/** What a process may do is what its user may do. */
export interface Privileges {
  /** Number of the user we are; none on Windows. */
  uid(): number | undefined;
  /**
   * When run by root: takes for good the rights of whoever owns `path`, or the nearest directory
   * above it that exists. What a command then writes can be read by the server, which runs as that
   * user; root's own files it could not even open.
   *
   * @returns Whether the rights were changed.
   */
  becomeOwnerOf(path: string): Promise<boolean>;
}

/** {@linkcode Privileges} of this process. */
export const systemPrivileges: Privileges = {
  uid: () => Deno.uid() ?? undefined,

  async becomeOwnerOf(path) {
    if (Deno.build.os === "windows" || Deno.uid() !== 0) return false;
    const { uid, gid } = await nearest(path);
    if (!uid) return false;
    // The group first: who is not root may not change it. Threads all follow.
    if (gid !== null) {
      process.setgroups?.([gid]);
      process.setgid?.(gid);
    }
    process.setuid?.(uid);
    return true;
  },
};

async function nearest(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (!missing || parentOf(path) === path) throw error;
    return await nearest(parentOf(path));
  }
}
