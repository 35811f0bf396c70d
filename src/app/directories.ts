import type { Config } from "../config/mod.ts";
import { type Files, parentOf, reasonInWords } from "../platform/mod.ts";
import { dropDirectories } from "../store/mod.ts";

/** The directories the appliance works in, by the setting that names each. */
export function directoriesOf(
  { paths, accounts, mailboxes: { layout } }: Config,
): readonly (readonly [string, string])[] {
  const ofDomains = dropDirectories(layout).filter((path) => path !== paths.drop);
  return [
    ["work_path", paths.work],
    ["drop_path", paths.drop],
    ...ofDomains.map((path) => ["the drop directory", path] as const),
    ["bin_path", paths.bin],
    ["log_path", paths.log],
    ["nwauth_path", accounts.nwauthPath],
  ];
}

/** Makes a directory that a setting names. @throws {Error} Saying which setting, and why not. */
export async function makeDirectory(
  files: Pick<Files, "makeDir">,
  setting: string,
  path: string,
): Promise<void> {
  try {
    await files.makeDir(path);
  } catch (error) {
    throw new Error(`Cannot make ${setting} ${path}: ${reasonInWords(error)}`, { cause: error });
  }
}

/** Why `path` is no directory and cannot become one; `undefined` if it is or can. */
export async function complaintAbout(
  files: Pick<Files, "stat">,
  path: string,
): Promise<string | undefined> {
  const info = await files.stat(path);
  if (info === undefined) {
    return parentOf(path) === path ? undefined : await complaintAbout(files, parentOf(path));
  }
  return info.kind === "directory" ? undefined : `${path} is not a directory`;
}
