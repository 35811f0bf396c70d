import { match, ok, strictEqual } from "node:assert/strict";
import { createRelay } from "../../src/agents/relay/mod.ts";
import { openQueue, type Queue } from "../../src/domain/queue/mod.ts";
import { diskFiles, systemClock, systemNet, systemRandom } from "../../src/platform/mod.ts";
import { openSpool } from "../../src/store/mod.ts";
import { eventually } from "../support/eventually.ts";
import { freePort, listens } from "../support/free_port.ts";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { findProgram, installed } from "../support/peers.ts";
import { FakeAgent, FakeRouter, HOUR_MS } from "../support/queue_rig.ts";
import { relayOptions, relayParts } from "../support/relay_parts.ts";
import { silentLog } from "../support/silent_log.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Postfix's smtp-sink with flags of its own; it keeps what it takes in `sink` below `path`. */
async function startSink(path: string, flags: readonly string[]) {
  const dir = `${path}/sink`;
  await Deno.mkdir(dir);
  await Deno.chmod(path, 0o755); // It gives up root.
  await Deno.chmod(dir, 0o777);
  const port = freePort();
  const user = Deno.uid() === 0 ? ["-u", "nobody"] : [];
  const child = new Deno.Command(findProgram("smtp-sink") ?? "smtp-sink", {
    args: [...user, ...flags, "-d", `${dir}/%s.`, `127.0.0.1:${port}`, "100"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await eventually("smtp-sink listens", () => listens(port));
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** A queue on a real disk whose world is one gateway; local mail goes to `maildrop`. */
async function openOffice(path: string, port: number, maildrop: FakeAgent): Promise<Queue> {
  const [files, clock, log] = [diskFiles(), systemClock, silentLog];
  const options = () => relayOptions({ gateways: [{ domain: "*", host: "127.0.0.1", port }] });
  return openQueue({
    spool: await openSpool({ path, files, clock, random: systemRandom, log }),
    router: new FakeRouter(),
    agents: {
      ...{ maildrop, robot: maildrop, file: maildrop },
      relay: createRelay({ ...relayParts(), options, net: systemNet, clock, log }),
    },
    allowDuplicates: () => false,
    relayGate: { isOpen: () => false },
    retry: () => ({ everyMs: HOUR_MS, maxMs: 48 * HOUR_MS, delayNoticeMs: HOUR_MS }),
    notices: () => ({
      hostname: "office.here",
      ...{ wholeMessage: false, maxOctets: 0, tellsPostmaster: true, timezone: "" },
    }),
    undeliverable: () => Promise.reject(new Error("no caretaker")),
    clock,
    log,
  });
}

/** Dots, 8-bit octets, a bare LF, a long line, no line end at the end, and more than one chunk. */
const BODY = [
  "Subject: hi",
  "",
  ".",
  "..two",
  "caf\xe9 \xff",
  "bare\nLF",
  "x".repeat(900),
  ...Array.from({ length: 5000 }, (_line, index) => `.line ${index} of a message of some length`),
  "end",
].join("\r\n");

/** What a dump holds behind the lines smtp-sink writes in front, with one kind of line end. */
function messageOf(dump: string): string {
  const text = dump.replaceAll("\r\n", "\n");
  return text.slice(text.indexOf("Subject: hi\n")).trimEnd();
}

async function submit(queue: Queue, count: number, body = BODY): Promise<void> {
  const envelope = {
    sender: "ann@here",
    recipients: [{ address: "bob@world" }, { address: "eve@world" }],
  };
  const origin = { kind: "local", by: "test" } as const;
  for (let i = 0; i < count; i++) await queue.submit({ envelope, origin }, [octetsOf(body)]);
}

/** Servers that cannot take 8 bits get a message that has none. */
const SEVEN_BIT_SERVERS = { "without ESMTP": ["-e"], "without 8BITMIME": ["-8"] };

const servers = {
  ...SEVEN_BIT_SERVERS,
  "with everything": [],
  "without PIPELINING": ["-p"],
};

for (const [name, flags] of Object.entries(servers)) {
  Deno.test({
    name: `the queue sends through smtp-sink ${name}, octet for octet`,
    ignore: !installed("smtp-sink"),
    async fn() {
      await using temp = await tempDir();
      await using sink = await startSink(temp.path, flags);
      const queue = await openOffice(`${temp.path}/queue`, sink.port, new FakeAgent());
      const stop = new AbortController();
      const run = queue.run(stop.signal);
      const body = name in SEVEN_BIT_SERVERS ? BODY.replaceAll(/[\x80-\xff]/g, "?") : BODY;
      await submit(queue, 3, body);
      const report = await queue.flush({}, stop.signal);
      stop.abort();
      await run;

      strictEqual(report.delivered, 6);
      strictEqual((await Array.fromAsync(Deno.readDir(`${temp.path}/queue`))).length, 0);
      const dumps = await Array.fromAsync(Deno.readDir(`${temp.path}/sink`));
      strictEqual(dumps.length, 3);
      for (const dump of dumps) {
        const taken = octetText(await Deno.readFile(`${temp.path}/sink/${dump.name}`));
        ok(
          messageOf(taken) === body.replaceAll("\r\n", "\n"),
          "the message was changed on the way",
        );
        match(taken, /^X-Rcpt-Args: <bob@world>/m);
        match(taken, /^X-Rcpt-Args: <eve@world>/m);
      }
    },
  });
}

Deno.test({
  name: "the queue tells the sender what smtp-sink refuses for good, and keeps what it defers",
  ignore: !installed("smtp-sink"),
  async fn(t) {
    for (const [flag, notices, left] of [["-f", 1, 0], ["-r", 0, 1]] as const) {
      for (const command of ["MAIL", "RCPT", "DATA", "."]) {
        await t.step(`${flag} ${command}`, async () => {
          await using temp = await tempDir();
          await using sink = await startSink(temp.path, [flag, command]);
          const maildrop = new FakeAgent();
          const told = Promise.withResolvers<void>();
          maildrop.answer = () => {
            told.resolve();
            return { kind: "delivered" };
          };
          const queue = await openOffice(`${temp.path}/queue`, sink.port, maildrop);
          const stop = new AbortController();
          const run = queue.run(stop.signal);
          await submit(queue, 1);
          const { failed, deferred } = await queue.flush({}, stop.signal);
          strictEqual(failed, 2 * notices);
          strictEqual(deferred, 2 * left);
          if (notices > 0) await told.promise;
          stop.abort();
          await run;

          strictEqual(maildrop.deliveries.length, notices);
          strictEqual((await Array.fromAsync(queue.list())).length, left);
          const reason = maildrop.deliveries[0]?.text ??
            (await Array.fromAsync(queue.list()))[0]?.pending[0]?.lastReason;
          match(reason ?? "", /127\.0\.0\.1 said:\s+[45]\d\d /);
        });
      }
    }
  },
});
