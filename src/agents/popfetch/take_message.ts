import type { Queue } from "../../domain/queue/mod.ts";
import type { Router } from "../../domain/routing/mod.ts";
import { preceded } from "../../formats/chunk_source.ts";
import type { Origin } from "../../formats/envelope.ts";
import { type HeaderBlock, type HeaderField, readHeader } from "../../formats/header.ts";
import type { Chunks, Clock, Files, Log, Random } from "../../platform/mod.ts";
import type { FetchJournal, QueueId } from "../../store/mod.ts";
import { type Addressing, addressMessage } from "./addressing.ts";
import { annotated } from "./annotate.ts";
import type { DudFile } from "./duds.ts";
import { findRecipients, type FoundRecipients, senderOf } from "./recipients.ts";
import { formatTrace } from "./trace.ts";

/** What taking a message needs. */
export interface TakeDeps {
  readonly queue: Pick<Queue, "submit">;
  readonly router: Pick<Router, "check" | "isLocal">;
  readonly journal: FetchJournal;
  readonly dudFile: DudFile;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Where a message comes from and by which rules it is addressed. */
export interface TakeRules {
  /** `user@host`, the journal's name for the account. */
  readonly account: string;
  readonly user: string;
  readonly host: string;
  readonly hostname: string;
  readonly to: string;
  readonly header: string;
  readonly domain: string;
  readonly defaultAddress: string;
  readonly workPath: string;
  /** Where a message is kept that is handed over twice, or to duds.dat (`msg.dat`, F21). */
  readonly stagePath: string;
}

/** What the journal calls a message, and whether it is there already. */
export interface Identity {
  readonly id: string;
  readonly fingerprint: string;
  readonly known: boolean;
}

/** What became of a message. */
export type Taken =
  | { readonly kind: "delivered"; readonly identity: Identity }
  | { readonly kind: "dud"; readonly identity: Identity; readonly reason: string }
  /** It was taken before, under another unique-id; there is nothing to do but to delete it. */
  | { readonly kind: "known"; readonly identity: Identity }
  /** Nobody can say now who gets it: it stays on the server. */
  | { readonly kind: "deferred"; readonly identity: Identity; readonly reason: string };

/** A message on its way from the socket to the spool. */
interface Passing {
  readonly block: HeaderBlock;
  readonly identity: Identity;
  readonly found: FoundRecipients;
  readonly sender: string;
}

/** The journal's name for the caretaker's copy of a message; no unique-id has a space. */
export function copyId(id: string): string {
  return `${id} copy`;
}

/**
 * Takes responsibility for one message, streamed from the socket to the spool. When this resolves
 * with `delivered` or `dud` it is durable here and in the journal: DELE may be sent.
 *
 * @throws Any failure of the disk or of `body`; nothing but what the journal says is left behind.
 */
export async function takeMessage(
  body: Chunks,
  identify: (fields: readonly HeaderField[]) => Promise<Identity>,
  rules: TakeRules,
  deps: TakeDeps,
): Promise<Taken> {
  const block = await readHeader(body);
  const identity = await identify(block.fields);
  if (identity.known) return { kind: "known", identity };
  const found = findRecipients(block.fields, rules);
  const addressing = await addressMessage(found, {
    router: deps.router,
    origin: originOf(rules, identity.id),
    defaultAddress: rules.defaultAddress,
  });
  const passing = { block, identity, found, sender: senderOf(block.fields) };
  switch (addressing.kind) {
    case "deferred":
      return { kind: "deferred", identity, reason: addressing.reason };
    case "undeliverable":
      await storeDud(passing, rules, deps);
      deps.log.error("Kept in duds.dat", {
        account: rules.account,
        uidl: identity.id,
        reason: addressing.reason,
      });
      return { kind: "dud", identity, reason: addressing.reason };
    case "known":
      await deliver(passing, addressing, rules, deps);
      return { kind: "delivered", identity };
  }
}

async function deliver(
  passing: Passing,
  addressing: Extract<Addressing, { kind: "known" }>,
  rules: TakeRules,
  deps: TakeDeps,
): Promise<void> {
  const id = await deliverAll(passing, addressing, rules, deps);
  for (const { address, reason } of addressing.refused) {
    deps.log.warn("Fetched for nobody here", { id, account: rules.account, address, reason });
  }
}

async function deliverAll(
  passing: Passing,
  addressing: Extract<Addressing, { kind: "known" }>,
  rules: TakeRules,
  deps: TakeDeps,
): Promise<QueueId> {
  const { block, identity } = passing;
  const { recipients, caretaker } = addressing;
  if (caretaker === "") {
    return await submit(passing, { id: identity.id, recipients, body: whole(block) }, rules, deps);
  }
  if (recipients.length > 0) return await deliverTwice(passing, addressing, rules, deps);
  const body = copyFor(block, addressing, rules, deps);
  return await submit(passing, { id: identity.id, recipients: [caretaker], body }, rules, deps);
}

/**
 * The socket gives the message once, but two forms of it are handed over: it is kept in a file
 * meanwhile. Each form is noted in the journal by itself; a crash between them repeats neither.
 */
async function deliverTwice(
  passing: Passing,
  addressing: Extract<Addressing, { kind: "known" }>,
  rules: TakeRules,
  deps: TakeDeps,
): Promise<QueueId> {
  const { files, journal } = deps;
  const { recipients, caretaker } = addressing;
  const { id } = passing.identity;
  await files.remove(rules.stagePath); // Left behind by a crash.
  try {
    await files.create(rules.stagePath, whole(passing.block));
    if (journal.get(rules.account, copyId(id)) === undefined) {
      const block = await readHeader(files.read(rules.stagePath));
      const body = copyFor(block, addressing, rules, deps);
      await submit(passing, { id: copyId(id), recipients: [caretaker], body }, rules, deps);
    }
    return await submit(
      passing,
      { id, recipients, body: files.read(rules.stagePath) },
      rules,
      deps,
    );
  } finally {
    // Of no use any more, and in nobody's way: the next message replaces it.
    await files.remove(rules.stagePath).catch(() => {});
  }
}

async function submit(
  { identity, found, sender }: Passing,
  part: { readonly id: string; readonly recipients: readonly string[]; readonly body: Chunks },
  rules: TakeRules,
  { queue, journal, clock, log }: TakeDeps,
): Promise<QueueId> {
  const { account } = rules;
  const recipients = part.recipients.map((address) => ({ address }));
  // deno-lint-ignore no-control-regex -- every character that is not ASCII
  const smtpUtf8 = [sender, ...part.recipients].some((address) => /[^\x00-\x7f]/.test(address));
  const id = await queue.submit({
    envelope: { sender, recipients, ...(smtpUtf8 ? { smtpUtf8 } : {}) },
    origin: originOf(rules, part.id),
    trace: (queueId) =>
      formatTrace({
        ...rules,
        uidl: part.id,
        where: found.where,
        recipients: part.recipients,
        atMs: clock.now(),
      }, queueId),
    afterCommit: (queueId) =>
      Promise.try(() =>
        journal.set(account, [{
          uidl: part.id,
          state: {
            kind: "stored",
            queueId,
            atMs: clock.now(),
            // The caretaker's copy alone does not make the message known.
            ...(part.id === identity.id ? { fingerprint: identity.fingerprint } : {}),
          },
        }])
      ),
  }, part.body);
  log.info("Fetched", { id, account, uidl: part.id, to: part.recipients.join(", ") });
  return id;
}

async function storeDud(passing: Passing, rules: TakeRules, deps: TakeDeps): Promise<void> {
  const { block, identity, found, sender } = passing;
  const { files, dudFile } = deps;
  const atMs = deps.clock.now();
  const trace = formatTrace(
    { ...rules, uidl: identity.id, where: found.where, recipients: [], atMs },
    "none",
  );
  await files.remove(rules.stagePath); // Left behind by a crash.
  try {
    // From the disk, not from the line: the other sessions wait their turn.
    await files.create(rules.stagePath, whole(block));
    const message = files.read(rules.stagePath);
    await dudFile.keep({ sender, uidl: identity.id, atMs, trace, message });
  } finally {
    await files.remove(rules.stagePath).catch(() => {});
  }
  deps.journal.set(rules.account, [{
    uidl: identity.id,
    state: { kind: "dud", atMs, fingerprint: identity.fingerprint },
  }]);
}

function copyFor(
  block: HeaderBlock,
  { recipients, refused }: Extract<Addressing, { kind: "known" }>,
  { account }: TakeRules,
  { random }: TakeDeps,
): AsyncGenerator<Uint8Array, void> {
  const boundary = `dmail-${random.bytes(16).toHex()}`;
  return annotated(block, { account, delivered: recipients, refused }, boundary);
}

/** How a message came in; the journal is repaired by it. */
export function originOf({ account }: TakeRules, uidl: string): Origin {
  return { kind: "fetched", account, uidl };
}

function whole({ bytes, rest }: HeaderBlock): AsyncIterable<Uint8Array> {
  return preceded(bytes, rest);
}
