/** One `pf_user` line (S51). */
export interface FetchAccount {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  readonly tls: "pop3s" | "stls" | "none";
  /** Leave messages on the server for so many days; 0 deletes once delivered. */
  readonly keepDays: number;
  /** Everything goes to this address, whatever the header says. */
  readonly to?: string;
  /** Leave larger messages on the server; 0 takes all. Octets. */
  readonly maxOctets: number;
}

/** How POPFetch behaves. */
export interface PopfetchOptions {
  readonly accounts: readonly FetchAccount[];
  /** Header with the real recipients (S52); empty for the documents' order alone (B47). */
  readonly header: string;
  /** Domain put in place of every recipient's (S54); empty to keep it. */
  readonly domain: string;
  /** Caretaker for what finds no recipient (S56); empty if none. */
  readonly defaultAddress: string;
  /** Duds in a row before POPFetch stops itself (S55). */
  readonly maxDuds: number;
  /** Wait before trying again a server that could not be reached at once (S57), ms. */
  readonly retryDelayMs: number;
  /** Where duds.dat is kept (F21). */
  readonly workPath: string;
  /** Our name in the trace header. */
  readonly hostname: string;
}
