import { type MboxContents, MboxScanner } from "../formats/mbox_scan.ts";
import type { Files } from "../platform/mod.ts";

/** The end of an mbox file. */
export interface MailTail {
  /** Ids of our own deliveries in it, oldest first. */
  readonly deliveryIds: readonly string[];
  /** What must stand before the next message. */
  readonly separator: string;
  /** Where a message begins that a crash cut off, in the file. */
  readonly tornAt: number | undefined;
}

/** How much is read at first, in octets, and how much more each time there is no beginning in it. */
const WINDOW_OCTETS = 1024 * 1024;
const GROWTH = 8;

/** Stands before what is read from the middle of a line, so that no From_ line is seen there. */
const MIDDLE = new TextEncoder().encode("-");

/**
 * Reads as much of the end of an mbox file as has the beginning of a message in it: an archive of
 * years need not be read to add to it.
 */
export async function readMailTail(
  path: string,
  { files, sizeOctets, mayBeTorn }: {
    readonly files: Files;
    readonly sizeOctets: number;
    /** Whether a crash may have cut off a delivery of ours. */
    readonly mayBeTorn: boolean;
  },
): Promise<MailTail> {
  for (let window = WINDOW_OCTETS;; window *= GROWTH) {
    const start = Math.max(0, sizeOctets - window);
    const scanner = new MboxScanner();
    if (start > 0) scanner.push(MIDDLE);
    for await (const chunk of files.read(path, { start })) scanner.push(chunk);
    const contents = scanner.end({ mayBeTorn });
    if (start === 0) return tailOf(contents, 0);
    if (hasBeginning(contents)) return tailOf(contents, start - MIDDLE.length);
  }
}

/** The first record of a window is the rest of a message that began before it. */
function hasBeginning({ records, tornAt }: MboxContents): boolean {
  return records.length > 1 || tornAt !== undefined;
}

function tailOf({ records, separator, tornAt }: MboxContents, offset: number): MailTail {
  return {
    deliveryIds: records.flatMap(({ deliveryId }) => deliveryId ?? []),
    separator,
    tornAt: tornAt === undefined ? undefined : tornAt + offset,
  };
}
