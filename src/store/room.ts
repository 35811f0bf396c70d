import { parseInf } from "../formats/inf_file.ts";
import type { Files, Log } from "../platform/mod.ts";
import type { MaildropPaths } from "./maildrop_layout.ts";

/** What maildrops may hold. */
export interface MaildropLimits {
  /** drop_max: octets of a drop file; absent if there is no limit. */
  readonly dropMaxOctets?: number;
  /** user_quota (S37); absent if no quotas are kept. */
  readonly quota?: {
    /** Of users whose `_inf` file names none; absent if those have none. */
    readonly defaultOctets?: number;
  };
}

/** Whether a message may come into a maildrop now, or which limit it would pass. */
export type Room = "ok" | "over quota" | "drop file full";

/** What room is measured with. */
export interface RoomTools {
  readonly files: Files;
  readonly log: Log;
  /** Octets of all messages of the maildrop, in the drop file and in the bin. */
  readonly usedOctets: () => Promise<number>;
}

/** Longest `_inf` file that is read, in octets: it has three lines. */
const MAX_INF_OCTETS = 64 * 1024;

/** Measures the room for `octets` more, by limits that are those of now. */
export async function roomIn(
  { dropFile, infoFile }: MaildropPaths,
  { octets, limits }: { readonly octets: number; readonly limits: MaildropLimits },
  { files, log, usedOctets }: RoomTools,
): Promise<Room> {
  const more = Math.max(1, octets); // No message is empty, whatever its sender says.
  const { dropMaxOctets, quota } = limits;
  if (dropMaxOctets !== undefined) {
    const dropped = (await files.stat(dropFile))?.sizeOctets ?? 0;
    if (dropped + more > dropMaxOctets) return "drop file full";
  }
  if (quota === undefined) return "ok";
  const allowed = await ownQuota(infoFile, { files, log }) ?? quota.defaultOctets;
  if (allowed === undefined) return "ok";
  return await usedOctets() + more > allowed ? "over quota" : "ok";
}

/** The quota that the `_inf` file names (F4). A line nobody can read must not stop the mail. */
async function ownQuota(
  infoFile: string,
  { files, log }: Pick<RoomTools, "files" | "log">,
): Promise<number | undefined> {
  const bytes = await files.readAll(infoFile, MAX_INF_OCTETS);
  if (bytes === undefined) return undefined;
  try {
    return parseInf(new TextDecoder().decode(bytes)).quotaOctets;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    log.warn("Cannot read a user's quota, using the common one", {
      file: infoFile,
      reason: error.message,
    });
    return undefined;
  }
}
