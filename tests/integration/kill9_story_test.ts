/**
 * The power fails again and again while mail is fetched and delivered. `KILL9_SEED` chooses other
 * moments.
 *
 * @module
 */
import { deepStrictEqual as assertEquals, ok, strictEqual } from "node:assert/strict";
import { type Office, type RunningAppliance, setUpOffice } from "../support/appliance.ts";
import { differences } from "../support/collected_mail.ts";
import { type Dovecot, startDovecot } from "../support/dovecot.ts";
import { eventually, pause } from "../support/eventually.ts";
import { type KillMoment, killMoments, strikeAt } from "../support/kill_moments.ts";
import { type CorpusMessage, mailCorpus } from "../support/mail_corpus.ts";
import { loginOf, queueIsEmpty, TakenMail } from "../support/office_mail.ts";
import { installed } from "../support/peers.ts";
import { RefusedError } from "../support/pop3_session.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { tempDir } from "../support/temp_dir.ts";
import { type WatchedLine, watchLine } from "../support/watched_line.ts";

const SEED = Number(Deno.env.get("KILL9_SEED") ?? 20261120);
const KILLS = 50;
const MESSAGES_A_CYCLE = 6;
const PEOPLE = ["anna", "bob", "carla"];

/** How long the process lives on at most once its call has ended, in ms. */
const AFTER_CALL_MS = 150;

const address = (user: string) => `${user}@office.example`;

Deno.test("kill -9 while mail is fetched and delivered loses nothing and doubles nothing", {
  ignore: !installed("dovecot"),
}, async () => {
  console.log(`KILL9_SEED=${SEED}`);
  const random = new SeededRandom(SEED);
  const corpus = mailCorpus({
    seed: SEED,
    count: KILLS * MESSAGES_A_CYCLE,
    maxOctets: 64 * 1024,
    recipients: (_shape, _index, random) => [random.pick(PEOPLE), random.pick(PEOPLE)].map(address),
  });
  await using temp = await tempDir();
  await using provider = await startDovecot({ users: { office: "secret" } });
  await using line = watchLine(provider.port);
  const office = await setUpOffice(temp.path, [
    `pf_user office secret 127.0.0.1:${line.port} tls=none`,
    "pf_header X-Rcpt-To",
    "pf_retry_delay 0",
  ]);
  await office.addUsers(...PEOPLE);

  const taken = new Map(PEOPLE.map((user) => [user, new TakenMail()]));
  const moments = killMoments(KILLS, random, { RETR: 6, DELE: 6, QUIT: 1, UIDL: 1 });
  for (const [cycle, moment] of moments.entries()) {
    for (const { bytes } of batch(corpus, cycle)) await provider.deliver("office", bytes);
    const collecting = random.pick([undefined, ...taken]);
    await callAndKill({ office, line, moment, collecting, leaveMs: random.upTo(AFTER_CALL_MS) })
      .catch((cause) => {
        throw new Error(`In cycle ${cycle}, ${JSON.stringify(moment)}`, { cause });
      });
  }

  await using appliance = await office.serve();
  await fetchTheRest(office, provider);
  await queueIsEmpty(office);
  for (const [user, mails] of taken) {
    await mails.take(loginOf(appliance, user));
    const sent = corpus.filter(({ recipients }) => recipients.includes(address(user)));
    assertEquals(differences(sent, mails.messages), [], user);
  }
  strictEqual(await appliance.stop(), 0);
});

function batch(corpus: readonly CorpusMessage[], cycle: number): readonly CorpusMessage[] {
  return corpus.slice(cycle * MESSAGES_A_CYCLE, (cycle + 1) * MESSAGES_A_CYCLE);
}

/**
 * Starts the appliance, makes a call, and kills it at `moment` or soon after the call. Meanwhile one
 * of the users collects: what a crash left in both queue and drop file may have been deleted from
 * the drop file when the queue comes to it.
 */
async function callAndKill({ office, line, moment, collecting, leaveMs }: {
  readonly office: Office;
  readonly line: WatchedLine;
  readonly moment: KillMoment;
  readonly collecting: readonly [user: string, taken: TakenMail] | undefined;
  readonly leaveMs: number;
}): Promise<void> {
  await using appliance = office.launch();
  const done = new AbortController();
  const strike = () => void appliance.kill();
  const options = {
    strike,
    directories: [office.workPath, office.dropPath],
    line,
    done: done.signal,
  };
  if (moment.kind === "after start") {
    await strikeAt(moment, options);
    return;
  }
  await appliance.ready;
  line.onEnd = () => void pause(leaveMs).then(() => done.abort());
  const struck = strikeAt(moment, options);
  const collected = collecting && takeUntilKilled(appliance, ...collecting);
  appliance.signal("SIGUSR1");
  await endOf(struck, appliance);
  await appliance.kill();
  await collected;
}

async function takeUntilKilled(
  appliance: RunningAppliance,
  user: string,
  taken: TakenMail,
): Promise<void> {
  try {
    await taken.take(loginOf(appliance, user));
  } catch (error) {
    if (error instanceof RefusedError) throw error;
  }
}

/** A call that never ends is a fault of its own; without this the test would hang. */
async function endOf(struck: Promise<boolean>, appliance: RunningAppliance): Promise<void> {
  let over = false;
  struck.finally(() => over = true);
  await eventually("the call ends or is killed", () => over).catch((cause) => {
    throw new Error(`The call did not end: ${appliance.stderr}`, { cause });
  });
  await struck;
}

async function fetchTheRest(office: Office, provider: Dovecot): Promise<void> {
  for (let calls = 0; calls < 3 && (await provider.messages("office")).length > 0; calls++) {
    const { code, stdout, stderr } = await office.dmail(["popfetch", "-once"]);
    strictEqual(code, 0, stdout + stderr);
  }
  const left = (await provider.messages("office")).length;
  ok(left === 0, `${left} messages are still at the provider`);
}
