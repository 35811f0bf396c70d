/** How far a message on a provider's server has come (src/README.md, "Fetch"). */
export type FetchedState =
  /** It is durable here under `queueId`; DELE may be sent. */
  | { readonly kind: "stored"; readonly queueId: string; readonly atMs: number }
  /** It could not be delivered anywhere and was kept in duds.dat (B50). */
  | { readonly kind: "dud"; readonly atMs: number };

/** What was fetched from each account, so that nothing comes twice. Every change is durable at once. */
export interface FetchJournal {
  get(account: string, uidl: string): FetchedState | undefined;
  /** Notes messages as stored, all in one commit. */
  set(
    account: string,
    entries: readonly { readonly uidl: string; readonly state: FetchedState }[],
  ): void;
  /** After an orderly QUIT: forgets what is no longer on the server. */
  keepOnly(account: string, uidls: readonly string[]): void;
}
