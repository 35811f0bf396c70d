import type { SmtpdOptions } from "./mod.ts";
import type { IncomingMessage } from "./receive.ts";
import type { Parameters } from "./path_command.ts";
import type { Client, Reply } from "./replies.ts";

/** A session as its server sees it. */
export interface Session {
  /** For how long the client has owed us something, in ms; 0 while it waits for us. */
  readonly idleMs: number;
  readonly idleTimeoutMs: number;
  /** Whether it is over but for the client's closing its side. */
  readonly isClosing: boolean;
  /** Whether a message is under way, from MAIL to the reply to its end. */
  readonly inTransaction: boolean;
  /** Sends the client away with a 421. */
  dismiss(reply: (options: SmtpdOptions) => Reply): void;
  /** Ends the connection at once; a message under way is lost to us and kept by the client. */
  destroy(): void;
}

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
  /** Whether there is room for one more; called before `opened`. */
  hasRoom(): boolean;
  opened(session: Session): void;
  closed(session: Session): void;
  activity(address: string): void;
  /** Whether a client is let in; asked once, before the greeting. The reply sends it away. */
  welcome(client: Client): Reply | undefined;
  sender(request: SenderRequest, client: Client): Promise<Reply>;
  recipient(request: RecipientRequest, client: Client): Promise<Reply>;
  /** Checks a password for AUTH. */
  login(
    credentials: { readonly user: string; readonly password: string },
    client: Client,
  ): Promise<LoginResult>;
  /** Answers VRFY and EXPN. */
  verify(line: string, client: Client): Promise<Reply>;
  etrn(line: string, client: Client): Promise<Reply>;
  message(message: IncomingMessage, options: SmtpdOptions): Promise<Reply>;
  /** A session ended in an error: a client that went away, mostly. */
  failed(error: Error): void;
  /** The server itself cannot go on accepting: no more file descriptors, for example. */
  listenerFailed(error: Error): void;
}
