/**
 * The queue: every message this appliance has promised to deliver. One door in
 * ({@linkcode Queue.submit}), one commit point (the spool), agents that carry out.
 *
 * `queue.ts` puts the parts together; a message goes through them in this order.
 *
 * - What there is: `kept` has an `entry` of each message, and an `item` of those that something is
 *   done with; `parking` carries over what an entry must know, `domains` what it goes to. `arrivals`
 *   finds what lies in the spool.
 * - When: `agenda` knows what is due, and its `alarm` wakes it. `supply` reads that, from the
 *   `backlog` as the `window` has room (the active queue of Postfix); `passes` has it routed, some at
 *   a time.
 * - Where: `routes` asks the router and makes `job`s. `lane_finder` finds which share a host, `lanes`
 *   gives each lane its turn, `dead_lanes` knows who does not answer, `deliveries` hands over to the
 *   agents; `passed_on` is what the next server is asked to tell the sender.
 * - What came of it: `settling` notes it by the rules of `outcomes` and `retry`; `conclusions` ends a
 *   job, after a `gathering` with others of its message; `teller` tells the sender with `notices`.
 * - Who asks: `flush` and `flushes` for mail to be sent now, `changes`, `listing` and `shown` for
 *   people.
 *
 * @module
 */
export type { AgentKind } from "./deliveries.ts";
export type { NoticeOptions } from "./notices.ts";
export type { DsnRequest } from "./passed_on.ts";
export { openQueue } from "./queue.ts";
export type { QueueOptions } from "./queue_options.ts";
export type { RetryPolicy } from "./retry.ts";

import type { Envelope, Origin, Recipient } from "../../formats/envelope.ts";
import type { Chunks } from "../../platform/mod.ts";
import type { QueueId, StoredMessage } from "../../store/mod.ts";
import type { Destination } from "../routing/mod.ts";
import type { DsnRequest } from "./passed_on.ts";

/** A message on its way in. */
export interface Submission {
  readonly envelope: Envelope;
  readonly origin: Origin;
  /** Header lines to put before the body once the id is known: Received and the like. */
  readonly trace?: (id: QueueId) => string;
  /**
   * Runs after the message is durable and before anybody delivers it. POPFetch notes it in its
   * journal here, so that no crash can leave a message delivered but unnoted.
   */
  readonly afterCommit?: (id: QueueId) => Promise<void>;
}

/** How one attempt to deliver to one destination ended. */
export type Outcome =
  /** `notifies`: the next server has promised the notices the sender asked for (RFC 3461). */
  | { readonly kind: "delivered"; readonly detail?: string; readonly notifies?: boolean }
  /**
   * Try again later: full disk, busy server, line down. `status` is an RFC 3463 code. `hostFailed`: it
   * says nothing of the message; no next host could be reached, so nothing else for this lane goes now.
   */
  | {
    readonly kind: "temporary";
    readonly status: string;
    readonly reason: string;
    readonly hostFailed?: boolean;
  }
  /** Never try again: tell the sender. */
  | { readonly kind: "permanent"; readonly status: string; readonly reason: string };

/** One message for one or more destinations of the same lane. */
export interface DeliveryJob {
  readonly message: StoredMessage;
  /**
   * Names this delivery, the same at every attempt: a unique-id of POP3. Another one of the same
   * message has another name if both may lead into one drop file (allowdup).
   */
  readonly deliveryId: string;
  readonly destinations: readonly Destination[];
  /** Those whose chains led to the destinations. */
  readonly recipients: readonly Recipient[];
  /** True if an earlier attempt may have got through: deliver only what is not there yet. */
  readonly mayBeDone: boolean;
  /**
   * True once it shall not begin any more: it was held or deleted, or mail for the world was
   * suspended, while it waited for its turn in the batch. An agent leaves it out.
   */
  readonly withdrawn?: boolean;
  /** What the next server is asked to tell the sender about a destination. */
  requestFor(destination: Destination): DsnRequest;
}

/**
 * The jobs of one lane, in order. Each is taken over as it is iterated over, and what was not comes
 * back with the lane's next turn; so a session goes on as long as there is something to send. The
 * iteration ends early when another lane waits for the place of this one.
 */
export interface LaneJobs extends Iterable<DeliveryJob> {
  /**
   * When the iteration has ended: resolves as soon as another one may bring more. `undefined`: nothing
   * more will come now.
   */
  readonly coming?: Promise<void> | undefined;
}

/**
 * Told the fate of a destination as soon as it is known, and awaited: when it resolves the queue has
 * made it durable.
 */
export type Settle = (
  job: DeliveryJob,
  destination: Destination,
  outcome: Outcome,
) => Promise<void>;

/**
 * Delivers to one kind of destination. An expected failure is an {@linkcode Outcome}; a job that was
 * taken over and not settled when `deliver` ends, or a rejection, counts as a temporary failure.
 */
export interface DeliveryAgent {
  /**
   * Names what is done one after the other, on one connection or file: a host, a user. As far as that
   * is known without asking anybody.
   */
  laneOf(destination: Destination): string;
  /**
   * The lane, where somebody has to be asked for it (DNS, for the hosts of a domain); `undefined`: it
   * is what `laneOf` says. It is asked for at each attempt, just before it, with the line up.
   *
   * @throws The abort reason.
   */
  findLane?(destination: Destination, signal: AbortSignal): Promise<string> | undefined;
  /** Whether a lane may have several turns at once when much waits in it; not if left out. */
  isWide?(lane: string): boolean;
  /** Delivers jobs of one lane; `settle` is called for each of their destinations. */
  deliver(lane: string, jobs: LaneJobs, settle: Settle, signal: AbortSignal): Promise<void>;
}

/**
 * What a flush is about: mail for a domain, or several, and, unless `below` is false, what is below
 * them; one message; or all.
 */
export type FlushSubject =
  | { readonly domain?: string | readonly string[]; readonly below?: boolean }
  | { readonly id: QueueId };

/** What a flush did. */
export interface FlushReport {
  readonly delivered: number;
  readonly deferred: number;
  readonly failed: number;
  /** Why something was deferred or failed, a sentence each; the first few. */
  readonly problems: readonly string[];
}

/** One message in the queue, for the page and `dmail queue`. */
export interface QueueEntry {
  readonly id: QueueId;
  /** Where it is on disk, whole path: a file of its own, or the log of those that have just come. */
  readonly file: string;
  readonly sender: string;
  readonly sizeOctets: number;
  readonly submittedAtMs: number;
  readonly held: boolean;
  /** Recipients that nothing is left to do for. */
  readonly done: readonly {
    readonly address: string;
    /** What became of it; `failed`: the sender has been told if that was wanted. */
    readonly fate: "delivered" | "failed";
    /** Of a failure. */
    readonly lastReason: string;
  }[];
  readonly pending: readonly {
    readonly address: string;
    /** Domains of the world that it leads to, if they are known and others than its own. */
    readonly leadsTo?: readonly string[];
    readonly attempts: number;
    /** Its domain is suspended (S21): it is tried when ETRN, or a flush, names the domain. */
    readonly waitsForEtrn?: boolean;
    /** Then: ATRN asks for it, and not ETRN. */
    readonly goesByAtrn?: boolean;
    /** `undefined`: when the line is up next, or somebody asks. */
    readonly nextAttemptMs: number | undefined;
    readonly lastReason: string;
  }[];
}

/** How long the queue is. */
export interface QueueCounts {
  /** There are more: what the last run of the program left is still being read. */
  readonly isIncomplete?: boolean;
  readonly messages: number;
  /** Of these, what waits until somebody releases it. */
  readonly held: number;
  /** What has failed for now and has its time for the next attempt. */
  readonly putOff: number;
  /** What waits for the world, but for mail that waits until ETRN asks. */
  readonly forWorld: number;
}

/** Which messages are shown. */
export interface ListOptions {
  /** Only those for it and what is below it. */
  readonly domain?: string;
  /** At most so many; all if left out. */
  readonly limit?: number;
}

/**
 * What an administrator does with messages. `release` ends a hold and tries at once; `requeue` treats
 * a message as if it had just come, but what has been delivered of it; one that is held stays so.
 * `delete` forgets it without a bounce.
 */
export type QueueAction = "hold" | "release" | "delete" | "requeue";

/** One message, those for a domain and what is below it, or all there are. */
export type Selection = { readonly id: QueueId } | { readonly domain: string } | "all";

/** What an agent has in hand at the moment. */
export interface DeliveryUnderWay {
  readonly kind: Destination["kind"];
  /** As the agent calls it: a gateway, a domain, a user. */
  readonly lane: string;
  /** For how long it has been at it. */
  readonly elapsedMs: number;
  /** The messages of the batch whose fate is not known yet. */
  readonly messages: readonly {
    readonly id: QueueId;
    /** The queue file, whole path. */
    readonly file: string;
    /** Where it goes in the world; empty for local deliveries. */
    readonly addresses: readonly string[];
  }[];
}

/** The one door into the appliance: DSMTP, POPFetch and bounces all use it. */
export interface Queue {
  /**
   * Takes responsibility for a message. Once this resolves the message survives a power cut and may
   * be acknowledged: 250 to a client, DELE to a POP3 server.
   *
   * @throws {RangeError} If there is no recipient.
   * @throws Any failure of the disk, of `body` or of `afterCommit`; nothing is left behind then.
   */
  submit(submission: Submission, body: Chunks): Promise<QueueId>;
  /**
   * Resolves when all that the last run of the program left is known. A long queue is read while others
   * have their turn; until then nothing is delivered, and a list shows what has been read.
   */
  readonly loaded: Promise<void>;
  /** Delivers what is due until aborted; on return nothing is in flight. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Tries now every relayed message (to `domain` and what is below it if given), also those that
   * come in meanwhile, or just the one with `id`; resolves when each had its turn. Mail for a
   * suspended domain is tried only if `domain` is given. The caller holds the line.
   *
   * @throws The abort reason; what was under way is broken off if nothing else keeps the line open.
   */
  flush(about: FlushSubject, signal: AbortSignal): Promise<FlushReport>;
  /** How many messages wait for the world, but for those that wait until ETRN asks. */
  readonly waitingForRelay: number;
  counts(): QueueCounts;
  /**
   * How many messages wait for a domain, or what is below it too. With `held` false only those that
   * would go there if somebody asked: neither what is held nor what is there already.
   */
  waitingFor(domain: string, options: { readonly below: boolean; readonly held?: boolean }): number;
  /** The messages, oldest first, read as they are asked for: memory does not grow with the queue. */
  list(options?: ListOptions): AsyncIterable<QueueEntry>;
  /** @throws Any failure of the disk. */
  entry(id: QueueId): Promise<QueueEntry | undefined>;
  /** What the agents have in hand. */
  underWay(): readonly DeliveryUnderWay[];
  /** Whether mail for the world stays here, whatever the line does. */
  readonly suspended: boolean;
  /**
   * Begins no delivery into the world any more, not even in a flush; a message that is being sent is
   * sent to its end. Local delivery goes on. Resolves when what waited for its turn was put back.
   */
  suspend(): Promise<void>;
  /** Ends {@linkcode suspend}: what is due goes out at once. */
  resume(): void;
  /** Looks at once what is due: what a line, or a reload, has changed may not wait for a minute. */
  lookAgain(): void;
  /**
   * Looks at the queue files: takes in what was put there by hand and forgets what was removed (F9).
   * The queue does so each minute; whoever wants to see the present calls it before. Never rejects.
   */
  lookAtSpool(): Promise<void>;
  /**
   * Does what an administrator wants with some messages; resolves to how many there were. Those for a
   * domain are those that still wait for it; one that waits for others, too, is not deleted with them.
   *
   * @param spared Told of each of these.
   * @throws Any failure of the disk to show a message.
   */
  change(
    action: QueueAction,
    selection: Selection,
    spared?: (id: QueueId) => void,
  ): Promise<number>;
}
