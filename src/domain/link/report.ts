import type { FlushReport } from "../queue/mod.ts";

/** Why a call was made. */
export type CallReason = "schedule" | "command" | "page" | "queue";

/** One account's share of a call (POPFetch). */
export interface AccountReport {
  /** `user@host`, as the page and the log name it. */
  readonly account: string;
  /** In words a person understands: "collected 3 messages", "the server refused the password". */
  readonly result: string;
  readonly ok: boolean;
  readonly waiting: number;
  readonly fetched: number;
  readonly skipped: number;
  readonly duds: number;
  readonly octets: number;
  readonly durationMs: number;
}

/** One ETRN sent to the upstream server (B10), or the ATRN in its place (RFC 2645). */
export interface EtrnReport {
  /** Of ATRN all that were asked for, with commas between. */
  readonly domain: string;
  readonly ok: boolean;
  /** The server's reply, or why there was none. */
  readonly result: string;
  /** Of ATRN alone: how many messages came. It is over with the report; nothing comes behind it. */
  readonly messages?: number;
}

/** The command by which mail was asked for. */
export function askedBy({ messages }: EtrnReport): "ATRN" | "ETRN" {
  return messages === undefined ? "ETRN" : "ATRN";
}

/** What one call did. */
export interface CallReport {
  readonly startedAtMs: number;
  readonly reason: CallReason;
  /** How the line came up; `failed` ends the call. */
  readonly line: "always up" | "dialled" | "joined" | "failed";
  readonly ok: boolean;
  /** One sentence for the page: "Collected 12 messages, sent 3, in 14 s". */
  readonly summary: string;
  readonly durationMs: number;
  readonly etrn: readonly EtrnReport[];
  readonly accounts: readonly AccountReport[];
  readonly flush: FlushReport | undefined;
}

/** What a call is doing right now, for the terminal and the page. */
export type CallProgress =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "etrn"; readonly report: EtrnReport }
  | {
    readonly kind: "account";
    readonly account: string;
    readonly phase: "connecting" | "listing" | "fetching" | "deleting" | "done";
    readonly messages: number;
    readonly messagesTotal: number;
    readonly octets: number;
    readonly octetsTotal: number;
  }
  | { readonly kind: "account done"; readonly report: AccountReport }
  | {
    readonly kind: "sent";
    readonly delivered: number;
    readonly waiting: number;
    /** Given up, and returned to their senders. */
    readonly failed: number;
  };

/** The work of a call, done by agents that this layer does not know. */
export interface CallTasks {
  /**
   * Asks upstream for waiting mail; empty if there is nobody to ask. With ATRN it comes before this
   * resolves.
   *
   * @param asked Called when the line may be used for other things too.
   */
  etrn(signal: AbortSignal, asked: () => void): Promise<readonly EtrnReport[]>;
  /** Collects from every account. */
  fetch(
    progress: (event: CallProgress) => void,
    signal: AbortSignal,
  ): Promise<readonly AccountReport[]>;
  /** Sends what waits for the world. */
  flush(signal: AbortSignal): Promise<FlushReport>;
  /** How many messages wait for the world. */
  waiting(): number;
  /** `clock.monotonic()` when something last happened that the far side began (ETRN's mail coming in). */
  lastInboundMs(): number;
}
