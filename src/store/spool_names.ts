import type { QueueId } from "./spool.ts";
import { isQueueId } from "./spool_id.ts";

/** The message that a file of the spool belongs to; `undefined` if it is of something else. */
export function idOf(name: string): QueueId | undefined {
  const id = name.slice(0, name.indexOf("."));
  return isQueueId(id) ? id : undefined;
}

/** The messages that have a file of this kind, in the order of the names. */
export function idsAmong(
  names: readonly string[],
  extension: ".msg" | ".state",
): readonly QueueId[] {
  return names.flatMap((name) => {
    const id = name.endsWith(extension) ? idOf(name) : undefined;
    return id !== undefined && name === id + extension ? [id] : [];
  });
}
