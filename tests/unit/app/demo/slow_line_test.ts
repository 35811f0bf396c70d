import { deepStrictEqual as assertEquals, ok, rejects } from "node:assert/strict";
import { SlowLine } from "../../../../src/app/demo/slow_line.ts";
import type { Connection } from "../../../../src/platform/mod.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";
import { MemoryNet } from "../../../support/memory_net.ts";

const QUALITY = { roundTripMs: 600, octetsPerSecond: 8000 };

const PEER = { host: "provider", port: 110 };

/** A line that is up, and both ends of a connection over it. */
async function setup(clock: ManualClock) {
  const [accepted, done] = [
    Promise.withResolvers<Connection>(),
    Promise.withResolvers<void>(),
  ];
  const net = new MemoryNet({
    "provider:110": async (connection) => {
      accepted.resolve(connection);
      await done.promise;
    },
  });
  const line = new SlowLine(QUALITY, { clock });
  line.bringUp();
  const connecting = line.net(net).connect(PEER);
  await clock.advance(QUALITY.roundTripMs);
  const [near, far] = [await connecting, await accepted.promise];
  return {
    line,
    near,
    far,
    [Symbol.dispose]() {
      near.close();
      done.resolve();
    },
  };
}

/** Reads `octets` octets while the clock runs in steps; resolves to how long it took. */
async function timeToRead(clock: ManualClock, from: Connection, octets: number): Promise<number> {
  const begin = clock.monotonic();
  let left = octets;
  let done = false;
  const reading = (async () => {
    const buffer = new Uint8Array(4096);
    while (left > 0) left -= await from.read(buffer) ?? left;
    done = true;
  })();
  for (let step = 0; !done && step < 2000; step++) {
    await settle();
    if (!done) await clock.advance(25);
  }
  await reading;
  return clock.monotonic() - begin;
}

Deno.test("SlowLine takes a round trip to connect and half of one to deliver", async () => {
  const clock = new ManualClock();
  using ends = await setup(clock);
  await ends.near.write(new Uint8Array(8));
  const ms = await timeToRead(clock, ends.far, 8);
  ok(ms >= 300 && ms <= 400, `${ms} ms`);
});

Deno.test("SlowLine passes no more octets a second than it may, either way", async () => {
  const clock = new ManualClock();
  using ends = await setup(clock);
  await ends.near.write(new Uint8Array(16_000));
  const out = await timeToRead(clock, ends.far, 16_000);
  ok(out >= 2200 && out <= 2600, `${out} ms out`);
  await ends.far.write(new Uint8Array(16_000));
  const back = await timeToRead(clock, ends.near, 16_000);
  ok(back >= 2200 && back <= 2700, `${back} ms back`);
  assertEquals(ends.line.traffic, { octetsIn: 16_000, octetsOut: 16_000 });
});

Deno.test("SlowLine lets nothing through while it is down", async () => {
  const line = new SlowLine(QUALITY, { clock: new ManualClock() });
  await rejects(() => line.net(new MemoryNet({})).connect(PEER), /the line is down/);
});

Deno.test("SlowLine cuts its connections when it goes down", async () => {
  const clock = new ManualClock();
  using ends = await setup(clock);
  const reading = rejects(() => ends.near.read(new Uint8Array(1)), /closed/);
  ends.line.takeDown();
  await reading;
  await rejects(() => ends.near.write(new Uint8Array(1)), /closed/);
  assertEquals(await ends.far.read(new Uint8Array(1)).catch(() => null), null);
});

Deno.test("SlowLine hands on the end of a stream behind the last octet", async () => {
  const clock = new ManualClock();
  using ends = await setup(clock);
  await ends.near.write(new TextEncoder().encode("bye"));
  const closing = ends.near.closeWrite();
  const ms = await timeToRead(clock, ends.far, 3);
  ok(ms >= 300);
  await clock.advance(10);
  await closing;
  assertEquals(await ends.far.read(new Uint8Array(1)), null);
});
