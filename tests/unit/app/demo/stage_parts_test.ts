import {
  deepStrictEqual as assertEquals,
  match,
  ok,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { checkArrival } from "../../../../src/app/demo/check_arrival.ts";
import { officeMail, queuedMail, waitingMail } from "../../../../src/app/demo/messages.ts";
import { demoModem } from "../../../../src/app/demo/modem.ts";
import { NamedHosts } from "../../../../src/app/demo/named_hosts.ts";
import { SlowLine } from "../../../../src/app/demo/slow_line.ts";
import { parseHeader } from "../../../../src/formats/header.ts";
import type { Maildrops } from "../../../../src/store/mod.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { MemoryNet } from "../../../support/memory_net.ts";
import { SeededRandom } from "../../../support/seeded_random.ts";

const OPTIONS = { nowMs: Date.UTC(2024, 0, 1), random: new SeededRandom(1) };

Deno.test("the demo's messages are proper mail, each with an id of its own", () => {
  const all = [...waitingMail(OPTIONS), ...queuedMail(OPTIONS), ...officeMail(OPTIONS)];
  ok(all.length >= 12);
  const ids = new Set<string>();
  for (const { text, recipients } of all) {
    const header = parseHeader(new TextEncoder().encode(text));
    const value = (name: string) =>
      header.find((field) => field.name.toLowerCase() === name)?.value ?? "";
    for (const name of ["from", "to", "subject", "date", "message-id"]) ok(value(name), name);
    ids.add(value("message-id"));
    ok(recipients.length > 0);
    ok(!/[^\r]\n|\r[^\n]/.test(text), "CRLF only");
    match(text.slice(0, text.indexOf("\r\n\r\n")), /^[\x20-\x7e\r\n]*$/);
  }
  strictEqual(ids.size, all.length);
});

Deno.test("NamedHosts finds a host by its name and port, and no other", async () => {
  const net = new MemoryNet({ "127.0.0.1:4711": () => Promise.resolve() });
  const hosts = new NamedHosts();
  hosts.set("pop.example", 110, { host: "127.0.0.1", port: 4711 });
  (await hosts.net(net).connect({ host: "pop.example", port: 110 })).close();
  await rejects(() => hosts.net(net).connect({ host: "pop.example", port: 25 }), /no host/);
  await rejects(() => hosts.net(net).connect({ host: "127.0.0.1", port: 4711 }), /no host/);
});

Deno.test("demoModem() dials, tells and hangs up, and knows nothing else", async () => {
  const clock = new ManualClock();
  const line = new SlowLine({ roundTripMs: 1, octetsPerSecond: 1 }, { clock });
  const modem = demoModem(line, { clock });
  const run = async (command: string) => (await modem.run(command, { timeoutMs: 1000 })).code;
  strictEqual(await run("is it up"), 1);
  const dialling = run("dial");
  strictEqual(line.isUp, false);
  await clock.advance(1500);
  strictEqual(await dialling, 0);
  strictEqual(await run("is it up"), 0);
  strictEqual(await run("hang up"), 0);
  strictEqual(line.isUp, false);
  strictEqual(await run("rm -rf /"), 127);
});

/** Maildrops that hold these texts. */
function holding(texts: readonly string[]): Maildrops {
  return {
    lock: () =>
      Promise.resolve({
        messages: texts.map((_, index) => ({ uid: String(index), sizeOctets: 0 })),
        read: (uid: string) =>
          ReadableStream.from([new TextEncoder().encode(texts[Number(uid)] ?? "")]),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  } as unknown as Maildrops;
}

Deno.test("checkArrival() sees what is missing, doubled, cut or too much", async (t) => {
  const text = "Subject: hi\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n";
  const whole = `Received: here\r\n${text}`;
  const cases = [
    { name: "all is well", texts: [whole], wrong: 0 },
    { name: "missing", texts: [], wrong: 2 },
    { name: "doubled", texts: [whole, whole], wrong: 2 },
    { name: "cut", texts: [whole.slice(0, -2)], wrong: 1 },
    { name: "changed", texts: [whole.replace("body", "bodY")], wrong: 1 },
    { name: "one too many", texts: [whole, "Received: here\r\nother\r\n"], wrong: 1 },
  ];
  for (const { name, texts, wrong } of cases) {
    await t.step(name, async () => {
      const expected = [{ user: "anna", text, annotated: false }];
      const [arrived] = await checkArrival(holding(texts), ["anna"], expected);
      assertEquals(arrived?.wrong.length, wrong, JSON.stringify(arrived));
    });
  }
});
