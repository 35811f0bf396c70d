import { setUpOffice } from "../../tests/support/appliance.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { findProgram, run } from "../../tests/support/peers.ts";
import { freePort, listens } from "../../tests/support/free_port.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";
import type { Benchmark, Measurement } from "./benchmark.ts";
import { startPostfix } from "./postfix.ts";
import { usageWhile } from "./process_usage.ts";

const DOMAIN = "world.example";
const MESSAGES = 2000;
const OCTETS = 4096;

/** Who fills the queues, with so many connections each. */
const FILLING = ["-d", "-s", "10", "-m", String(MESSAGES), "-l", String(OCTETS)];

/**
 * What has waited goes to one host on this machine, Postfix's `smtp-sink`, which keeps nothing. The
 * clock runs from the word that lets it go until the sink has the last message.
 */
export const RELAY_RATE_BENCHMARK: Benchmark = {
  title: `SMTP, send ${MESSAGES} waiting messages of 4 KiB to one host`,
  unit: "messages",
  peer: "Postfix",
  programs: ["postfix", "smtp-source", "smtp-sink"],
  async run(runs) {
    const [ours, theirs]: [Measurement[], Measurement[]] = [[], []];
    for (let number = 0; number < runs; number++) {
      ours.push(await measureOurs());
      theirs.push(await measurePostfix());
    }
    return { ours, theirs };
  },
};

async function measureOurs(): Promise<Measurement> {
  await using temp = await tempDir();
  await using sink = await startSink();
  const office = await setUpOffice(temp.path, [
    "log_level info",
    `gateway * 127.0.0.1:${sink.port}`,
    "forward_from_ip 127.0.0.1",
  ]);
  await using appliance = await office.serve();
  await office.dmail(["tellsmtp", "suspend"]);
  await fill(appliance.port("smtp"));
  // Not by the command: it takes longer to begin than the tenth of what is measured.
  return await timed(sink, appliance.pid, () => letGo(`${office.workPath}/control.sock`));
}

async function letGo(path: string): Promise<void> {
  using connection = await Deno.connect({ transport: "unix", path });
  const request = { command: "resume", args: [] };
  await connection.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  await connection.read(new Uint8Array(1024));
}

/** With what a guide to a fast Postfix says: more deliveries at once, and the queue looked at at once. */
async function measurePostfix(): Promise<Measurement> {
  await using sink = await startSink();
  await using postfix = await startPostfix({
    users: [],
    domain: "office.example",
    extra: [
      `relayhost = [127.0.0.1]:${sink.port}`,
      "defer_transports = smtp",
      "default_destination_concurrency_limit = 50",
      "initial_destination_concurrency = 50",
      "smtp_destination_concurrency_limit = 50",
      "smtp_connection_cache_on_demand = yes",
      `smtp_connection_cache_destinations = [127.0.0.1]:${sink.port}`,
      "smtp_tls_security_level = none",
    ],
  });
  await fill(postfix.port);
  await eventually("all is deferred", async () => await postfix.queued() === MESSAGES);
  await run("postconf", ["-c", postfix.configuration, "-e", "defer_transports ="]);
  await run("postfix", ["-c", postfix.configuration, "reload"]);
  return await timed(sink, postfix.pid, async () => {
    await run("postqueue", ["-c", postfix.configuration, "-f"]);
  });
}

async function timed(sink: Sink, pid: number, release: () => Promise<void>): Promise<Measurement> {
  const begin = performance.now();
  const { result: endMs, usage } = await usageWhile(pid, async () => {
    await release();
    await sink.took(MESSAGES);
    return performance.now();
  });
  return { perSecond: MESSAGES / ((endMs - begin) / 1000), usage };
}

async function fill(port: number): Promise<void> {
  const { code, stderr } = await run("smtp-source", [
    ...FILLING,
    ...["-f", "ann@office.example", "-t", `bob@${DOMAIN}`, `127.0.0.1:${port}`],
  ]);
  if (code !== 0) throw new Error(`smtp-source ended with ${code}: ${stderr}`);
}

/** Takes all mail and keeps none. Disposing it ends it. */
interface Sink extends AsyncDisposable {
  readonly port: number;
  /** Resolves when it has taken so many messages. */
  took(messages: number): Promise<void>;
}

async function startSink(): Promise<Sink> {
  const port = freePort();
  const child = new Deno.Command(findProgram("smtp-sink") ?? "smtp-sink", {
    args: ["-u", "nobody", "-c", `127.0.0.1:${port}`, "100"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let taken = 0;
  let changed = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const counts = [...text.matchAll(/mesg=(\d+)/g)].at(-1);
      taken = Math.max(taken, Number(counts?.[1] ?? 0));
      changed.resolve();
      changed = Promise.withResolvers();
    }
  })();
  await eventually("smtp-sink listens", () => listens(port));
  return {
    port,
    async took(messages) {
      while (taken < messages) await changed.promise;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await reading;
    },
  };
}
