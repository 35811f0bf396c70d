import type { AccountReport } from "../../domain/link/mod.ts";

/** What one session with a mailbox came to. */
export interface SessionCounts {
  /** Messages listed. */
  waiting: number;
  fetched: number;
  /** What a session that only looked would have fetched; `undefined` for one that did fetch. */
  wanted: number | undefined;
  duds: number;
  octets: number;
  /** Left on the server because they are larger than `max=`. */
  tooLarge: number;
  /** Left on the server because nobody could say who gets them, or the server did not give them. */
  later: number;
  /** Why the first of `later` was left. */
  laterReason: string;
  /** Whether the server did not confirm that it deleted what it was asked to. */
  unconfirmed: boolean;
}

/** Counts of a session that has not begun. */
export function noCounts(): SessionCounts {
  return {
    waiting: 0,
    fetched: 0,
    wanted: undefined,
    duds: 0,
    octets: 0,
    tooLarge: 0,
    later: 0,
    laterReason: "",
    unconfirmed: false,
  };
}

/** Puts a session into words. `problem` is why it ended early, if it did. */
export function reportSession(
  account: string,
  counts: SessionCounts,
  { problem, durationMs }: { readonly problem: string | undefined; readonly durationMs: number },
): AccountReport {
  const { waiting, fetched, duds, octets, tooLarge, later } = counts;
  return {
    account,
    result: problem === undefined ? success(counts) : failure(problem, counts),
    ok: problem === undefined && later === 0,
    waiting,
    fetched,
    skipped: tooLarge + later,
    duds,
    octets,
    durationMs,
  };
}

function success(counts: SessionCounts): string {
  const { waiting, wanted, fetched, duds, tooLarge, later, laterReason, unconfirmed } = counts;
  const parts = [
    wanted !== undefined
      ? `${messages(waiting)} on the server, would collect ${wanted}`
      : fetched === 0
      ? "nothing new"
      : `collected ${messages(fetched)}`,
  ];
  if (duds > 0) parts.push(`kept ${messages(duds)} for nobody here in duds.dat`);
  if (tooLarge > 0) parts.push(`left ${messages(tooLarge)} over the size limit`);
  if (later > 0) parts.push(`left ${messages(later)} for later: ${laterReason}`);
  if (unconfirmed) parts.push("the server did not confirm the deletion");
  return parts.join(", ");
}

function failure(problem: string, { fetched }: SessionCounts): string {
  return fetched === 0 ? problem : `${problem}, after ${messages(fetched)}`;
}

function messages(count: number): string {
  return count === 1 ? "1 message" : `${count} messages`;
}
