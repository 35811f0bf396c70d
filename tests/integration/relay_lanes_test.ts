/** How the queue and the relay divide mail for the world into lanes and sessions. */
import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import { createRelay, type RelayOptions } from "../../src/agents/relay/mod.ts";
import type { Queue, QueueOptions } from "../../src/domain/queue/mod.ts";
import { FakeResolver, type FakeZone } from "../support/fake_resolver.ts";
import { ModelHosts } from "../support/model_hosts.ts";
import { HOUR_MS, QueueRig, submit } from "../support/queue_rig.ts";
import { relayOptions, relayParts } from "../support/relay_parts.ts";

const GATEWAY = { gateways: [{ domain: "*", host: "192.0.2.9", port: 25 }] };

/** A queue whose mail for the world goes through a real relay, to hosts in memory. */
async function office(
  { zones = {}, lineUp = true, relayed = {}, ...queueOptions }: {
    readonly zones?: Readonly<Record<string, FakeZone>>;
    readonly lineUp?: boolean;
    readonly relayed?: Partial<RelayOptions>;
  } & Partial<QueueOptions> = {},
) {
  const rig = new QueueRig();
  rig.lineUp = lineUp;
  const { clock, log } = rig;
  const net = new ModelHosts();
  const resolver = new FakeResolver(zones);
  const options = () => relayOptions(relayed);
  const relay = createRelay({ ...relayParts(), resolver, net, clock, log, options });
  const queue = await rig.open(rig.disk.files, {
    agents: { ...rig.agents, relay },
    ...queueOptions,
  });
  return { rig, net, queue, clock, resolver, run: rig.run(queue) };
}

async function submitMany(queue: Queue, count: number, domain: string): Promise<void> {
  for (let number = 0; number < count; number++) await submit(queue, [`user${number}@${domain}`]);
}

const never = new AbortController().signal;

Deno.test("500 messages for a dead host cost one attempt, at a retry and at a flush", async () => {
  const { net, queue, clock, run } = await office({ relayed: GATEWAY });
  await using _run = run;
  await submitMany(queue, 500, "dead.example");
  await clock.advance(0);
  // The first came alone.
  ok(net.tried.length <= 2, `${net.tried.length} attempts`);
  net.tried.length = 0;
  await clock.advance(2 * HOUR_MS + 60_000);
  equal(net.tried, ["192.0.2.9:25"]);
  const report = await queue.flush({}, never);
  strictEqual(report.deferred, 500);
  equal(net.tried, ["192.0.2.9:25", "192.0.2.9:25"]);
  net.at("192.0.2.9");
  strictEqual((await queue.flush({}, never)).delivered, 500);
});

Deno.test("a thousand messages for one host go over one connection", async (t) => {
  for (const keywords of [[], ["PIPELINING"], ["PIPELINING", "CHUNKING"]]) {
    await t.step(keywords.join(" ") || "one command at a time", async () => {
      const { net, queue, clock, run, rig } = await office({ lineUp: false, relayed: GATEWAY });
      await using _run = run;
      const host = net.at("192.0.2.9", ...keywords);
      await submitMany(queue, 1000, "far.example");
      await clock.advance(0);
      rig.lineUp = true;
      queue.lookAgain();
      for (let turn = 0; queue.counts().messages > 0 && turn < 50; turn++) await clock.advance(100);
      equal(new Set(host.taken.map(({ rcpts }) => rcpts[0])).size, 1000);
      strictEqual(host.taken.length, 1000);
      strictEqual(host.connections, 1);
      equal(await rig.stored(), []);
    });
  }
});

Deno.test("much mail for one host goes over several connections", async () => {
  const { net, queue, clock, run, rig } = await office({
    lineUp: false,
    relayed: GATEWAY,
    hostConnections: () => 3,
  });
  await using _run = run;
  const host = net.at("192.0.2.9");
  await submitMany(queue, 1000, "far.example");
  await clock.advance(0);
  rig.lineUp = true;
  queue.lookAgain();
  for (let turn = 0; queue.counts().messages > 0 && turn < 50; turn++) await clock.advance(100);
  strictEqual(host.taken.length, 1000);
  strictEqual(new Set(host.taken.map(({ rcpts }) => rcpts[0])).size, 1000);
  strictEqual(new Set(host.taken.map(({ connection }) => connection)).size, 3);
});

Deno.test("a host that has one connection for us gets its mail over that", async () => {
  const { net, queue, clock, run, rig } = await office({
    lineUp: false,
    relayed: GATEWAY,
    hostConnections: () => 4,
  });
  await using _run = run;
  const host = net.at("192.0.2.9");
  let greeted = 0;
  host.answer = (said) => said === "" && greeted++ > 0 ? "421 4.7.0 Too many\r\n" : undefined;
  await submitMany(queue, 1000, "far.example");
  await clock.advance(0);
  rig.lineUp = true;
  queue.lookAgain();
  for (let turn = 0; queue.counts().messages > 0 && turn < 50; turn++) await clock.advance(100);
  strictEqual(queue.counts().messages, 0);
  strictEqual(host.taken.length, 1000);
  ok(host.connections <= 4, `${host.connections} connections`);
});

Deno.test("a busy host gives way to others when there is one connection for all", async () => {
  const { net, queue, clock, run, rig } = await office({
    lineUp: false,
    relayConnections: () => 1,
    zones: {
      "big.example": { mx: ["10 mx.big.example"] },
      "small.example": { mx: ["10 mx.small.example"] },
      "mx.big.example": { addresses: ["192.0.2.1"] },
      "mx.small.example": { addresses: ["192.0.2.2"] },
    },
  });
  await using _run = run;
  const big = net.at("192.0.2.1");
  let before = 0;
  net.at("192.0.2.2").answer = (command) => {
    if (command === "EHLO office.here") before = big.taken.length;
    return undefined;
  };
  await submitMany(queue, 400, "big.example");
  await submitMany(queue, 1, "small.example");
  await clock.advance(0);
  rig.lineUp = true;
  queue.lookAgain();
  for (let turn = 0; queue.counts().messages > 0 && turn < 50; turn++) await clock.advance(100);
  strictEqual(big.taken.length, 400);
  ok(before > 0 && before <= 100, `${before} before the other had its turn`);
});

Deno.test("hosts that say nothing do not hold up mail for a good one", async () => {
  const names = Array.from({ length: 24 }, (_, number) => `tarpit${number}.example`);
  const zones: Record<string, FakeZone> = { "good.example": { addresses: ["192.0.2.200"] } };
  for (const [number, name] of names.entries()) zones[name] = { addresses: [`192.0.2.${number}`] };
  const { net, queue, clock, run } = await office({ zones, relayConnections: () => 5 });
  for (const number of names.keys()) net.tarpit(`192.0.2.${number}`);
  const good = net.at("192.0.2.200");
  for (const name of names) await submitMany(queue, 200, name); // More than memory has room for.
  await clock.advance(0);
  await submitMany(queue, 3, "good.example");
  await clock.advance(60_000);
  strictEqual(good.taken.length, 3);
  strictEqual(queue.counts().messages, 24 * 200);
  const ended = run[Symbol.asyncDispose]();
  await clock.advance(10_000); // What is under way has a moment to end.
  await ended;
});

Deno.test("a dead host that a reload leads some mail to is not taken for the one of all other mail", async () => {
  const relayed = { ...GATEWAY };
  const { net, queue, clock, run, rig } = await office({ lineUp: false, relayed });
  await using _run = run;
  const host = net.at("192.0.2.9");
  host.answer = (command) => {
    const moved = { domain: "moved.example", host: "192.0.2.66", port: 25 };
    if (command.startsWith("MAIL")) relayed.gateways = [moved, ...GATEWAY.gateways];
    return undefined;
  };
  await submitMany(queue, 1, "far.example");
  await submitMany(queue, 2, "moved.example");
  await clock.advance(0);
  rig.lineUp = true;
  queue.lookAgain();
  await clock.advance(10_000);
  ok(net.tried.includes("192.0.2.66:25"));
  await submitMany(queue, 5, "far.example");
  await clock.advance(10_000);
  strictEqual(host.taken.length, 6);
  // Nor is the dead one tried again for what comes later.
  net.tried.length = 0;
  await submitMany(queue, 2, "moved.example");
  await clock.advance(10_000);
  equal(net.tried.filter((at) => at.startsWith("192.0.2.66")), []);
});

Deno.test("a message for domains with the same exchangers goes there once", async () => {
  const { net, queue, clock, run, resolver } = await office({
    zones: {
      "one.example": { mx: ["10 mx1.host.example", "20 mx2.host.example"] },
      "two.example": { mx: ["5 mx1.host.example", "7 mx2.host.example"] },
      "three.example": { mx: ["5 mx2.host.example"] },
      "mx1.host.example": { addresses: ["192.0.2.1"] },
      "mx2.host.example": { addresses: ["192.0.2.2"] },
    },
  });
  await using _run = run;
  const [first, second] = [net.at("192.0.2.1"), net.at("192.0.2.2")];
  first.answer = (command) => command.includes("<eve@") ? "550 5.1.1 Nobody\r\n" : undefined;
  await submit(queue, [
    "bob@one.example",
    "eve@two.example",
    "ann@two.example",
    "joe@three.example",
  ]);
  await clock.advance(0);
  equal(first.taken.map(({ rcpts }) => rcpts), [
    ["RCPT TO:<bob@one.example>", "RCPT TO:<ann@two.example>"],
  ]);
  equal(second.taken.map(({ rcpts }) => rcpts), [["RCPT TO:<joe@three.example>"]]);
  equal(net.tried.sort(), ["192.0.2.1:25", "192.0.2.2:25"]);
  ok(resolver.asked.includes("MX two.example"));
});

Deno.test("messages for domains with the same exchangers share a connection", async () => {
  const zones: Record<string, FakeZone> = { "mx.host.example": { addresses: ["192.0.2.1"] } };
  const names = Array.from({ length: 30 }, (_, number) => `domain${number}.example`);
  for (const name of names) zones[name] = { mx: ["10 mx.host.example"] };
  const { net, queue, clock, run, rig } = await office({ zones, lineUp: false });
  await using _run = run;
  for (const name of names) await submitMany(queue, 1, name);
  await clock.advance(0);
  const host = net.at("192.0.2.1");
  rig.lineUp = true;
  queue.lookAgain();
  await clock.advance(60_000);
  strictEqual(host.taken.length, 30);
  strictEqual(host.connections, 1);
});

Deno.test("nothing is looked up while the line is down", async () => {
  const { queue, clock, run, resolver } = await office({ lineUp: false });
  await using _run = run;
  await submitMany(queue, 3, "far.example");
  await clock.advance(3 * HOUR_MS);
  equal(resolver.asked, []);
});

Deno.test("a domain that DNS says nothing about holds up no other recipient", async () => {
  const silent = Promise.withResolvers<never>();
  const { net, queue, clock, run, resolver } = await office({
    zones: {
      "far.example": { mx: ["10 mx.far.example"] },
      "mx.far.example": { addresses: ["192.0.2.1"] },
    },
  });
  const { mailExchangers } = resolver;
  resolver.mailExchangers = (domain) =>
    domain === "silent.example" ? silent.promise : mailExchangers.call(resolver, domain);
  await using _run = run;
  const host = net.at("192.0.2.1");
  await submit(queue, ["bob@far.example", "eve@silent.example"]);
  await submit(queue, ["ann@far.example"]);
  await clock.advance(10_000);
  equal(host.taken.map(({ rcpts }) => rcpts[0]).sort(), [
    "RCPT TO:<ann@far.example>",
    "RCPT TO:<bob@far.example>",
  ]);
  silent.reject(new Error("the test ends"));
});

Deno.test("what one of several domains with the same hosts is refused for is its own", async () => {
  const { net, queue, clock, run, rig } = await office({
    zones: {
      "one.example": { mx: ["10 mx.host.example"] },
      "two.example": { mx: ["10 mx.host.example"] },
      "mx.host.example": {},
    },
  });
  await using _run = run;
  await submit(queue, ["bob@one.example", "eve@two.example"], { sender: "ann@here" });
  await clock.advance(0);
  equal(net.tried, []);
  const text = rig.maildrop.deliveries.map(({ text }) => text).join();
  for (const domain of ["one.example", "two.example"]) {
    ok(text.includes(`No mail exchanger of ${domain} has an address`), text);
  }
});
