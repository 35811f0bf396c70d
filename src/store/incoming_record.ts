import { concatenated, joined } from "../formats/byte_transform.ts";
import { crc32, type Random } from "../platform/mod.ts";
import { isQueueId } from "./spool_id.ts";
import type { QueueId } from "./spool.ts";

/** One entry of the incoming log. */
export type IncomingRecord =
  /** `file` is what its file would hold: the line of JSON and the message. */
  | { readonly kind: "message"; readonly id: QueueId; readonly file: Uint8Array }
  /** The message is done with, or has a file of its own now. */
  | { readonly kind: "gone"; readonly id: QueueId };

/** Largest `file` of a record, in octets. */
export const MAX_FILE_OCTETS = 64 * 1024;

/** What the records of one segment begin with: nobody who sends a message can know it. */
export type SegmentKey = string & { readonly __brand: "SegmentKey" };

const KEY_OCTETS = 8;

/** Before each record: key, kind, id, length and checksum, `0f… M 00… 00004321 89abcdef` and LF. */
const HEAD = /^([0-9a-f]{16}) ([MG]) ([0-9A-Z]{16}) (\d{8}) ([0-9a-f]{8})\n$/;
const HEAD_OCTETS = 54;

const NOTHING = new Uint8Array(0);

/** Makes a key of chance: {@linkcode KEY_OCTETS} octets. */
export function segmentKey(random: Random): SegmentKey {
  return random.bytes(KEY_OCTETS).toHex() as SegmentKey;
}

/** Whether `text` is written like a key. */
export function isSegmentKey(text: string): text is SegmentKey {
  return /^[0-9a-f]{16}$/.test(text);
}

/** Records as a segment holds them, in one piece. */
export function formatRecords(
  key: SegmentKey,
  records: readonly IncomingRecord[],
): Uint8Array {
  const encoder = new TextEncoder();
  return concatenated(records.flatMap((record) => {
    const file = record.kind === "message" ? record.file : NOTHING;
    const kind = record.kind === "message" ? "M" : "G";
    const head = `${key} ${kind} ${record.id} ${String(file.length).padStart(8, "0")} `;
    return [encoder.encode(`${head}${checksum(encoder.encode(head), file)}\n`), file];
  }));
}

/**
 * Reads the records of a segment, whatever has become of it. What a crash has cut off at its end,
 * and what the disk has damaged, is passed over: the next record is known by the key it begins with.
 */
export class IncomingScanner {
  readonly #key: Uint8Array;
  #bytes: Uint8Array = NOTHING;
  #unreadableOctets = 0;

  constructor(key: SegmentKey) {
    this.#key = new TextEncoder().encode(key);
  }

  /** How many octets were passed over so far. */
  get unreadableOctets(): number {
    return this.#unreadableOctets;
  }

  /** The records that are whole now; none shares memory with `chunk`. */
  push(chunk: Uint8Array): IncomingRecord[] {
    this.#bytes = joined(this.#bytes, chunk);
    return this.#take(false);
  }

  /** The last records, now that all was pushed. */
  end(): IncomingRecord[] {
    return this.#take(true);
  }

  #take(ended: boolean): IncomingRecord[] {
    const records: IncomingRecord[] = [];
    while (this.#bytes.length > 0) {
      const found = readRecord(this.#bytes, this.#key);
      if (found === "unfinished" && !ended) break;
      if (typeof found === "object") {
        records.push(found.record);
        this.#bytes = this.#bytes.subarray(found.octets);
      } else {
        this.#passOver();
      }
    }
    this.#bytes = this.#bytes.slice();
    return records;
  }

  /** Goes to the next place where a record may begin. */
  #passOver(): void {
    const next = indexOf(this.#bytes, this.#key, 1);
    this.#unreadableOctets += next;
    this.#bytes = this.#bytes.subarray(next);
  }
}

function readRecord(
  bytes: Uint8Array,
  key: Uint8Array,
): { readonly record: IncomingRecord; readonly octets: number } | "unfinished" | "damaged" {
  if (indexOf(bytes, key, 0) !== 0) return "damaged";
  if (bytes.length < HEAD_OCTETS) return "unfinished";
  const text = new TextDecoder().decode(bytes.subarray(0, HEAD_OCTETS));
  const [, , kind, id = "", length, sum] = HEAD.exec(text) ?? [];
  const end = HEAD_OCTETS + Number(length);
  if (!isQueueId(id) || Number(length) > MAX_FILE_OCTETS) return "damaged";
  if (bytes.length < end) return "unfinished";
  const file = bytes.slice(HEAD_OCTETS, end);
  if (checksum(bytes.subarray(0, HEAD_OCTETS - 9), file) !== sum) return "damaged";
  return {
    record: kind === "M" ? { kind: "message", id, file } : { kind: "gone", id },
    octets: end,
  };
}

/** Where `wanted`, or a beginning of it at the end of `bytes`, stands first; their length if nowhere. */
function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(wanted[0]!, from); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    const there = bytes.subarray(at, at + wanted.length);
    if (there.every((octet, index) => octet === wanted[index])) return at;
  }
  return bytes.length;
}

function checksum(head: Uint8Array, file: Uint8Array): string {
  return crc32(file, crc32(head)).toString(16).padStart(8, "0");
}
