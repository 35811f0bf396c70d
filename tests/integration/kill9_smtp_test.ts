/**
 * The power fails again and again while mail comes in over SMTP. `KILL9_SEED` chooses other moments.
 *
 * @module
 */
import { deepStrictEqual as assertEquals, ok, strictEqual } from "node:assert/strict";
import { type Office, type RunningAppliance, setUpOffice } from "../support/appliance.ts";
import { differences } from "../support/collected_mail.ts";
import { type KillMoment, killMoments, strikeAt } from "../support/kill_moments.ts";
import { type CorpusMessage, mailCorpus, messageId, wireForm } from "../support/mail_corpus.ts";
import { queueIsEmpty, takeAll } from "../support/office_mail.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { type SendResult, SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

const SEED = Number(Deno.env.get("KILL9_SEED") ?? 20261120);
const KILLS = 20;
/** On a busy machine many die before their first 250: more are killed then, until enough is shown. */
const MOST_KILLS = 60;
const SENDERS = 4;
const PEOPLE = ["anna", "bob", "carla"];
/** More than can be sent: the process is killed before. */
const MESSAGES_A_CYCLE = 200;

const address = (user: string) => `${user}@office.example`;

Deno.test("kill -9 while mail comes in: what got 250 is there once, the rest at most once", async () => {
  console.log(`KILL9_SEED=${SEED}`);
  const moments = killMoments(MOST_KILLS, new SeededRandom(SEED), {});
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, []);
  await office.addUsers(...PEOPLE);
  const sent: Sent[] = [];
  const accepted = () => sent.filter(({ result }) => result.kind === "accepted").length;
  for (const [cycle, moment] of moments.entries()) {
    if (cycle >= KILLS && accepted() >= KILLS) break;
    sent.push(...await sendAndKill(office, moment, corpusOf(cycle)));
  }

  await using appliance = await office.serve();
  await queueIsEmpty(office);
  const collected = await collect(appliance);
  assertEquals(sent.filter(({ result }) => result.kind === "refused"), []);
  assertEquals(problems(sent, collected), []);
  ok(accepted() >= KILLS, `Only ${accepted()} messages were accepted`);
  strictEqual(await appliance.stop(), 0);
});

/** A message and what its sender heard; it is never sent a second time. */
interface Sent {
  readonly message: CorpusMessage;
  readonly result: SendResult;
}

function corpusOf(cycle: number): CorpusMessage[] {
  return mailCorpus({
    seed: SEED + cycle,
    count: MESSAGES_A_CYCLE,
    maxOctets: 16 * 1024,
    recipients: (_shape, _index, random) => [random.pick(PEOPLE), random.pick(PEOPLE)].map(address),
  });
}

async function sendAndKill(
  office: Office,
  moment: KillMoment,
  messages: readonly CorpusMessage[],
): Promise<Sent[]> {
  await using appliance = office.launch();
  const done = new AbortController();
  const striking = strikeAt(moment, {
    strike: () => void appliance.kill(),
    directories: [office.workPath, office.dropPath],
    done: done.signal,
  });
  // Killed while it starts: there was nothing to send to.
  const ready = await appliance.ready.then(() => true, () => false);
  const waiting = [...messages];
  const sent = ready
    ? await Promise.all(
      Array.from({ length: SENDERS }, () => sendUntilKilled(appliance.port("smtp"), waiting)),
    )
    : [];
  done.abort();
  await striking;
  return sent.flat();
}

async function sendUntilKilled(port: number, waiting: CorpusMessage[]): Promise<Sent[]> {
  const sent: Sent[] = [];
  try {
    using session = await SmtpSession.open(port);
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
      const result = await session.send(message.recipients, wireForm(message.bytes));
      sent.push({ message, result });
      if (result.kind !== "accepted") break;
    }
  } catch {
    // It was killed before this sender got in.
  }
  return sent;
}

async function collect(appliance: RunningAppliance): Promise<Map<string, Uint8Array[]>> {
  const collected = new Map<string, Uint8Array[]>();
  for (const user of PEOPLE) collected.set(user, await takeAll(appliance, user));
  return collected;
}

function problems(
  sent: readonly Sent[],
  collected: ReadonlyMap<string, readonly Uint8Array[]>,
): string[] {
  const ids = new Map([...collected].map(([user, all]) => [user, new Set(all.map(messageId))]));
  const reached = ({ id, recipients }: CorpusMessage) =>
    recipients.filter((to) => ids.get(to.split("@")[0] ?? "")?.has(id)).length;
  const torn = sent.filter(({ message }) =>
    ![0, message.recipients.length].includes(reached(message))
  ).map(({ message, result }) => `${message.id} (${result.kind}): reached only some`);
  const there = sent.filter(({ message, result }) =>
    result.kind === "accepted" || (result.kind === "unknown" && reached(message) > 0)
  );
  const wrong = [...collected].flatMap(([user, all]) => {
    const own = there.filter(({ message }) => message.recipients.includes(address(user)));
    return differences(own.map(({ message }) => message), all).map((text) => `${user}: ${text}`);
  });
  return [...torn, ...wrong];
}
