import type { Chunks } from "../platform/mod.ts";

/** One message of a locked maildrop. */
export interface MaildropMessage {
  /** Unique-id, 1 to 70 characters, never reused (RFC 1939 section 7). */
  readonly uid: string;
  /** Exactly how many octets {@linkcode Maildrop.read} yields: every line with CRLF, not dot-stuffed. */
  readonly sizeOctets: number;
}

/** A locked maildrop: a fixed, numbered listing. Disposing it unlocks and changes nothing. */
export interface Maildrop extends AsyncDisposable {
  readonly messages: readonly MaildropMessage[];
  /** The message as it goes over the wire, CRLF line ends, From_ quoting undone. */
  read(uid: string): ReadableStream<Uint8Array>;
  /** Removes messages durably, all of them or (if it throws) none. */
  remove(uids: readonly string[]): Promise<void>;
}

/** Whether a message with this delivery id was delivered to a user before. */
export type DeliveredResult = "yes" | "no";

/** How much a user has waiting. */
export interface MailboxSize {
  readonly user: string;
  readonly messages: number;
  readonly octets: number;
}

/** All maildrops: drop files (mbox) that are burst into bins at login (F2, F3). */
export interface Maildrops {
  /**
   * Appends messages to a user's drop file, with one sync for all of them. All are there
   * afterwards, or (if it throws) none. `deliveryId` is written as `X-UIDL:` and becomes the unique-id.
   */
  deliver(
    user: string,
    messages: readonly {
      readonly deliveryId: string;
      readonly sender: string;
      readonly body: Chunks;
    }[],
  ): Promise<void>;
  /** Whether `deliver` got through before a crash; also when the user has deleted it since. */
  wasDelivered(user: string, deliveryId: string): Promise<DeliveredResult>;
  /** Locks a maildrop and bursts what was delivered; `undefined` if somebody else holds it. */
  lock(user: string): Promise<Maildrop | undefined>;
  /** Counts without locking. */
  size(user: string): Promise<MailboxSize>;
}
