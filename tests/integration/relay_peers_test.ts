/** The relay and servers of others as its next hop. */
import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import { systemNet } from "../../src/platform/mod.ts";
import { startPostfix } from "../../tools/bench/postfix.ts";
import { eventually } from "../support/eventually.ts";
import { installed } from "../support/peers.ts";
import { relayJob } from "../support/relay_jobs.ts";
import { RelayRun } from "../support/relay_run.ts";
import { RememberingLog } from "../support/remembering_log.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";

const gatewayAt = (port: number) => [{ domain: "*", host: "127.0.0.1", port }];

const subjects = (text: string) =>
  [...text.matchAll(/^Subject: (\d+)\r?$/gm)].map(([, number]) => Number(number)).sort((a, b) =>
    a - b
  );

Deno.test("Postfix takes a stream of messages, and refuses what it must in the middle", {
  ignore: !installed("postfix") || Deno.uid() !== 0,
}, async (t) => {
  for (const pace of ["BDAT", "DATA"]) {
    await t.step(pace, async () => {
      const extra = pace === "BDAT" ? [] : ["smtpd_discard_ehlo_keywords = chunking"];
      await using postfix = await startPostfix({ users: ["bob"], domain: "world.example", extra });
      const log = new RememberingLog();
      const run = new RelayRun(systemNet, { gateways: gatewayAt(postfix.port) }, log);
      const jobs = Array.from({ length: 40 }, (_, number) => {
        const to = number % 4 === 1 ? `nobody${number}@world.example` : "bob@world.example";
        const text = `Subject: ${number}\r\n\r\n${".x\r\n".repeat(number === 7 ? 50_000 : 100)}`;
        return relayJob({ sender: "ann@here.example", recipients: [{ address: to }] }, text);
      });
      await run.deliver(jobs);
      const outcomes = run.outcomes.get("bob@world.example") ?? [];
      equal(outcomes.map(({ kind }) => kind), Array(30).fill("delivered"));
      const refused = run.outcomes.get("nobody1@world.example")?.[0];
      ok(refused?.kind === "permanent");
      match(refused.reason, /127\.0\.0\.1 said: 550 5\.1\.1 /);
      strictEqual(log.of("Connected").length, 1);
      const mailbox = () => Deno.readTextFile(postfix.mailbox("bob")).catch(() => "");
      await eventually("all is there", async () => subjects(await mailbox()).length === 30);
      const wanted = jobs.map((_, number) => number).filter((number) => number % 4 !== 1);
      equal(subjects(await mailbox()), wanted);
      strictEqual((await mailbox()).match(/^\.x$/gm)?.length, 29 * 100 + 50_000);
    });
  }
});

Deno.test("what smtp-sink has taken was told, wherever it hangs up", {
  ignore: !installed("smtp-sink"),
}, async (t) => {
  // Without a word, and with 421.
  for (const flag of ["-q", "-Q"]) {
    for (const command of ["EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"]) {
      await t.step(`${flag} ${command}`, async () => {
        await using sink = await startSmtpSink(undefined, [flag, command]);
        const run = new RelayRun(systemNet, { gateways: gatewayAt(sink.port) });
        await run.deliver(Array.from({ length: 10 }, (_, number) =>
          relayJob(
            { sender: "ann@here.example", recipients: [{ address: `r${number}@world.example` }] },
            `Subject: ${number}\r\n\r\nHello\r\n`,
          )));
        const told = [...run.outcomes.values()].flat().map(({ kind }) => kind);
        equal(told, Array(10).fill(command === "QUIT" ? "delivered" : "temporary"));
        if (command !== "QUIT") return;
        await eventually(
          "the sink has written",
          async () => subjects((await sink.messages()).join("\n")).length === 10,
        );
      });
    }
  }
});
