import { type MboxContents, MboxScanner } from "../formats/mbox_scan.ts";
import { type Files, type Log, parentOf } from "../platform/mod.ts";

/** Where the remains of interrupted deliveries are kept, for a person to look at. */
const REMAINS = "torn.remains";

/** What {@linkcode scanAndRepair} needs. */
export interface MboxFileTools {
  readonly files: Files;
  readonly log: Log;
  /** Directory that the remains of interrupted deliveries go to. */
  readonly binDir: string;
}

/** Finds the messages in an mbox file that no crash has cut off, reading it once. */
export function scanWhole(path: string, files: Files): Promise<MboxContents> {
  return scan(path, files, { mayBeTorn: false });
}

/**
 * Finds the messages in an mbox file, reading it once. A message at its end that a crash cut off
 * while it was delivered is cut out of the file: its delivery was never confirmed, so that it is
 * delivered again. What there is of it is kept beside.
 */
export async function scanAndRepair(path: string, tools: MboxFileTools): Promise<MboxContents> {
  const contents = await scan(path, tools.files, { mayBeTorn: true });
  if (contents.tornAt !== undefined) await cutOff(path, contents.tornAt, tools);
  return contents;
}

async function scan(
  path: string,
  files: Files,
  options: { readonly mayBeTorn: boolean },
): Promise<MboxContents> {
  const scanner = new MboxScanner();
  for await (const chunk of files.read(path)) scanner.push(chunk);
  return scanner.end(options);
}

/** Cuts a message out of the end of a file, and keeps what there is of it beside. */
export async function cutOff(path: string, tornAt: number, tools: MboxFileTools): Promise<void> {
  const { files, log, binDir } = tools;
  await files.makeDir(binDir);
  const remains = `${binDir}/${REMAINS}`;
  const { octets } = await files.append(remains, files.read(path, { start: tornAt }));
  await files.syncDir(parentOf(remains));
  await files.truncate(path, tornAt);
  log.warn("Cut off a message that a crash left unfinished", { file: path, octets, remains });
}
