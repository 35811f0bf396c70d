import { type FileInfo, type Files, parentOf } from "../platform/mod.ts";

const ROOT_UID = 0;

/** What is at the place of a drop file. */
export interface DropFileInfo {
  /** Of the file, also where a link leads to it; `undefined` if there is none. */
  readonly info: FileInfo | undefined;
  readonly isLink: boolean;
}

/**
 * Looks at a drop file. A link to another place is followed if root or whoever has the directory
 * made it. In a directory where everybody may make files, any other link would have us append mail
 * to files of ours, or serve them as mail.
 *
 * @throws {Error} If it is a link of somebody else.
 */
export async function dropFileInfo(
  path: string,
  files: Pick<Files, "stat">,
): Promise<DropFileInfo> {
  const named = await files.stat(path, { followLinks: false });
  if (named?.kind !== "other") return { info: named, isLink: false };
  const info = await files.stat(path);
  if (info?.kind === "other") return { info, isLink: false };
  const directory = await files.stat(parentOf(path));
  if (named.uid === undefined || [ROOT_UID, directory?.uid].includes(named.uid)) {
    return { info, isLink: true };
  }
  throw new Error(`Cannot use ${path}: it is a link that the user number ${named.uid} made`);
}
