import type { Accounts } from "../../domain/accounts/mod.ts";
import type { Guard, LoginThrottle } from "../../domain/guard/mod.ts";
import type { Pop3Reply } from "../../formats/pop3.ts";
import type { Clock, Log } from "../../platform/mod.ts";
import type { Maildrops } from "../../store/mod.ts";
import type { Pop3dOptions } from "./options.ts";
import type { Output } from "./output.ts";
import type { Transaction } from "./transaction.ts";

/** Where a session stands (RFC 1939 section 3). */
export type State =
  /** AUTHORIZATION, before USER. */
  | { readonly kind: "greeted" }
  /** AUTHORIZATION, after USER. */
  | { readonly kind: "named"; readonly user: string }
  /** TRANSACTION. */
  | { readonly kind: "open"; readonly mail: Transaction }
  | Over;

/** The session is at its end, and why; the connection is closed next. */
export interface Over {
  readonly kind: "over";
  readonly why: string;
}

/** AUTHORIZATION. */
export type AuthorizationState = State & { readonly kind: "greeted" | "named" };

/** TRANSACTION. */
export type TransactionState = State & { readonly kind: "open" };

/** What the commands of one session work with. */
export interface SessionContext {
  /** As they were when the session began. */
  readonly options: Pop3dOptions;
  readonly maildrops: Maildrops;
  readonly accounts: Accounts;
  readonly throttle: LoginThrottle;
  readonly guard: Pick<Guard, "bans" | "recentLogins">;
  readonly clock: Clock;
  readonly log: Log;
  /** Address of the client. */
  readonly from: string;
  /** Address of ours it connected to: it may stand for a virtual domain (B32). */
  readonly to: string;
  readonly output: Output;
  /** Answers a command that no proper client sends; too many of them end the session. */
  refuse(reply: Pop3Reply): Promise<void>;
  /** Ends what waits when the session is ended from outside. */
  readonly signal: AbortSignal;
}

/**
 * Carries out one command in a state `S`: answers it and says where the session stands then.
 * `argument` is all that followed the keyword and a space.
 */
export type Handler<S extends State> = (
  context: SessionContext,
  argument: string,
  state: S,
) => Promise<State>;

/** The commands of one state by keyword. */
export type CommandTable<S extends State> = Readonly<Record<string, Handler<S>>>;
