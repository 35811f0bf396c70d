import type { Envelope, Origin } from "../formats/envelope.ts";
import type { Chunks, Clock, Files, Log, Random } from "../platform/mod.ts";

/** Names a message for its whole life in the appliance; sorts by time of arrival. */
export type QueueId = string & { readonly __brand: "QueueId" };

/** A message in the spool. It never changes; what happens to it is its {@linkcode SpoolState}. */
export interface StoredMessage {
  readonly id: QueueId;
  readonly envelope: Envelope;
  readonly origin: Origin;
  readonly submittedAtMs: number;
  /** Octets of header and body, with CRLF line ends. */
  readonly sizeOctets: number;
  /** The header and body; each call reads from the start. Whoever stops early ends the iteration. */
  open(): AsyncIterable<Uint8Array>;
}

/** What happened to one envelope recipient so far. */
export interface RecipientState {
  readonly address: string;
  /** Keys of the destinations that have it already; with `!` before it, of those given up. */
  readonly settled: readonly string[];
  /** Whether nothing is left to do. */
  readonly finished: boolean;
  readonly attempts: number;
  /** When delivery was tried first; 0: never. */
  readonly firstAttemptMs: number;
  /** When it was tried last; 0: never. */
  readonly lastAttemptMs: number;
  /** For how long it was tried, as max_retrytime counts it (B6). */
  readonly agedMs: number;
  /** Not before this moment; 0: as soon as possible. */
  readonly nextAttemptMs: number;
  readonly lastReason: string;
  /** Whether the sender was told that it is late (NOTIFY=DELAY). */
  readonly toldOfDelay?: boolean;
}

/** What changes about a queued message. */
export interface SpoolState {
  readonly held: boolean;
  /** In the order of the envelope's recipients. */
  readonly recipients: readonly RecipientState[];
}

/** A message of the spool, with what happened to it. */
export interface FoundMessage {
  readonly kind: "found";
  readonly message: StoredMessage;
  /** `undefined`: nothing was tried, or a crash came first. */
  readonly state: SpoolState | undefined;
}

/** A message as it is on disk at the moment. */
export type SpoolItem =
  | FoundMessage
  /** Its file was removed, or moved away. */
  | { readonly kind: "gone" }
  /** Its file, or the one of its state, is not what a spool writes, or not for us to read. */
  | { readonly kind: "damaged"; readonly reason: string };

/** What somebody has done to the files of the spool by hand (F9). */
export interface SpoolChanges {
  /** Messages that were put there, oldest first. */
  readonly appeared: readonly QueueId[];
  readonly gone: readonly QueueId[];
  /** Something is being written at the moment: another look soon will find it whole. */
  readonly unsettled: boolean;
}

/**
 * Queued messages on disk. One that waits is a file, readable with `cat` (F9); those on their way
 * through share a log. Disposing it makes files of all.
 */
export interface Spool extends AsyncDisposable {
  /**
   * Stores a message. When it resolves the message survives a power cut.
   *
   * @throws Any failure of the disk or of `body`; nothing is left behind.
   */
  commit(
    draft: { readonly id: QueueId; readonly envelope: Envelope; readonly origin: Origin },
    body: Chunks,
  ): Promise<StoredMessage>;
  /** Makes a new id. */
  newId(): QueueId;
  /** Notes durably what happened to a message. */
  saveState(id: QueueId, state: SpoolState): Promise<void>;
  /** Removes a message that is done with, durably. */
  remove(id: QueueId): Promise<void>;
  /** The file that has a message, its own or the log, whole path, for people to look at. */
  fileOf(id: QueueId): string;
  /** Whether a message is still there: administrators remove queue files by hand (F9). */
  has(id: QueueId): Promise<boolean>;
  /**
   * Everything in the spool, oldest first; what cannot be read is left where it is. Clears away what a
   * crash left, so it is called once, before the first {@linkcode commit}.
   *
   * @param unreadable Told of what cannot be read, and why.
   */
  load(unreadable?: (id: QueueId, reason: string) => void): AsyncIterable<FoundMessage>;
  /**
   * A message of the spool as it is now: administrators may change it.
   *
   * @throws Any failure of the disk.
   */
  read(id: QueueId): Promise<SpoolItem>;
  /**
   * What was put there and removed by hand, compared with the messages that are `known`. Removes
   * states that have had no message for a month. Costs next to nothing if nothing has changed.
   *
   * @throws Any failure of the disk.
   */
  look(known: KnownIds): Promise<SpoolChanges>;
  /** Makes files of messages that were not done with soon. Called once a minute or so; never rejects. */
  tidy(): Promise<void>;
}

/** The messages that a queue knows of. */
export interface KnownIds {
  has(id: QueueId): boolean;
  keys(): Iterable<QueueId>;
}

/** What a spool is made of. */
export interface SpoolOptions {
  /** Directory of the queue files, `<work_path>/queue`; made if it is missing. */
  readonly path: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How large a log of messages on their way through grows before a new one; 16 MiB if left out. */
  readonly segmentOctets?: number;
}
