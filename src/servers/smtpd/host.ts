import type { SmtpdOptions } from "./mod.ts";
import type { IncomingMessage } from "./receive.ts";
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

/** What a session asks the server for. */
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
  recipient(address: string, client: Client): Promise<Reply>;
  etrn(line: string): Promise<Reply>;
  message(message: IncomingMessage, options: SmtpdOptions): Promise<Reply>;
  /** A session ended in an error: a client that went away, mostly. */
  failed(error: Error): void;
  /** The server itself cannot go on accepting: no more file descriptors, for example. */
  listenerFailed(error: Error): void;
}
