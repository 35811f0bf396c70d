/**
 * Runs all tests: installs the programs they run against where that is possible, shows what failed,
 * names what was skipped, and ends with one line: `N passed, N failed[, N skipped]`.
 *
 * Usage: deno task test [arguments of deno test]
 */
import { TextLineStream } from "./test/lines.ts";
import { installMissingPeers, missingPeers } from "./peers.ts";
import {
  fileTimes,
  formatTotals,
  isNews,
  missingPeer,
  parseTotals,
  skippedTests,
  type Totals,
} from "./test/report.ts";

/** A run longer than this, in ms, shows where its time went. */
const SLOW_RUN_MS = 60_000;

/** A sign of life after so many tests that went well. */
const PROGRESS_TESTS = 100;

/** How much of a line is shown, in UTF-16 units. */
const MAX_LINE_LENGTH = 500;

/** What a run showed on its way. */
interface Run {
  readonly code: number;
  readonly totals: Totals | undefined;
  readonly missing: ReadonlySet<string>;
}

async function main(args: readonly string[]): Promise<number> {
  await installMissingPeers(console.log);
  const started = performance.now();
  const reportPath = await Deno.makeTempFile({ prefix: "dmail-test-report-" });
  try {
    const run = await runTests(args, reportPath);
    const report = await Deno.readTextFile(reportPath);
    sayWhatWasSkipped(run, report);
    if (performance.now() - started > SLOW_RUN_MS) saySlowest(report, performance.now() - started);
    // A run that ended before its summary, by a type error for one, has failed as a whole.
    console.log(formatTotals(run.totals ?? { passed: 0, failed: 1, skipped: 0 }));
    return run.code === 0 && run.totals === undefined ? 1 : run.code;
  } finally {
    await Deno.remove(reportPath);
  }
}

async function runTests(args: readonly string[], reportPath: string): Promise<Run> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--parallel", `--junit-path=${reportPath}`, ...args],
    env: { NO_COLOR: "1", DENO_JOBS: Deno.env.get("DENO_JOBS") ?? String(jobs()) },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const missing = new Set<string>();
  let totals: Totals | undefined;
  let went = 0;
  const follow = async (stream: ReadableStream<Uint8Array>) => {
    for await (const line of stream.pipeThrough(new TextLineStream())) {
      totals = parseTotals(line) ?? totals;
      const peer = missingPeer(line);
      if (peer !== undefined) missing.add(peer);
      if (isNews(line)) console.log(clipped(line));
      else if (line.includes(" ... ok") && ++went % PROGRESS_TESTS === 0) console.log(`${went} ok`);
    }
  };
  const [{ code }] = await Promise.all([child.status, follow(child.stdout), follow(child.stderr)]);
  return { code, totals, missing };
}

/** A difference between two messages can be a line of megabytes. */
function clipped(line: string): string {
  return line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}…` : line;
}

/** Files at once. Most tests wait for sockets, disks and processes more than they compute. */
function jobs(): number {
  return Math.max(2, navigator.hardwareConcurrency);
}

function sayWhatWasSkipped({ missing }: Run, report: string): void {
  const skipped = skippedTests(report);
  if (skipped.length > 0) console.log(`\nSKIPPED ${skipped.length} tests:`);
  for (const { file, name } of skipped) console.log(`  ${file}: ${name}`);
  const packages = missingPeers().filter(({ unpacked }) => !unpacked);
  if (missing.size > 0) console.log(`MISSING PEERS: ${[...missing].sort().join(", ")}`);
  if (packages.length > 0) {
    console.log(`TO INSTALL: apt-get install ${packages.map((peer) => peer.package).join(" ")}`);
  }
}

function saySlowest(report: string, elapsedMs: number): void {
  console.log(`\nThe run took ${Math.round(elapsedMs / 1000)} s; slowest files:`);
  for (const { file, seconds } of fileTimes(report).slice(0, 10)) {
    console.log(`  ${seconds.toFixed(1).padStart(6)} s  ${file}`);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
