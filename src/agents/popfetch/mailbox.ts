import { type HeaderField, readHeader } from "../../formats/header.ts";
import type { FetchedState, FetchJournal } from "../../store/mod.ts";
import type { Pop3Client } from "./client.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Listed } from "./listing.ts";
import { inTurn } from "./pipeline.ts";
import { copyId, type Identity } from "./take_message.ts";

/** A message of the mailbox and what the journal knows of it. */
export interface MailboxItem extends Listed {
  /** The journal's name for it; `undefined` until its header was seen. */
  id: string | undefined;
  /** What became of it before. */
  state: FetchedState | undefined;
  /** Whether the journal may mean another message: the header must be compared first. */
  doubtful: boolean;
}

/** A header beyond that is endless, in octets. What {@linkcode readHeader} leaves is passed over. */
const MAX_TOP_OCTETS = 16 * 1024 * 1024;

/** How many TOP may be under way at once. */
const TOP_WINDOW = 32;

/**
 * What a mailbox holds, seen through the journal.
 *
 * A unique-id names a message. Where the server gives none, or one to several messages, which only
 * identical copies may share (RFC 1939 section 7), the fingerprint stands in: of two that share an
 * id, the one that is left tomorrow might be either. The space-numbered repetition of a fingerprint
 * names another copy.
 */
export class Mailbox {
  readonly items: readonly MailboxItem[];
  readonly #account: string;
  readonly #journal: FetchJournal;
  readonly #taken = new Set<string>();
  /** Messages the server does not list, or not for certain, under the id they were taken by. */
  readonly #lostIds = new Map<string, FetchedState>();

  private constructor(account: string, listed: readonly Listed[], journal: FetchJournal) {
    this.#account = account;
    this.#journal = journal;
    const shared = sharedUidls(listed);
    this.items = listed.map((message) =>
      this.#item(shared.has(message.uidl) ? { ...message, uidl: undefined } : message)
    );
    const certain = new Set(this.items.filter(({ doubtful }) => !doubtful).map(({ id }) => id));
    for (const { uidl, state } of journal.entries(account)) {
      if (state.fingerprint !== undefined && !certain.has(uidl)) {
        this.#lostIds.set(state.fingerprint, state);
      }
    }
  }

  /** Looks the listed messages up, by their headers where the server gives no unique-ids. */
  static async open(
    { client, account, journal }: {
      readonly client: Pop3Client;
      readonly account: string;
      readonly journal: FetchJournal;
    },
    listed: readonly Listed[],
  ): Promise<Mailbox> {
    const mailbox = new Mailbox(account, listed, journal);
    // With an empty journal nothing can be known: the headers come with the messages.
    if (journal.entries(account).length > 0) {
      const unclear = ({ id, doubtful, state }: MailboxItem) =>
        id === undefined || (doubtful && state !== undefined);
      await mailbox.#lookAtHeaders(client, mailbox.items.filter(unclear));
    }
    return mailbox;
  }

  /** Says who a message is, from its header, and whether it was taken before. */
  async identify(item: MailboxItem, fields: readonly HeaderField[]): Promise<Identity> {
    const { text: fingerprint, distinct } = await fingerprintOf(fields, item.octets);
    if (item.id === undefined) this.#name(item, `=${fingerprint}`);
    if (item.doubtful && item.state?.fingerprint !== fingerprint) item.state = undefined;
    item.doubtful = false;
    const id = item.id ?? `=${fingerprint}`;
    const lost = this.#lostIds.get(fingerprint);
    this.#lostIds.delete(fingerprint); // Each lost id stands for one message.
    if (item.state !== undefined) return { id, fingerprint, known: true };
    if (lost === undefined || !distinct) return { id, fingerprint, known: false };
    // The server has given it another id since it was taken.
    this.#journal.set(this.#account, [{ uidl: id, state: lost }]);
    item.state = lost;
    return { id, fingerprint, known: true };
  }

  /**
   * After an orderly QUIT: forgets all but what is still there. If a message that stays has no name
   * yet nothing is forgotten, it might be that one. Nor is it if nothing was listed: a server whose
   * own disk is away lists nothing, and all of it the next day.
   */
  forgetAllBut(left: readonly MailboxItem[]): void {
    if (this.items.length === 0) return;
    const ids = left.flatMap(({ id }) => id === undefined ? [] : [id, copyId(id)]);
    if (left.every(({ id }) => id !== undefined)) this.#journal.keepOnly(this.#account, ids);
  }

  #item(listed: Listed): MailboxItem {
    const item: MailboxItem = {
      ...listed,
      id: undefined,
      state: undefined,
      // Some servers answer UIDL with the session's numbers, which mean other messages tomorrow.
      doubtful: listed.uidl === String(listed.number),
    };
    if (listed.uidl !== undefined) this.#name(item, listed.uidl);
    return item;
  }

  #name(item: MailboxItem, base: string): void {
    let id = base;
    for (let copy = 2; this.#taken.has(id); copy++) id = `${base} ${copy}`;
    this.#taken.add(id);
    item.id = id;
    item.state = this.#journal.get(this.#account, id);
    if (item.state?.fingerprint !== undefined) this.#lostIds.delete(item.state.fingerprint);
  }

  async #lookAtHeaders(client: Pop3Client, items: readonly MailboxItem[]): Promise<void> {
    const command = ({ number }: MailboxItem) => `TOP ${number} 0`;
    for await (const { item, reply } of inTurn(client, items, command, { commands: TOP_WINDOW })) {
      if (!reply.ok) continue; // Without TOP the header is seen when the message comes.
      const { fields } = await readHeader(client.body(MAX_TOP_OCTETS));
      await this.identify(item, fields);
    }
  }
}

function sharedUidls(listed: readonly Listed[]): ReadonlySet<string | undefined> {
  const [seen, shared] = [new Set<string | undefined>(), new Set<string | undefined>()];
  for (const { uidl } of listed) (seen.has(uidl) ? shared : seen).add(uidl);
  return shared;
}
