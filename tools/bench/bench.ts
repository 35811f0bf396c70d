/**
 * Measures dmail beside Postfix and Dovecot, which it starts itself, each in turn on the same
 * machine and disk. Takes root, for Postfix, and Linux.
 *
 * Usage: deno task bench [--write] [--only=TEXT] [--runs=N]
 *
 * `--write` replaces tools/bench/RESULTS.md; `--only` runs the benchmarks whose title has TEXT in it:
 * `idle` and `queue` are those without a peer.
 */
import { parseArgs } from "@std/cli/parse-args";
import { installed } from "../../tests/support/peers.ts";
import type { Benchmark, BenchmarkResult } from "./benchmark.ts";
import { idleConnections } from "./idle_bench.ts";
import { describeMachine, describeVersions } from "./machine.ts";
import { POP3_BENCHMARKS } from "./pop3_bench.ts";
import { longQueue } from "./queue_bench.ts";
import { table } from "./report.ts";
import { RELAY_BENCHMARKS } from "./relay_bench.ts";
import { RELAY_RATE_BENCHMARK } from "./relay_rate_bench.ts";
import { SMTP_BENCHMARKS } from "./smtp_bench.ts";

const RESULTS = new URL("RESULTS.md", import.meta.url);

const { write, only, runs } = parseArgs(Deno.args, {
  boolean: ["write"],
  string: ["only", "runs"],
  default: { only: "", runs: "3" },
  unknown: (option: string) => {
    console.error(`Unknown option ${option}: deno task bench [--write] [--only=TEXT] [--runs=N]`);
    Deno.exit(2);
  },
});

/** Of the last minute: tells a reader how quiet the machine was. */
const loadBefore = Deno.loadavg()[0] ?? 0;

const results: { benchmark: Benchmark; result: BenchmarkResult }[] = [];
for (
  const benchmark of [
    ...SMTP_BENCHMARKS,
    RELAY_RATE_BENCHMARK,
    ...RELAY_BENCHMARKS,
    ...POP3_BENCHMARKS,
  ]
) {
  if (!benchmark.title.includes(only) || !installed(...benchmark.programs)) continue;
  const result = await benchmark.run(Number(runs));
  results.push({ benchmark, result });
  console.error(table(results.slice(-1)).split("\n").at(-1));
}
console.log(table(results));
const alone: string[] = [];
if ("idle".includes(only)) alone.push(await idleConnections());
if ("queue".includes(only)) alone.push(await longQueue("fresh"), await longQueue("tried"));
for (const line of alone) console.log(line);
if (write) {
  await Deno.writeTextFile(RESULTS, await report());
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", RESULTS.pathname] }).output();
}

async function report(): Promise<string> {
  const list = (lines: readonly string[]) => lines.map((line) => `- ${line}\n`).join("");
  return `# Benchmarks

Medians of ${runs} runs (of one over a simulated line), ${
    new Date().toISOString().slice(0, 10)
  }. Run them again with
\`deno task bench --write\` (root, on a quiet machine).

${table(results)}

The ratio is dmail's rate divided by the peer's: above 1 dmail is faster. CPU seconds are those of
all processes of the server while the work was done, without the client's. Peak memory is their sum,
shared pages shared out (PSS).

Without a peer:

${list(alone)}
## How it is measured

- Mail in: four \`smtp-source\` send to a user each; the clock stops when every message is in a drop
  file. Both servers sync what they take before they answer 250. Both are warm: they have delivered
  1000 small messages, or four large ones, before the clock starts. Postfix is stock, with its
  \`virtual\` delivery agent writing mbox files.
- Flushes: all messages wait before the line is there. The clock runs from the first connection until
  all are in the mailbox at the far end, a stock Postfix. The line is simulated: rate and delay, no
  loss. Where it says so, both ends encrypt as Debian's package is set up (\`smtp_tls_security_level =
  may\`, with a cache of sessions).
- Waiting messages to one host: both have taken them while nothing went out, in the same seconds
  before; the clock runs from the word that lets them go until \`smtp-sink\` has the last one.
  Postfix may have 50 connections and keeps them open; dmail has one.
- A long queue: nothing of it goes out, the line is down. The time counts from the start of the
  process, that of \`dmail queue\` from the start of the command; memory is the most that was resident
  in the first 40 seconds.
- POP3 sessions: each client has a user of its own, with ten messages. dmail keeps passwords as
  scrypt hashes and remembers logins (\`authent_cache\`); Dovecot compares in the clear.
- RETR: one client, one command at a time. dmail has the mail in a drop file at first, Dovecot in a
  Maildir.
- Clients and server share the machine, which had a load of ${
    loadBefore.toFixed(1)
  } from other programs before.

## Where

${list(await describeMachine())}${list(await describeVersions())}`;
}
