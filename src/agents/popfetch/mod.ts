/**
 * POPFetch: collects mail from POP3 mailboxes at the provider and hands it to the right people.
 *
 * The order that makes it exactly once: the message is durable in the spool, then noted in the
 * journal, then nobody has been told yet; only then DELE, all at the end, and QUIT. A session that
 * ends anywhere before is taken up by the next one from the journal, by unique-id.
 *
 * @module
 */
export { annotated, type Note } from "./annotate.ts";
export type { FetchAccount, PopfetchOptions } from "./options.ts";
export { accountName, createPopfetch, type Popfetch, type PopfetchDeps } from "./popfetch.ts";
export { repairJournal, type SpooledOrigin } from "./repair.ts";
