import type { Recipient } from "../../formats/envelope.ts";
import type { Clock, Log } from "../../platform/mod.ts";
import type { Spool, StoredMessage } from "../../store/mod.ts";
import type { Router } from "../routing/mod.ts";
import type { AgentKind } from "./deliveries.ts";
import type { DeliveryAgent } from "./mod.ts";
import type { NoticeOptions } from "./notices.ts";
import type { RetryPolicy } from "./retry.ts";

/** What a queue is made of. */
export interface QueueOptions {
  readonly spool: Spool;
  readonly router: Pick<Router, "resolve" | "isLocal">;
  readonly agents: Readonly<Record<AgentKind, DeliveryAgent>>;
  /** Whether mail for the world goes at once: the line is up, or always there. */
  readonly relayGate: { isOpen(): boolean };
  /** Whether it is suspended from the start: who suspended it remembers that over a restart. */
  readonly suspended?: boolean;
  /** Whether the domain of an address in the world is suspended (S21): its mail waits for ETRN. */
  readonly waitsForEtrn?: (address: string) => boolean;
  /** Of such mail: whether ATRN takes the place of ETRN. Only who looks at the queue is told. */
  readonly goesByAtrn?: (address: string) => boolean;
  /** allowdup: whether a maildrop gets a copy for each recipient that leads there. */
  readonly allowDuplicates: () => boolean;
  readonly retry: () => RetryPolicy;
  /** How many next hosts mail goes to at once; 20 if left out. */
  readonly relayConnections?: () => number;
  /** Over how many connections it goes to one of them, if much waits; one if left out. */
  readonly hostConnections?: () => number;
  readonly notices: () => NoticeOptions;
  /**
   * Takes a fetched message that has no other place to go: the caretaker (pf_dflt_address). It is
   * settled when this resolves; if it rejects, the message is held with the reason.
   */
  readonly undeliverable: (
    message: StoredMessage,
    recipient: Recipient,
    reason: string,
  ) => Promise<void>;
  /**
   * Told of each message that the last run of the program left, until the queue is loaded: nothing is
   * delivered before. The fetch journal is compared with their origins.
   */
  readonly found?: (message: StoredMessage) => void;
  readonly clock: Clock;
  readonly log: Log;
}
