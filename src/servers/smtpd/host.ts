import type { AtrnAnswer } from "./atrn.ts";
import type { CramResponse } from "./auth_exchange.ts";
import type { SmtpdOptions } from "./mod.ts";
import type { IncomingMessage } from "./receive.ts";
import type { Parameters } from "./path_command.ts";
import type { Client, Reply } from "./replies.ts";
import type { Dismissal, SessionLimits } from "./session_limits.ts";

/** A session as its server sees it. */
export interface Session {
  /** The client as it is known at the moment. */
  readonly client: Client;
  readonly state: SessionState;
  /** Envelope sender of the message under way; empty for a bounce, `undefined` if there is none. */
  readonly sender: string | undefined;
  readonly limits: Pick<SessionLimits, "accepted" | "openedMs">;
  /** Why it should be ended now: silent, too slow, or too long. */
  readonly overdue: Dismissal | undefined;
  /** Whether the client has taken its leave. */
  readonly hasQuit: boolean;
  /** Whether it is over but for the client's closing its side. */
  readonly isClosing: boolean;
  /** Whether a message is under way, from MAIL to the reply to its end. */
  readonly inTransaction: boolean;
  /** Sends the client away, usually with a 421. */
  dismiss(reply: Dismissal): void;
  /** Ends the connection at once; a message under way is lost to us and kept by the client. */
  destroy(): void;
}

/** What a session is about. */
export type SessionState =
  | "waits for a command"
  | "works on a command"
  | "receives a message"
  | "gets its mail by ATRN"
  | "waits for the client to leave";

/** A MAIL command, whose syntax is right. */
export interface SenderRequest {
  /** Empty for a bounce. */
  readonly address: string;
  readonly parameters: Parameters;
}

/** A RCPT command, whose syntax is right. */
export interface RecipientRequest {
  readonly address: string;
  /** What MAIL said: the sender, and the size in octets if it declared one. */
  readonly sender: string;
  readonly declaredOctets: number | undefined;
  /** How many recipients the message has already. */
  readonly index: number;
}

/** What came of a password. */
export type LoginResult =
  | { readonly kind: "accepted"; readonly user: string }
  | { readonly kind: "refused"; readonly reply: Reply };

/** What a session asks the server for. A refusal is a reply of 400 or above. */
export interface Host {
  readonly options: () => SmtpdOptions;
  /** True once the server is going down: no new message is begun. */
  readonly draining: boolean;
  /** `clock.monotonic()`. */
  monotonic(): number;
  opened(session: Session): void;
  /** It is over but for the client's leaving; perhaps said more than once, or never. */
  leaving(session: Session): void;
  closed(session: Session): void;
  activity(address: string): void;
  /**
   * Whether a client is let in; asked once, before `opened` and the greeting. What it returns is
   * said in place of the greeting, and the connection closed.
   */
  welcome(client: Client): Dismissal | undefined;
  /** How long a client waits for its greeting; `undefined` for one that is greeted at once. */
  greetDelay(client: Client, signal: AbortSignal): Promise<void> | undefined;
  /**
   * Whether a client may say AUTH: not where the password could be read by others. One who may not
   * is answered 538 5.7.11, or 503 if it has logged in already.
   */
  mayUseAuth(client: Client): boolean;
  /**
   * Whether a client may log in by CRAM-MD5: where mail is only handed out, but there without TLS too,
   * for it shows nobody the secret. Elsewhere mail programs would choose it that have none.
   */
  mayUseCram(client: Client): boolean;
  /** Whether EHLO names AUTH; never to those who may not use it. */
  offersAuth(client: Client): boolean;
  /** Whether anybody gets mail by ATRN. */
  readonly knowsAtrn: boolean;
  /** Whether EHLO names ATRN; never to those who could not use it. */
  offersAtrn(client: Client): boolean;
  /** Whether EHLO and HELP name ETRN; never to those who may not use it. */
  offersEtrn(client: Client): boolean;
  /** The client broke the protocol so that it was sent away: what an abuser does. */
  misbehaved(client: Client): void;
  sender(request: SenderRequest, client: Client): Promise<Reply>;
  recipient(request: RecipientRequest, client: Client): Promise<Reply>;
  /** Checks a password for AUTH. */
  login(
    credentials: { readonly user: string; readonly password: string },
    client: Client,
  ): Promise<LoginResult>;
  /** Makes a challenge for CRAM-MD5; `undefined` if nobody logs in by it. */
  readonly cramChallenge: (() => string) | undefined;
  /** Checks the response to such a challenge. */
  loginByDigest(response: CramResponse, client: Client): Promise<LoginResult>;
  /** Answers VRFY and EXPN. */
  verify(line: string, client: Client): Promise<Reply>;
  /** Answers ETRN. */
  etrn(line: string, client: Client): Reply;
  /** Answers ATRN; of a connection that is turned round only its end is told here. */
  atrn(line: string, client: Client): AtrnAnswer;
  /** Aborted when the server goes down. */
  readonly goingDown: AbortSignal;
  message(message: IncomingMessage, options: SmtpdOptions): Promise<Reply>;
  /** A session ended in an error: a client that went away, mostly. */
  failed(error: Error): void;
  /** The server itself cannot go on accepting: no more file descriptors, for example. */
  listenerFailed(error: Error): void;
}
