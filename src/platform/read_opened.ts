import { constants, type FileHandle, open } from "node:fs/promises";
import type { Stats } from "node:fs";
import type { FileInfo } from "./files.ts";

/** A file that was opened and read. */
export interface OpenedFile {
  /** What it was that was read. */
  readonly info: FileInfo;
  /** Absent if it is not a file, or has more octets than were asked for. */
  readonly bytes?: Uint8Array;
}

// Windows has neither; its links are not made by everybody.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** See {@linkcode Files.readOpened}. */
export async function readOpened(
  path: string,
  { maxOctets, followLinks }: { readonly maxOctets: number; readonly followLinks: boolean },
): Promise<OpenedFile | undefined> {
  let file: FileHandle;
  try {
    // Not to be blocked: opening a pipe waits until somebody writes to it.
    file = await open(path, O_RDONLY | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW));
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code !== "ELOOP" || followLinks) throw error;
    return { info: { kind: "other", sizeOctets: 0, mtimeMs: 0 } };
  }
  try {
    const info = infoOf(await file.stat());
    if (info.kind !== "file" || info.sizeOctets > maxOctets) return { info };
    return { info, bytes: await readAtMost(file, info.sizeOctets) };
  } finally {
    await file.close();
  }
}

/** It may grow or shrink while it is read. */
async function readAtMost(file: FileHandle, octets: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(octets);
  let done = 0;
  while (done < octets) {
    const { bytesRead } = await file.read(bytes, done, octets - done, null);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

function infoOf(stats: Stats): FileInfo {
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
  const { size: sizeOctets, mtimeMs } = stats;
  if (Deno.build.os === "windows") return { kind, sizeOctets, mtimeMs };
  return { kind, sizeOctets, mtimeMs, uid: stats.uid, mode: stats.mode & 0o7777 };
}
