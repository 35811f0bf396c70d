import type { SpooledOrigin } from "../agents/popfetch/mod.ts";
import type { FetchJournal, StoredMessage } from "../store/mod.ts";

/**
 * Where the messages came from that the last run of the program left in the queue, as far as somebody
 * has to know: the rest of a long queue would only take up memory.
 */
export class LeftBehind {
  readonly #journal: Pick<FetchJournal, "get">;
  readonly #fetched: SpooledOrigin[] = [];
  readonly #local = new Map<string, Pick<StoredMessage, "origin">>();

  constructor(journal: Pick<FetchJournal, "get">) {
    this.#journal = journal;
  }

  add({ id, origin, submittedAtMs }: StoredMessage): void {
    if (origin.kind === "local") this.#local.set(origin.by, { origin });
    if (origin.kind !== "fetched" || this.#journal.get(origin.account, origin.uidl)) return;
    this.#fetched.push({ id, origin, submittedAtMs });
  }

  /** Fetched messages that the journal does not know. */
  get fetched(): readonly SpooledOrigin[] {
    return this.#fetched;
  }

  /** What was made here, one of each kind. */
  get local(): readonly Pick<StoredMessage, "origin">[] {
    return [...this.#local.values()];
  }
}
