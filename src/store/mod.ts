/**
 * Bytes that must survive: spool, maildrops, fetch journal, the user database's files.
 * Opening each finishes or undoes what a crash interrupted.
 *
 * @module
 */
export type {
  FoundMessage,
  KnownIds,
  QueueId,
  RecipientState,
  Spool,
  SpoolChanges,
  SpoolItem,
  SpoolOptions,
  SpoolState,
  StoredMessage,
} from "./spool.ts";
export { openSpool } from "./spool_disk.ts";
export { isQueueId } from "./spool_id.ts";
export type { Maildrop, MaildropMessage } from "./maildrop.ts";
export { isMaildropName } from "./maildrop_name.ts";
export {
  dropDirectories,
  type DropDirectory,
  type MaildropLayout,
  maildropNameAt,
  type MaildropPaths,
  maildropPaths,
  type VirtualDrop,
} from "./maildrop_layout.ts";
export {
  type ForwardFilesOptions,
  ForwardFileStore,
  type ForwardOwner,
  type FoundForwardFile,
} from "./forward_files.ts";
export { type LayoutComplaint, layoutComplaints } from "./layout_complaints.ts";
export type { MaildropLimits, Room } from "./room.ts";
export {
  type MailboxSize,
  type Maildrops,
  type MaildropsOptions,
  openMaildrops,
} from "./maildrops.ts";
export { NotAMailFileError } from "./mail_file.ts";
export { type MailFiles, type MailFilesOptions, openMailFiles } from "./mail_files.ts";
export type { Delivery } from "./mbox_text.ts";
export { openSystemUsers, type SystemUsers } from "./system_users.ts";
export { type FetchedState, type FetchJournal, type JournalEntry, openJournal } from "./journal.ts";
export { type Nwauth, type NwauthChange, type NwauthOptions, openNwauth } from "./nwauth.ts";
