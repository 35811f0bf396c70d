/**
 * The power fails again and again while mail is given back. `KILL9_SEED` chooses other moments.
 *
 * @module
 */
import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import { type Office, setUpOffice } from "../support/appliance.ts";
import { killMoments, strikeAt } from "../support/kill_moments.ts";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { queueIsEmpty, takeAll } from "../support/office_mail.ts";
import { installed } from "../support/peers.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";
import { tempDir } from "../support/temp_dir.ts";

const SEED = Number(Deno.env.get("KILL9_SEED") ?? 20261120);
const KILLS = 12;
const SENDERS = 3;
const FAILING = ["robot@office.example", "nobody@world.example"];

/** What was sent: its Message-ID, and whether it got its 250. */
interface Sent {
  readonly id: string;
  readonly accepted: boolean;
}

Deno.test({
  name: "kill -9 while mail is given back: each failure is told, and seldom twice",
  ignore: !installed("smtp-sink"),
  async fn() {
    console.log(`KILL9_SEED=${SEED}`);
    const random = new SeededRandom(SEED);
    await using sink = await startSmtpSink(undefined, ["-f", "RCPT"]);
    await using temp = await tempDir();
    const office = await setUpOffice(temp.path, [
      `gateway * 127.0.0.1:${sink.port}`,
      "forward_from_ip 127.0.0.1",
      "forward robot@office.example |/bin/false",
    ]);
    await office.addUsers("ann");
    const sent: Sent[] = [];
    for (const [cycle, moment] of killMoments(KILLS, random, {}).entries()) {
      sent.push(...await sendAndKill(office, moment, cycle));
    }

    await using appliance = await office.serve();
    await queueIsEmpty(office);
    const told = new Map<string, number>();
    for (const message of await takeAll(appliance, "ann")) {
      for (const failure of failuresIn(octetText(message))) {
        told.set(failure, (told.get(failure) ?? 0) + 1);
      }
    }
    const due = sent.filter(({ accepted }) => accepted)
      .flatMap(({ id }) => FAILING.map((address) => `${id} ${address}`));
    equal(due.filter((failure) => !told.has(failure)), []);
    ok(due.length >= FAILING.length, "Nothing was accepted");
    // It may be under way at several kills, and is told again at most once for each.
    const again = [...told].filter(([, times]) => times > 4);
    equal(again, []);
    strictEqual(await appliance.stop(), 0);
  },
});

async function sendAndKill(
  office: Office,
  moment: Parameters<typeof strikeAt>[0],
  cycle: number,
): Promise<readonly Sent[]> {
  await using appliance = office.launch();
  const done = new AbortController();
  const striking = strikeAt(moment, {
    strike: () => void appliance.kill(),
    directories: [office.workPath, office.dropPath],
    done: done.signal,
  });
  const ready = await appliance.ready.then(() => true, () => false);
  const sent: Sent[] = [];
  if (ready) {
    const port = appliance.port("smtp");
    await Promise.all(
      Array.from({ length: SENDERS }, async (_, sender) => {
        sent.push(...await sendUntilKilled(port, `${cycle}.${sender}`));
      }),
    );
  }
  done.abort();
  await striking;
  return sent;
}

async function sendUntilKilled(port: number, name: string): Promise<Sent[]> {
  const sent: Sent[] = [];
  try {
    using session = await SmtpSession.open(port);
    for (let number = 0; number < 30; number++) {
      const id = `<${name}.${number}@test>`;
      const text = `Message-ID: ${id}\r\nSubject: ${name}\r\n\r\nHello\r\n`;
      const { kind } = await session.send(FAILING, octetsOf(text), "ann@office.example");
      sent.push({ id, accepted: kind === "accepted" });
      if (kind !== "accepted") break;
    }
  } catch {
    // It was killed before this sender got in.
  }
  return sent;
}

/** `<id> address` of each failure that a notice tells. */
function failuresIn(notice: string): readonly string[] {
  const id = /^In-Reply-To: (.*)$/m.exec(notice)?.[1]?.trim() ?? "";
  const failures = notice.matchAll(/^Final-Recipient: rfc822; (\S+)\r?\nAction: failed\r?$/gm);
  return Array.from(failures, ([, address]) => `${id} ${address}`);
}
