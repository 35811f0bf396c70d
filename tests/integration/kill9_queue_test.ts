/**
 * The power fails again and again while a queue goes out. `KILL9_SEED` chooses other moments.
 *
 * @module
 */
import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import { systemClock, systemRandom } from "../../src/platform/mod.ts";
import { QueueIds } from "../../src/store/spool_id.ts";
import { formatRecord } from "../../src/store/spool_record.ts";
import { type Office, setUpOffice } from "../support/appliance.ts";
import { type KillMoment, killMoments, strikeAt } from "../support/kill_moments.ts";
import { queueIsEmpty } from "../support/office_mail.ts";
import { installed } from "../support/peers.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";
import { tempDir } from "../support/temp_dir.ts";

const SEED = Number(Deno.env.get("KILL9_SEED") ?? 20261120);
const KILLS = 8;
/** As many as are read before the servers begin, and some that are read later. */
const MESSAGES = 1_200;

/** What may have got its 250 without our hearing of it, at each kill: a window of a session. */
const MOST_DOUBLED = 100;

Deno.test({
  name: "kill -9 while a long queue goes out: all of it arrives, and little of it twice",
  ignore: !installed("smtp-sink"),
  async fn() {
    console.log(`KILL9_SEED=${SEED}`);
    await using temp = await tempDir();
    await using sink = await startSmtpSink();
    const office = await setUpOffice(temp.path, [`gateway * 127.0.0.1:${sink.port}`]);
    const sent = await fill(`${office.workPath}/queue`);
    for (const moment of killMoments(KILLS, new SeededRandom(SEED), {})) {
      await serveAndKill(office, moment);
    }
    await using appliance = await office.serve();
    await queueIsEmpty(office);
    const arrived = (await sink.messages()).map((text) => /^X-Rcpt-Args: <(.*)>/m.exec(text)?.[1]);
    equal([...new Set(arrived)].sort(), sent);
    const doubled = arrived.length - sent.length;
    console.log(`${doubled} of ${sent.length} messages arrived twice in ${KILLS} kills`);
    ok(doubled <= KILLS * MOST_DOUBLED, `${doubled} arrived twice`);
    strictEqual(await appliance.stop(), 0);
    const left = await Array.fromAsync(Deno.readDir(`${office.workPath}/queue`));
    equal(left, []);
  },
});

/** Makes queue files as the last run of the program left them; returns who they are for. */
async function fill(directory: string): Promise<readonly string[]> {
  await Deno.mkdir(directory, { recursive: true });
  const ids = new QueueIds({ clock: systemClock, random: systemRandom });
  const addresses = Array.from({ length: MESSAGES }, (_, index) => `user${index}@a.example`);
  for (const address of addresses) {
    const id = ids.next();
    const record = formatRecord({
      id,
      envelope: { sender: "ann@office.example", recipients: [{ address }] },
      origin: { kind: "network", address: "127.0.0.1" },
      submittedAtMs: Date.now(),
    });
    await Deno.writeTextFile(`${directory}/${id}.msg`, `${record}Subject: hello\r\n\r\nHello\r\n`);
  }
  return addresses.sort();
}

async function serveAndKill(office: Office, moment: KillMoment): Promise<void> {
  await using appliance = office.launch();
  const done = new AbortController();
  const striking = strikeAt(moment, {
    strike: () => void appliance.kill(),
    directories: [`${office.workPath}/queue`],
    done: done.signal,
  });
  const isReady = await appliance.ready.then(() => true, () => false);
  if (isReady) await Promise.race([striking, queueIsEmpty(office).catch(() => {})]);
  done.abort();
  await striking;
}
