/**
 * Bytes that must survive: spool, maildrops, fetch journal, line ledger, the user database's files.
 * Opening each finishes or undoes what a crash interrupted.
 *
 * @module
 */
export type {
  QueueId,
  RecipientState,
  Spool,
  SpoolItem,
  SpoolState,
  StoredMessage,
} from "./spool_types.ts";
export type {
  DeliveredResult,
  MailboxSize,
  Maildrop,
  MaildropMessage,
  Maildrops,
} from "./maildrop_types.ts";
export type { FetchedState, FetchJournal } from "./journal_types.ts";
