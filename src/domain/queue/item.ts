import type { Recipient } from "../../formats/envelope.ts";
import type { SpoolState, StoredMessage } from "../../store/mod.ts";
import type { Destination } from "../routing/mod.ts";
import type { Asked, Entry } from "./entry.ts";

/** A destination of one message, with the recipients that led there: it gets one copy. */
export interface Unit {
  readonly key: string;
  readonly destination: Destination;
  /** As in {@linkcode Progress}. */
  readonly copy: number;
  readonly recipients: Progress[];
}

/** How far one recipient of a message has come. */
export interface Progress {
  readonly recipient: Recipient;
  /** As in {@linkcode SpoolState}. */
  readonly settled: string[];
  finished: boolean;
  attempts: number;
  firstAttemptMs: number;
  lastAttemptMs: number;
  agedMs: number;
  /** `Infinity` while an agent has it, or when only the line is waited for. */
  nextAttemptMs: number;
  lastReason: string;
  /** As in {@linkcode SpoolState}. */
  toldOfDelay: boolean;
  /** Destinations found last that had not got it then; `undefined`: not looked up yet. */
  open: readonly Destination[] | undefined;
  /** How many destinations there are, settled or not, but for robots beside them. */
  ways: number;
  /** Which copy of the message a maildrop gets for this recipient; 0 shares one with the others. */
  copy: number;
  /** How many of them an agent has. */
  inFlight: number;
  /** Those of them in the world for which the line was down: addresses. */
  shut: readonly string[];
  /** Something failed for now since they were looked up. */
  deferred: boolean;
}

/** A message of the queue that something is done with; the message itself is on disk. */
export class Item {
  readonly entry: Entry;
  readonly message: StoredMessage;
  readonly recipients: readonly Progress[];
  held: boolean;
  /** A crash, or an end of the program, may have come between a delivery and its note. */
  mayBeDone: boolean;
  /** Taken out of the queue by the administrator. */
  deleted = false;
  /** No longer on disk. */
  gone = false;
  /** Something has changed that is not on disk yet. */
  unsaved = false;
  /** What is in memory has been on disk since it was read. */
  noted = false;
  /** How many are at work on it, and how many are writing it down. */
  users = 0;
  saving = 0;
  /** What it counts as of the messages in memory; `undefined`: it does not. */
  group: string | undefined;
  /** Somebody wanted it tried now; until it has been. */
  asked: Asked | undefined;
  /** In the line to be routed, being routed, and to be routed once more after that. */
  ready = false;
  routing = false;
  again = false;
  /** What agents have, by key. */
  readonly units = new Map<string, Unit>();

  constructor(
    entry: Entry,
    { message, state }: {
      readonly message: StoredMessage;
      readonly state: SpoolState | undefined;
    },
  ) {
    this.entry = entry;
    this.message = message;
    this.held = state?.held ?? false;
    this.mayBeDone = entry.mayBeDone;
    this.recipients = message.envelope.recipients.map((recipient, index) => {
      const known = state?.recipients[index];
      return {
        recipient,
        settled: [...known?.settled ?? []],
        finished: known?.finished ?? false,
        attempts: known?.attempts ?? 0,
        firstAttemptMs: known?.firstAttemptMs ?? 0,
        lastAttemptMs: known?.lastAttemptMs ?? 0,
        agedMs: known?.agedMs ?? 0,
        nextAttemptMs: known?.nextAttemptMs ?? 0,
        lastReason: known?.lastReason ?? "",
        toldOfDelay: known?.toldOfDelay ?? false,
        open: undefined,
        ways: 0,
        copy: 0,
        inFlight: 0,
        shut: [],
        deferred: false,
      };
    });
  }

  /** Nothing is left to do but to remove it. */
  get finished(): boolean {
    return this.deleted || this.recipients.every(({ finished }) => finished);
  }

  /** Nobody has anything to do with it at the moment. */
  get isIdle(): boolean {
    return !this.ready && !this.routing && !this.unsaved && this.users + this.saving === 0 &&
      this.recipients.every(({ inFlight }) => inFlight === 0);
  }

  /** What of it must survive. */
  state(): SpoolState {
    return {
      held: this.held,
      recipients: this.recipients.map((progress) => ({
        address: progress.recipient.address,
        settled: progress.settled,
        finished: progress.finished,
        attempts: progress.attempts,
        firstAttemptMs: progress.firstAttemptMs,
        lastAttemptMs: progress.lastAttemptMs,
        agedMs: progress.agedMs,
        nextAttemptMs: Number.isFinite(progress.nextAttemptMs) ? progress.nextAttemptMs : 0,
        lastReason: progress.lastReason,
        ...(progress.toldOfDelay ? { toldOfDelay: true } : {}),
      })),
    };
  }

  /** Whether `destination` needs no delivery any more for the sake of `progress`. */
  isSettled(destination: Destination, progress: Progress): boolean {
    const key = keyOf(destination, progress.copy);
    return progress.settled.includes(givenUp(key)) ||
      progress.settled.includes(keyOf(destination)) || // It shared a copy before.
      this.recipients.some(({ settled }) => settled.includes(key));
  }
}

/** Names a destination, the same for all ways that lead there; copies of a message apart. */
export function keyOf(destination: Destination, copy = 0): string {
  switch (destination.kind) {
    case "maildrop":
      return `maildrop${copy === 0 ? "" : `#${copy}`}:${destination.user}`;
    case "robot":
      // The domain decides what the program can reach (S29).
      return `robot:${destination.user ?? ""}:${destination.domain}:${destination.command}`;
    case "file":
      return `file:${destination.path}`;
    case "relay":
    case "reject":
      return `${destination.kind}:${destination.address}`;
  }
}

/** How a key is noted that was not delivered and will not be tried again. */
export function givenUp(key: string): string {
  return `!${key}`;
}

/** The addresses in the world that still lack the message, as far as is known. */
export function relayed({ finished, open, settled }: Progress): readonly string[] {
  if (finished || open === undefined) return [];
  return open.flatMap((destination) =>
    destination.kind === "relay" && !settled.includes(keyOf(destination))
      ? [destination.address]
      : []
  );
}

/** Whether something is to be done for a recipient now. */
export function isDue(progress: Progress, { nowMs, lineOpen }: {
  readonly nowMs: number;
  readonly lineOpen: (address: string) => boolean;
}): boolean {
  if (progress.finished || progress.inFlight > 0) return false;
  return progress.nextAttemptMs <= nowMs ||
    progress.shut.some(lineOpen);
}

/** When something is due for a message without the line coming up; `Infinity`: never. */
export function dueMs({ recipients }: Item): number {
  return Math.min(
    ...recipients.map(({ finished, inFlight, nextAttemptMs }) =>
      finished || inFlight > 0 ? Infinity : nextAttemptMs
    ),
  );
}
