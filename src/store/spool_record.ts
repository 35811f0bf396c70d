import type { Envelope, NotifyKeyword, Origin, Recipient } from "../formats/envelope.ts";
import { isQueueId } from "./spool_id.ts";
import type { QueueId, RecipientState, SpoolState } from "./spool.ts";

/** What the first line of a queue file says. */
export interface SpoolRecord {
  readonly id: QueueId;
  readonly envelope: Envelope;
  readonly origin: Origin;
  readonly submittedAtMs: number;
}

/** Version of the first line; a file with another one is left for the program that wrote it. */
const VERSION = 1;

type Fields = Readonly<Record<string, unknown>>;

/** The first line of a queue file, one JSON object with its LF. */
export function formatRecord({ id, envelope, origin, submittedAtMs }: SpoolRecord): string {
  return JSON.stringify({ v: VERSION, id, ...envelope, origin, submittedAtMs }) + "\n";
}

/**
 * Reads the first line of a queue file.
 *
 * @throws {SyntaxError} If it is not what {@linkcode formatRecord} writes.
 */
export function parseRecord(line: string): SpoolRecord {
  const fields = object(JSON.parse(line), "the first line");
  if (fields.v !== VERSION) throw unlike("v", fields.v, `${VERSION}`);
  const id = text(fields.id, "id");
  if (!isQueueId(id)) throw unlike("id", id, "a queue id");
  return {
    id,
    envelope: envelope(fields),
    origin: origin(fields.origin),
    submittedAtMs: number(fields.submittedAtMs, "submittedAtMs"),
  };
}

/** The content of a `.state` file. */
export function formatState(state: SpoolState): string {
  return JSON.stringify({ v: VERSION, ...state }) + "\n";
}

/**
 * Reads a `.state` file.
 *
 * @throws {SyntaxError} If it is not what {@linkcode formatState} writes.
 */
export function parseState(json: string): SpoolState {
  const fields = object(JSON.parse(json), "the state");
  if (fields.v !== VERSION) throw unlike("v", fields.v, `${VERSION}`);
  return {
    held: boolean(fields.held, "held"),
    recipients: list(fields.recipients, "recipients").map(recipientState),
  };
}

function recipientState(value: unknown): RecipientState {
  const fields = object(value, "a recipient");
  return {
    address: text(fields.address, "address"),
    settled: list(fields.settled, "settled").map((key) => text(key, "settled")),
    finished: boolean(fields.finished, "finished"),
    attempts: number(fields.attempts, "attempts"),
    firstAttemptMs: number(fields.firstAttemptMs, "firstAttemptMs"),
    // Versions before 0.2 did not note them.
    lastAttemptMs: number(fields.lastAttemptMs ?? 0, "lastAttemptMs"),
    agedMs: number(fields.agedMs ?? 0, "agedMs"),
    nextAttemptMs: number(fields.nextAttemptMs, "nextAttemptMs"),
    lastReason: text(fields.lastReason, "lastReason"),
    ...(fields.toldOfDelay === undefined
      ? {}
      : { toldOfDelay: boolean(fields.toldOfDelay, "toldOfDelay") }),
  };
}

function envelope(fields: Fields): Envelope {
  const recipients = list(fields.recipients, "recipients").map(recipient);
  // For nobody it would be done with, and go without a word.
  if (recipients.length === 0) throw unlike("recipients", [], "at least one");
  return {
    sender: text(fields.sender, "sender"),
    recipients,
    ...(fields.ret === undefined ? {} : { ret: oneOf(fields.ret, ["FULL", "HDRS"], "ret") }),
    ...(fields.envid === undefined ? {} : { envid: text(fields.envid, "envid") }),
    ...(fields.smtpUtf8 === undefined ? {} : { smtpUtf8: boolean(fields.smtpUtf8, "smtpUtf8") }),
  };
}

const NOTIFY: readonly NotifyKeyword[] = ["NEVER", "SUCCESS", "FAILURE", "DELAY"];

function recipient(value: unknown): Recipient {
  const { address, notify, orcpt } = object(value, "a recipient");
  return {
    address: text(address, "address"),
    ...(notify === undefined
      ? {}
      : { notify: list(notify, "notify").map((keyword) => oneOf(keyword, NOTIFY, "notify")) }),
    ...(orcpt === undefined ? {} : { orcpt: text(orcpt, "orcpt") }),
  };
}

function origin(value: unknown): Origin {
  const fields = object(value, "origin");
  const kind = oneOf(fields.kind, ["network", "fetched", "local"], "origin");
  switch (kind) {
    case "network":
      return {
        kind,
        address: text(fields.address, "address"),
        ...(fields.user === undefined ? {} : { user: text(fields.user, "user") }),
      };
    case "fetched":
      return { kind, account: text(fields.account, "account"), uidl: text(fields.uidl, "uidl") };
    case "local":
      return { kind, by: text(fields.by, "by") };
  }
}

function object(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null) throw unlike(name, value, "an object");
  return value as Fields;
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw unlike(name, value, "a list");
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw unlike(name, value, "text");
  return value;
}

function number(value: unknown, name: string): number {
  if (typeof value !== "number") throw unlike(name, value, "a number");
  return value;
}

function boolean(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw unlike(name, value, "true or false");
  return value;
}

function oneOf<const T extends string>(value: unknown, allowed: readonly T[], name: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw unlike(name, value, allowed.join(" or "));
  return found;
}

function unlike(name: string, value: unknown, wanted: string): SyntaxError {
  const got = String(JSON.stringify(value)).slice(0, 40);
  return new SyntaxError(`Cannot read ${name} of a queue file: got ${got}, expected ${wanted}`);
}
