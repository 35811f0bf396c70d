/**
 * Mail bombs (2.2): the same message again and again. Of such messages `bomb_max` are taken, and
 * then `bomb_dec` an hour; the others are refused for now, so that nothing is lost if the suspicion
 * is wrong, and the first of them are kept in `bomb_dir` for the administrator.
 *
 * @module
 */
import type { HeaderBlock } from "../../formats/header.ts";
import type { IpList } from "../../formats/ip_list.ts";
import type { WildcardList } from "../../formats/wildcard.ts";

export { type BombDependencies, createBombs } from "./bombs.ts";

/** What is a mail bomb. */
export interface BombOptions {
  /** Equal messages that are taken one after the other; 0 suspects nothing. */
  readonly max: number;
  /** How many more are taken each hour. */
  readonly decreasePerHour: number;
  /** How many messages are remembered. */
  readonly maxEntries: number;
  /** Where suspected messages are put. */
  readonly directory: string;
  /** Senders who are never suspected, and recipients, if all of a message are. */
  readonly exceptFrom: WildcardList;
  readonly exceptTo: WildcardList;
  /** Addresses that are never suspected; permissive lists. */
  readonly exceptIp: IpList;
}

/** A message on its way in. */
export interface SuspectMessage {
  readonly sender: string;
  readonly recipients: readonly string[];
  /** The client's. */
  readonly address: string;
  readonly header: HeaderBlock;
}

/** What is thought of a message. */
export type BombVerdict =
  /** `message` is the same message: its beginning was read. */
  | { readonly kind: "unsuspected"; readonly message: HeaderBlock }
  /** It is to be refused for now. */
  | { readonly kind: "suspected" };

/** Counts equal messages, whoever they are for: many recipients of one message are one. */
export interface Bombs {
  /**
   * Counts a message. Of one that is suspected, as much as is kept for the administrator is read.
   *
   * @throws What reading the message throws.
   */
  judge(message: SuspectMessage): Promise<BombVerdict>;
}
