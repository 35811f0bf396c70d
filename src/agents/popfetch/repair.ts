import type { Origin } from "../../formats/envelope.ts";
import type { FetchJournal } from "../../store/mod.ts";

/** What {@linkcode repairJournal} needs of a message in the spool. */
export interface SpooledOrigin {
  readonly id: string;
  readonly origin: Origin;
  readonly submittedAtMs: number;
}

/**
 * Notes fetched messages of the spool that a crash kept out of the journal: it came between the
 * commit of one and of the other. To be called at start-up, before the first call.
 *
 * @returns How many were missing.
 */
export async function repairJournal(
  journal: FetchJournal,
  loaded: AsyncIterable<SpooledOrigin> | Iterable<SpooledOrigin>,
): Promise<number> {
  let missing = 0;
  for await (const { id, origin, submittedAtMs } of loaded) {
    if (origin.kind !== "fetched" || journal.get(origin.account, origin.uidl)) continue;
    journal.set(origin.account, [{
      uidl: origin.uidl,
      state: { kind: "stored", queueId: id, atMs: submittedAtMs },
    }]);
    missing++;
  }
  return missing;
}
