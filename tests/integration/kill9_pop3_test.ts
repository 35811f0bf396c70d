/**
 * The power fails again and again while a user collects mail. `KILL9_SEED` chooses other moments.
 *
 * @module
 */
import { deepStrictEqual as assertEquals, ok, strictEqual } from "node:assert/strict";
import { type Office, type RunningAppliance, setUpOffice } from "../support/appliance.ts";
import { type KillMoment, killMoments, strikeAt } from "../support/kill_moments.ts";
import { type CorpusMessage, mailCorpus, messageId, wireForm } from "../support/mail_corpus.ts";
import { loginOf, queueIsEmpty } from "../support/office_mail.ts";
import { Pop3Session, RefusedError } from "../support/pop3_session.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";
import { type WatchedLine, watchLine } from "../support/watched_line.ts";

const SEED = Number(Deno.env.get("KILL9_SEED") ?? 20261120);
const KILLS = 15;
const MESSAGES_A_CYCLE = 8;
const BOB = "bob@office.example";

Deno.test("kill -9 while mail is collected: what was deleted stays deleted, the rest stays", async () => {
  console.log(`KILL9_SEED=${SEED}`);
  const random = new SeededRandom(SEED);
  const corpus = mailCorpus({
    seed: SEED,
    count: KILLS * MESSAGES_A_CYCLE,
    maxOctets: 16 * 1024,
    recipients: () => [BOB],
  });
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, []);
  await office.addUsers("bob");

  const mailbox = new Mailbox();
  for (const [cycle, moment] of moments(random).entries()) {
    const batch = corpus.slice(cycle * MESSAGES_A_CYCLE, (cycle + 1) * MESSAGES_A_CYCLE);
    await collectAndKill({ office, moment, batch, random, mailbox })
      .catch((cause) => {
        throw new Error(`In cycle ${cycle}, ${JSON.stringify(moment)}`, { cause });
      });
  }
  await using appliance = await office.serve();
  using session = await Pop3Session.open(loginOf(appliance, "bob"));
  mailbox.compare(await look(session));
  await session.command("QUIT");
  strictEqual(await appliance.stop(), 0);
});

function moments(random: SeededRandom): KillMoment[] {
  return killMoments(KILLS, random, { PASS: 1, RETR: 10, DELE: 4, QUIT: 1 })
    .map((moment) => moment.kind === "after start" ? { ...moment, ms: moment.ms / 3 } : moment);
}

/** What a user knows about the own mailbox. */
class Mailbox {
  /** Message-IDs by unique-id, of what must be there. */
  readonly here = new Map<string, string>();
  /** Deleted in a session whose end was not heard: all there, or all gone. */
  readonly doubtful = new Map<string, string>();
  /** Message-IDs that were sent since the last look. */
  readonly coming: string[] = [];

  /** Checks what is seen now against what was known; from now on this is what is known. */
  compare(seen: ReadonlyMap<string, string>): void {
    const known = new Map([...this.here, ...this.doubtful]);
    const gone = [...this.doubtful.keys()].filter((uid) => !seen.has(uid));
    ok(
      gone.length === 0 || gone.length === this.doubtful.size,
      `Of ${this.doubtful.size} deleted messages ${gone.length} are gone`,
    );
    for (const uid of gone) known.delete(uid);
    const old = new Map([...seen].filter(([uid]) => known.has(uid)));
    assertEquals(sorted(old), sorted(known));
    const fresh = [...seen].filter(([uid]) => !known.has(uid)).map(([, id]) => id);
    assertEquals(fresh.sort(), this.coming.sort());
    this.doubtful.clear();
    this.coming.length = 0;
    this.here.clear();
    for (const [uid, id] of seen) this.here.set(uid, id);
  }
}

const sorted = (map: ReadonlyMap<string, string>) => [...map].sort();

async function collectAndKill({ office, moment, batch, random, mailbox }: {
  readonly office: Office;
  readonly moment: KillMoment;
  readonly batch: readonly CorpusMessage[];
  readonly random: SeededRandom;
  readonly mailbox: Mailbox;
}): Promise<void> {
  await using appliance = await office.serve();
  await deliver(office, appliance, batch);
  mailbox.coming.push(...batch.map(({ id }) => id));
  await using line = watchLine(appliance.port("pop3"));
  const done = new AbortController();
  const striking = strikeAt(moment, {
    strike: () => void appliance.kill(),
    directories: [office.dropPath],
    line,
    done: done.signal,
  });
  await collect(line, mailbox, random);
  done.abort();
  await striking;
}

async function deliver(
  office: Office,
  appliance: RunningAppliance,
  batch: readonly CorpusMessage[],
): Promise<void> {
  using session = await SmtpSession.open(appliance.port("smtp"));
  for (const { bytes, recipients } of batch) {
    const result = await session.send(recipients, wireForm(bytes));
    strictEqual(result.kind, "accepted");
  }
  await queueIsEmpty(office);
}

/** Looks at everything, deletes about half, and ends; until the connection is cut. */
async function collect(line: WatchedLine, mailbox: Mailbox, random: SeededRandom): Promise<void> {
  const cut = async <T>(step: Promise<T>) => {
    try {
      return await step;
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      return undefined; // The process was killed.
    }
  };
  const session = await cut(Pop3Session.open({ port: line.port, user: "bob", password: "bob" }));
  if (session === undefined) return;
  using _open = session;
  const seen = await cut(look(session));
  if (seen === undefined) return;
  mailbox.compare(seen);
  const chosen = [...seen.keys()].map((uid, index) => ({ uid, number: index + 1 }))
    .filter(() => random.upTo(2) === 0);
  for (const { number } of chosen) {
    if (await cut(session.command(`DELE ${number}`)) === undefined) return;
  }
  for (const { uid } of chosen) {
    mailbox.doubtful.set(uid, seen.get(uid) ?? "");
    mailbox.here.delete(uid);
  }
  if (await cut(session.command("QUIT")) !== undefined) mailbox.doubtful.clear();
}

/** Message-IDs by unique-id, in the order of the mailbox. */
async function look(session: Pop3Session): Promise<Map<string, string>> {
  const uids = await session.listing("UIDL");
  const seen = new Map<string, string>();
  for (const [index, uid] of uids.entries()) {
    const bytes = await session.retrieve(index + 1);
    seen.set(uid, messageId(bytes) ?? "");
  }
  strictEqual(seen.size, uids.length, "A unique-id was given twice");
  return seen;
}
