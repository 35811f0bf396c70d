import type { LineQuality } from "../../src/app/demo/slow_line.ts";
import { setUpOffice } from "../../tests/support/appliance.ts";
import { run } from "../../tests/support/peers.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";
import type { Benchmark, Measurement } from "./benchmark.ts";
import { untilDelivered } from "./drop_files.ts";
import { type Postfix, startPostfix } from "./postfix.ts";
import { usageWhile } from "./process_usage.ts";
import { type SlowProxy, startSlowProxy } from "./slow_proxy.ts";

const DOMAIN = "world.example";

/** What waits, and the line it goes over. */
interface Load {
  readonly messages: number;
  readonly octets: number;
  readonly line: LineQuality;
  /** Whether both ends encrypt where they can, as Debian's package of Postfix is set up. */
  readonly tls: boolean;
}

/**
 * What has waited for a line goes over it, to a stock Postfix at the far end. The clock runs from the
 * first connection until every message is in the mailbox.
 */
export const RELAY_BENCHMARKS: readonly Benchmark[] = [
  flush("a thin satellite line", 10, 3 * 1024, { kbits: 64, roundTripMs: 600 }),
  flush("4G", 100, 4096, { kbits: 10_000, roundTripMs: 100 }),
  flush("a satellite line", 100, 4096, { kbits: 2000, roundTripMs: 600 }),
  flush("a modem", 100, 4096, { kbits: 50, roundTripMs: 200 }),
  flush("a modem, encrypted", 100, 4096, { kbits: 50, roundTripMs: 200, tls: true }),
];

function flush(
  name: string,
  messages: number,
  octets: number,
  { kbits, roundTripMs, tls = false }: {
    readonly kbits: number;
    readonly roundTripMs: number;
    readonly tls?: boolean;
  },
): Benchmark {
  const line = { roundTripMs, octetsPerSecond: kbits * 1000 / 8 };
  const load = { messages, octets, line, tls };
  return {
    title: `SMTP, flush ${messages} messages of ${octets} octets over ${name} ` +
      `(${kbits} kbit/s, ${roundTripMs} ms)`,
    unit: "octets",
    peer: "Postfix",
    programs: ["postfix", "smtp-source", "openssl"],
    // Once, however many runs there are: minutes each, and the line decides, not the machine.
    async run() {
      return {
        ours: [await overLine(load, measureOurs)],
        theirs: [await overLine(load, measurePostfix)],
      };
    },
  };
}

type Measure = (
  load: Load,
  proxy: SlowProxy,
  received: () => Promise<void>,
) => Promise<Measurement>;

async function overLine(load: Load, measure: Measure): Promise<Measurement> {
  await using far = await startPostfix({ users: ["bob"], domain: DOMAIN, tls: load.tls });
  using proxy = startSlowProxy(far.port, load.line);
  return await measure(load, proxy, () => untilDelivered([far.mailbox("bob")], load.messages));
}

async function measureOurs(
  load: Load,
  proxy: SlowProxy,
  received: () => Promise<void>,
): Promise<Measurement> {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, [
    "log_level info",
    `gateway * 127.0.0.1:${proxy.port}`,
    "forward_from_ip 127.0.0.1",
  ]);
  await using appliance = await office.serve();
  await office.dmail(["tellsmtp", "suspend"]);
  await send(appliance.port("smtp"), load);
  return await timed(load, proxy, appliance.pid, async () => {
    await office.dmail(["tellsmtp", "resume"]);
    await received();
  });
}

async function measurePostfix(
  load: Load,
  proxy: SlowProxy,
  received: () => Promise<void>,
): Promise<Measurement> {
  await using near: Postfix = await startPostfix({
    users: [],
    domain: "office.example",
    tls: load.tls,
    extra: [`relayhost = [127.0.0.1]:${proxy.port}`, "defer_transports = smtp"],
  });
  await send(near.port, load);
  return await timed(load, proxy, near.pid, async () => {
    await run("postconf", ["-c", near.configuration, "-e", "defer_transports ="]);
    await run("postfix", ["-c", near.configuration, "reload"]);
    await run("postqueue", ["-c", near.configuration, "-f"]);
    await received();
  });
}

async function timed(
  { messages, octets }: Load,
  proxy: SlowProxy,
  pid: number,
  work: () => Promise<void>,
): Promise<Measurement> {
  const { result: endMs, usage } = await usageWhile(pid, async () => {
    await work();
    return performance.now();
  });
  const seconds = (endMs - await proxy.used) / 1000;
  console.error(`${messages} messages in ${seconds.toFixed(2)} s`);
  return { perSecond: messages * octets / seconds, usage };
}

async function send(port: number, { messages, octets }: Load): Promise<void> {
  const { code, stderr } = await run("smtp-source", [
    ...["-d", "-s", "2", "-m", String(messages), "-l", String(octets)],
    ...["-f", "ann@office.example", "-t", `bob@${DOMAIN}`, `127.0.0.1:${port}`],
  ]);
  if (code !== 0) throw new Error(`smtp-source ended with ${code}: ${stderr}`);
}
