import { fnv1a } from "../formats/fnv1a.ts";
import { isUniqueId } from "../formats/pop3.ts";

/** A message in a bin: which octets of which segment it is. */
export interface BinMessage {
  /** Unique-id, never given to another message of the maildrop. */
  readonly uid: string;
  /** Over the wire. */
  readonly sizeOctets: number;
  readonly segment: string;
  readonly start: number;
  readonly end: number;
}

/** How the file begins; another number is another format. */
const VERSION_LINE = "V 1";

/**
 * What a bin holds: live messages in the order they came, and which ids were deleted when.
 *
 * On disk it is a text file that only grows, in batches. The lines of a batch are
 *
 * ```text
 * V 1                            first line of the file
 * S segment                      a segment whose messages follow
 * M uid start end sizeOctets     a message in it
 * D uid timeMs                   a message was deleted
 * = count checksum               of the lines of the batch: without this line they do not count
 * ```
 */
export class BinIndex {
  readonly #messages = new Map<string, BinMessage>();
  readonly #deletedAtMs = new Map<string, number>();
  /** How many live messages each segment holds. */
  readonly #live = new Map<string, number>();
  #octets = 0;
  #lines = 0;
  #segment = "";

  /** Live messages by unique-id, oldest first. */
  get messages(): ReadonlyMap<string, BinMessage> {
    return this.#messages;
  }

  /** Octets of all live messages over the wire. */
  get octets(): number {
    return this.#octets;
  }

  /** Segments that were indexed, with how many of their messages live. */
  get segments(): ReadonlyMap<string, number> {
    return this.#live;
  }

  /** Whether a message with this id is here or was deleted not long ago. */
  has(uid: string): boolean {
    return this.#messages.has(uid) || this.#deletedAtMs.has(uid);
  }

  /**
   * Takes in what the file says. Returns how many octets of it count: a batch that is unfinished or
   * damaged, and all behind it, does not.
   *
   * @throws {SyntaxError} If it is of a version that this program does not know.
   */
  read(text: string): number {
    let good = 0;
    let batch: string[] = [];
    let at = 0;
    for (let lf = text.indexOf("\n"); lf >= 0; lf = text.indexOf("\n", at)) {
      const line = text.slice(at, lf);
      at = lf + 1;
      if (good === 0 && batch.length === 0) requireVersion(line);
      if (!line.startsWith("= ")) {
        batch.push(line);
      } else if (line !== endLine(batch) || !batch.every(isRecord)) {
        break;
      } else {
        this.apply(batch);
        batch = [];
        good = at;
      }
    }
    return good;
  }

  /** Takes in the lines of one batch. */
  apply(lines: readonly string[]): void {
    for (const line of lines) this.#apply(line);
    this.#lines += lines.length + 1;
  }

  /** Forgets, in memory, messages whose segment is gone; somebody else removed it. */
  forgetSegment(segment: string): readonly BinMessage[] {
    const lost = [...this.#messages.values()].filter((message) => message.segment === segment);
    for (const { uid } of lost) this.#drop(uid);
    return lost;
  }

  /** Whether more than half of the file, and more than a few lines, is of no use any more. */
  isWasteful(keepDeletedSinceMs: number): boolean {
    const useful = this.#messages.size +
      countWhere(this.#live.values(), (live) => live > 0) +
      countWhere(this.#deletedAtMs.values(), (atMs) => atMs >= keepDeletedSinceMs);
    return this.#lines > 2 * useful + 1000;
  }

  /** The whole file written anew, without what is of no use. */
  rewritten(keepDeletedSinceMs: number): string {
    const bySegment = Map.groupBy(this.#messages.values(), (message) => message.segment);
    const lines = [...bySegment].flatMap(([segment, messages]) => segmentLines(segment, messages));
    for (const [uid, atMs] of this.#deletedAtMs) {
      if (atMs >= keepDeletedSinceMs) lines.push(deletionLine(uid, atMs));
    }
    return batchText([VERSION_LINE, ...lines]);
  }

  /** What a file must begin with when this batch is its first. */
  withVersion(lines: readonly string[]): readonly string[] {
    return this.#lines === 0 ? [VERSION_LINE, ...lines] : lines;
  }

  #apply(line: string): void {
    const [kind, name = "", first, second, third] = line.split(" ");
    if (kind === "S") {
      this.#segment = name;
      this.#live.set(name, this.#live.get(name) ?? 0);
    } else if (kind === "M") {
      this.#add({
        uid: name,
        sizeOctets: Number(third),
        segment: this.#segment,
        start: Number(first),
        end: Number(second),
      });
    } else if (kind === "D") {
      this.#drop(name);
      this.#deletedAtMs.set(name, Number(first));
    }
  }

  #add(message: BinMessage): void {
    this.#messages.set(message.uid, message);
    this.#live.set(message.segment, (this.#live.get(message.segment) ?? 0) + 1);
    this.#octets += message.sizeOctets;
  }

  #drop(uid: string): void {
    const message = this.#messages.get(uid);
    if (message === undefined) return;
    this.#messages.delete(uid);
    this.#live.set(message.segment, (this.#live.get(message.segment) ?? 1) - 1);
    this.#octets -= message.sizeOctets;
  }
}

/** Whether `name` may name a segment: it becomes a file name and the beginning of unique-ids. */
export function isSegmentId(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,50}$/.test(name);
}

/** The lines for a segment and its messages. */
export function segmentLines(segment: string, messages: readonly BinMessage[]): string[] {
  const lines = messages.map(({ uid, start, end, sizeOctets }) =>
    `M ${uid} ${start} ${end} ${sizeOctets}`
  );
  return [`S ${segment}`, ...lines];
}

/** The line for a deleted message. */
export function deletionLine(uid: string, atMs: number): string {
  return `D ${uid} ${atMs}`;
}

/** Lines as the file has them, with the line that makes them count. */
export function batchText(lines: readonly string[]): string {
  return [...lines, endLine(lines), ""].join("\n");
}

/** A disk may change an octet: a place or an id that is another one would lose a message. */
function endLine(lines: readonly string[]): string {
  return `= ${lines.length} ${checksum(lines)}`;
}

/** Over the lines with an LF behind each. */
function checksum(lines: readonly string[]): string {
  let hash = fnv1a("");
  for (const line of lines) hash = fnv1a("\n", fnv1a(line, hash));
  return hash.toString(16).padStart(8, "0");
}

function isRecord(line: string): boolean {
  const [kind, name = "", ...numbers] = line.split(" ");
  const wanted = kind === "M" ? 3 : kind === "D" ? 1 : 0;
  const known = kind === "M" || kind === "D" || kind === "S" || line === VERSION_LINE;
  return known && (kind === "S" ? isSegmentId(name) : isUniqueId(name)) &&
    numbers.length === wanted && numbers.every((number) => /^\d{1,15}$/.test(number));
}

function requireVersion(line: string): void {
  if (/^V \d+$/.test(line) && line !== VERSION_LINE) {
    throw new SyntaxError(`Cannot read bin index: got ${line}, expected ${VERSION_LINE}`);
  }
}

function countWhere<T>(items: Iterable<T>, test: (item: T) => boolean): number {
  let count = 0;
  for (const item of items) if (test(item)) count++;
  return count;
}
