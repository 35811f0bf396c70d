import { setUpOffice } from "../../tests/support/appliance.ts";
import { pause } from "../../tests/support/eventually.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";
import { QueueIds } from "../../src/store/spool_id.ts";
import { formatRecord, formatState } from "../../src/store/spool_record.ts";
import { systemClock, systemRandom } from "../../src/platform/mod.ts";

const MESSAGES = 100_000;

/** How often `dmail queue` is asked after the start, and how long apart, in ms. */
const LOOKS = 5;
const LOOK_EVERY_MS = 8_000;

/** Recipients are spread over so many domains. */
const DOMAINS = 500;

const HOUR_MS = 3_600_000;

/**
 * What a long queue costs at start, in words, for the report: when the servers are ready, what memory
 * the process holds at most while the queue is read and for some time after, and how soon `dmail
 * queue` answers, its own start included. The line is down: all of it waits. Takes Linux.
 *
 * @param kind `tried` messages have a state, as after a first attempt that failed.
 */
export async function longQueue(kind: "fresh" | "tried"): Promise<string> {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, ["gateway * 127.0.0.1:9", "link_up /bin/false"]);
  await writeQueue(`${office.workPath}/queue`, kind);
  const begun = performance.now();
  await using appliance = await office.serve();
  const readyMs = performance.now() - begun;
  const answersMs: number[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const asked = performance.now();
    const { stdout } = await office.dmail(["queue"]);
    answersMs.push(performance.now() - asked);
    if (!/ messages wait/.test(stdout)) throw new Error(stdout);
    await pause(LOOK_EVERY_MS);
  }
  return `${MESSAGES} ${kind} messages in the queue: ready after ${seconds(readyMs)}, ` +
    `\`dmail queue\` answers within ${seconds(Math.max(...answersMs))}, ` +
    `${peakMegabytes(appliance.pid)} MB at most`;
}

/** Writes queue files as the spool does, but for the syncs. */
async function writeQueue(path: string, kind: "fresh" | "tried"): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
  const ids = new QueueIds({ clock: systemClock, random: systemRandom });
  const nowMs = Date.now();
  const body = "Subject: hello\r\n\r\n" + "How are you?\r\n".repeat(100);
  for (let number = 0; number < MESSAGES; number++) {
    const id = ids.next();
    const address = `user${number}@domain${number % DOMAINS}.example`;
    const record = formatRecord({
      id,
      envelope: { sender: `ann${number % 100}@office.example`, recipients: [{ address }] },
      origin: { kind: "network", address: "192.0.2.1" },
      submittedAtMs: nowMs - HOUR_MS,
    });
    await Deno.writeTextFile(`${path}/${id}.msg`, record + body);
    if (kind === "fresh") continue;
    const state = formatState({
      held: false,
      recipients: [{
        address,
        settled: [],
        finished: false,
        attempts: 1,
        firstAttemptMs: nowMs - HOUR_MS,
        lastAttemptMs: nowMs - HOUR_MS,
        agedMs: 0,
        nextAttemptMs: nowMs + HOUR_MS,
        lastReason: "Cannot connect to mx.example:25: no answer",
      }],
    });
    await Deno.writeTextFile(`${path}/${id}.state`, state);
  }
}

/** What a process held in memory at most, in MB. */
function peakMegabytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return Math.round(Number(kibibytes) * 1024 / 1e6);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
