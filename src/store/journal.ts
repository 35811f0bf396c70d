import type { Database, Row } from "../platform/mod.ts";

/** How far a message on a provider's server has come (src/README.md, "Fetch"). */
export type FetchedState =
  /** It is durable here under `queueId`; DELE may be sent. */
  | {
    readonly kind: "stored";
    readonly queueId: string;
    readonly atMs: number;
    /** Knows the message again when the server has given it another unique-id. */
    readonly fingerprint?: string;
  }
  /** It could not be delivered anywhere and was kept in duds.dat (B50). */
  | { readonly kind: "dud"; readonly atMs: number; readonly fingerprint?: string };

/** A message in the journal. */
export interface JournalEntry {
  readonly uidl: string;
  readonly state: FetchedState;
}

/** What was fetched from each account, so that nothing comes twice. Every change is durable at once. */
export interface FetchJournal {
  get(account: string, uidl: string): FetchedState | undefined;
  /** Everything noted for an account. */
  entries(account: string): readonly JournalEntry[];
  /** Notes messages, all in one commit; what was noted under the same name is replaced. */
  set(account: string, entries: readonly JournalEntry[]): void;
  /** After an orderly QUIT: forgets what is no longer on the server. */
  keepOnly(account: string, uidls: readonly string[]): void;
}

/** Opens the journal in `database`, making its table if there is none. */
export function openJournal(database: Database): FetchJournal {
  database.exec(`CREATE TABLE IF NOT EXISTS fetched (
    account TEXT NOT NULL,
    uidl TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('stored', 'dud')),
    queue_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (account, uidl)
  ) STRICT, WITHOUT ROWID`);

  const journal: FetchJournal = {
    get(account, uidl) {
      const row = database.get(
        "SELECT * FROM fetched WHERE account = ? AND uidl = ?",
        account,
        uidl,
      );
      return row && stateOf(row);
    },

    entries: (account) =>
      database.all("SELECT * FROM fetched WHERE account = ? ORDER BY uidl", account)
        .map((row) => ({ uidl: String(row.uidl), state: stateOf(row) })),

    set(account, entries) {
      database.transaction(() => {
        for (const { uidl, state } of entries) {
          database.run(
            "INSERT OR REPLACE INTO fetched VALUES (?, ?, ?, ?, ?, ?)",
            account,
            uidl,
            state.kind,
            state.kind === "stored" ? state.queueId : "",
            Math.trunc(state.atMs),
            state.fingerprint ?? "",
          );
        }
      });
    },

    keepOnly(account, uidls) {
      const kept = new Set(uidls);
      const gone = journal.entries(account).filter(({ uidl }) => !kept.has(uidl));
      if (gone.length === 0) return; // A commit costs a sync.
      database.transaction(() => {
        for (const { uidl } of gone) {
          database.run("DELETE FROM fetched WHERE account = ? AND uidl = ?", account, uidl);
        }
      });
    },
  };
  return journal;
}

function stateOf(row: Row): FetchedState {
  const common = {
    atMs: Number(row.at_ms),
    ...(row.fingerprint === "" ? {} : { fingerprint: String(row.fingerprint) }),
  };
  return row.kind === "dud"
    ? { kind: "dud", ...common }
    : { kind: "stored", queueId: String(row.queue_id), ...common };
}
