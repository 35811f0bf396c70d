/**
 * The status page: what the line is doing, what came, what waits, and a button to call now.
 *
 * @module
 */
import type {
  AccountReport,
  CallProgress,
  CallReason,
  CallReport,
  LinkState,
} from "../../domain/link/mod.ts";
import type { QueueEntry } from "../../domain/queue/mod.ts";
import type { LogLevel } from "../../platform/mod.ts";
import type { MailboxSize } from "../../store/mod.ts";

/** Everything the page shows, at one moment. */
export interface StatusSnapshot {
  readonly atMs: number;
  readonly hostname: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly line: {
    readonly state: LinkState;
    /** "always up", "dialled when needed": what kind of line it is. */
    readonly description: string;
    readonly sinceMs: number;
    /** When the next call is due; `undefined` if none is scheduled. */
    readonly nextCallMs: number | undefined;
    /** The call in progress, latest event of each account. */
    readonly call: {
      readonly startedAtMs: number;
      readonly reason: CallReason;
      readonly events: readonly CallProgress[];
    } | undefined;
  };
  readonly lastCall: CallReport | undefined;
  /** The last result of every account, also from earlier calls. */
  readonly accounts: readonly (AccountReport & { readonly atMs: number })[];
  /** How many accounts are to be collected; before the first call none has a result. */
  readonly accountsTotal: number;
  readonly queue: readonly QueueEntry[];
  /** How many are in the queue; `queue` holds the first hundred. */
  readonly queueTotal: number;
  /** Whether outgoing mail is suspended: nothing goes, whatever the line does. */
  readonly suspended: boolean;
  readonly users: readonly MailboxSize[];
  readonly servers: readonly {
    readonly name: string;
    readonly listening: readonly string[];
    readonly sessions: number;
  }[];
  /** The certificate that clients are shown: SHA-256 as `AB:CD:…`, and its end. */
  readonly certificate: { readonly fingerprint: string; readonly notAfterMs: number };
  /** How many addresses are kept out for what they did. */
  readonly banned: number;
  /** Whether {@linkcode StatusSource.checkPassword} can say "right": the page tells how to set it. */
  readonly passwordSet: boolean;
  /** Problems of the configuration as it was last read, `file:line: text`. */
  readonly problems: readonly { readonly severity: "warning" | "error"; readonly text: string }[];
  /** The latest log lines, newest last. */
  readonly log: readonly {
    readonly atMs: number;
    readonly program: string;
    readonly level: LogLevel;
    readonly text: string;
  }[];
}

/** Where the page gets what it shows, and what it may set going. */
export interface StatusSource {
  snapshot(): Promise<StatusSnapshot>;
  /** Ticks when something changed, at most twice a second; ends with `signal`. */
  changes(signal: AbortSignal): AsyncIterable<void>;
  /** Whether the manager password is set and this is it (C7). */
  checkPassword(password: string): Promise<"right" | "wrong" | "not set">;
  /** Begins a call if none is running. */
  callNow(): "started" | "already running";
}

/** Where and for whom the page is. */
export interface HttpdOptions {
  readonly host: string;
  readonly port: number;
  /** Domains whose names (and names below them) the page may be called by, beside its addresses. */
  readonly hostnames?: readonly string[];
  /** Zone of the times on the page, as `Europe/Oslo`; the machine's own if absent. */
  readonly timeZone?: string;
}

/** A running page. Disposing it stops listening and ends live connections. */
export interface Httpd extends AsyncDisposable {
  /** `address:port`, for people. */
  readonly listening: string;
  /** How many browsers have the page open and are told of changes. */
  readonly sessions: number;
}

export { type HttpdParts, startHttpd } from "./server.ts";
