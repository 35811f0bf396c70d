/**
 * Measures the appliance with a long queue: how long it takes to start, what memory it holds, and how
 * soon `dmail queue` answers. Takes Linux.
 *
 * Usage: deno run -A tools/bench/queue_bench.ts [--messages=N] [--tried] [--seconds=N]
 *
 * `--tried` gives each message a state, as after a first attempt that failed; `--seconds` is how long
 * it is watched after it was ready.
 */
import { parseArgs } from "@std/cli/parse-args";
import { setUpOffice } from "../../tests/support/appliance.ts";
import { pause } from "../../tests/support/eventually.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";
import { cpuSeconds } from "./process_usage.ts";
import { QueueIds } from "../../src/store/spool_id.ts";
import { formatRecord, formatState } from "../../src/store/spool_record.ts";
import { systemClock, systemRandom } from "../../src/platform/mod.ts";

const { messages, tried, seconds } = parseArgs(Deno.args, {
  string: ["messages", "seconds"],
  boolean: ["tried"],
  default: { messages: "100000", seconds: "40" },
});

/** Recipients are spread over so many domains. */
const DOMAINS = 500;

const HOUR_MS = 3_600_000;

await using temp = await tempDir();
// A dialled line that is down: all of it waits.
const office = await setUpOffice(temp.path, [
  "gateway * 127.0.0.1:9",
  "link_up /bin/false",
  "log_level info",
]);
await writeQueue(`${office.workPath}/queue`, Number(messages));

const begun = performance.now();
await using appliance = await office.serve();
console.log(
  `ready after ${since(begun)}, ${cpuSeconds(appliance.pid).toFixed(1)} s of processor time; ` +
    `${memory(appliance.pid)}`,
);
await watch();
for (let second = 0; second < Number(seconds); second += 10) {
  await pause(9_000);
  await watch();
}

async function watch(): Promise<void> {
  const asked = performance.now();
  const { stdout } = await office.dmail(["queue"]);
  const [first] = stdout.split("\n");
  console.log(
    `${since(begun)}: ${memory(appliance.pid)}; dmail queue took ${since(asked)}: ${first}`,
  );
}

/** Writes queue files as the spool does, but for the syncs. */
async function writeQueue(path: string, count: number): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
  const ids = new QueueIds({ clock: systemClock, random: systemRandom });
  const nowMs = Date.now();
  const body = "Subject: hello\r\n\r\n" + "How are you?\r\n".repeat(100);
  for (let number = 0; number < count; number++) {
    const id = ids.next();
    const address = `user${number}@domain${number % DOMAINS}.example`;
    const record = formatRecord({
      id,
      envelope: { sender: `ann${number % 100}@office.example`, recipients: [{ address }] },
      origin: { kind: "network", address: "192.0.2.1" },
      submittedAtMs: nowMs - HOUR_MS,
    });
    await Deno.writeTextFile(`${path}/${id}.msg`, record + body);
    if (!tried) continue;
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

/** What a process holds in memory, and held at most. */
function memory(pid: number): string {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const [now, most] = ["VmRSS", "VmHWM"].map((name) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status);
    return (Number(found?.[1] ?? 0) / 1024).toFixed(0);
  });
  return `${now} MiB resident, at most ${most}`;
}

function since(beginMs: number): string {
  return `${((performance.now() - beginMs) / 1000).toFixed(1)} s`;
}
