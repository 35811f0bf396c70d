import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { EtrnRuns, type Node } from "../../../src/app/etrn_runs.ts";
import type { FlushReport } from "../../../src/domain/queue/mod.ts";
import { FakeLine } from "../../support/fake_line.ts";
import { ManualClock, settle } from "../../support/manual_clock.ts";
import { RememberingLog } from "../../support/remembering_log.ts";

const NODE: Node = { kind: "node", node: "branch.example", below: false };
const DEFERRED: FlushReport = {
  delivered: 0,
  deferred: 1,
  failed: 0,
  problems: ["eve@branch.example: Cannot connect to 10.1.0.1:25"],
};

/** Runs over a queue whose flushes end when the test says so. */
function rig() {
  const flushes: { domain: string; end: (report: FlushReport) => void }[] = [];
  const clock = new ManualClock();
  const log = new RememberingLog();
  const stop = new AbortController();
  const waiting = { count: 1 };
  const line = new FakeLine({ permanent: false });
  const runs = new EtrnRuns({
    queue: {
      waitingFor: () => waiting.count,
      flush(about, signal) {
        const { promise, resolve, reject } = Promise.withResolvers<FlushReport>();
        const { domain = "", below } = about as { domain?: string; below?: boolean };
        flushes.push({ domain: `${below ? "@" : ""}${domain}`, end: resolve });
        signal.addEventListener("abort", () => reject(signal.reason));
        return promise;
      },
    },
    ...{ link: line, clock, log, signal: stop.signal },
  });
  return { runs, flushes, clock, log, line, waiting, stop };
}

Deno.test("start() tries again once for all who have asked meanwhile", async () => {
  const { runs, flushes, log } = rig();
  for (let i = 0; i < 5; i++) strictEqual(runs.start(NODE, { hurries: true }), true);
  strictEqual(flushes.length, 1);
  flushes[0]?.end(DEFERRED);
  await settle();
  strictEqual(flushes.length, 2, "The host may be there now");
  flushes[1]?.end(DEFERRED);
  await settle();
  strictEqual(flushes.length, 2);
  equal(log.of("ETRN done")[0], {
    domain: "branch.example",
    delivered: 0,
    deferred: 1,
    failed: 0,
    reason: "eve@branch.example: Cannot connect to 10.1.0.1:25",
  });
});

Deno.test("start() lets a domain rest when strangers ask, and not when we do", async () => {
  const { runs, flushes, clock } = rig();
  const stranger = { hurries: false };
  runs.start(NODE, stranger);
  flushes[0]?.end(DEFERRED);
  await settle();
  for (let i = 0; i < 1000; i++) strictEqual(runs.start(NODE, stranger), true);
  await clock.advance(14_999);
  strictEqual(flushes.length, 1);
  await clock.advance(1);
  strictEqual(flushes.length, 2);
  flushes[1]?.end(DEFERRED);
  await settle();
  runs.start(NODE, { hurries: true });
  await settle();
  strictEqual(flushes.length, 3);
});

Deno.test("start() forgets a domain when it has rested", async () => {
  const { runs, flushes, clock } = rig();
  runs.start(NODE, { hurries: false });
  flushes[0]?.end(DEFERRED);
  await clock.advance(15_000);
  await runs.ended();
  strictEqual(clock.sleeping, 0);
  runs.start(NODE, { hurries: false });
  strictEqual(flushes.length, 2);
  flushes[1]?.end(DEFERRED);
});

Deno.test("start() tells a domain from what is below it", () => {
  const { runs, flushes } = rig();
  runs.start(NODE, { hurries: true });
  runs.start({ ...NODE, below: true }, { hurries: true });
  equal(flushes.map(({ domain }) => domain), ["branch.example", "@branch.example"]);
});

Deno.test("start() does not look through the queue again when nothing waits any more", async () => {
  const { runs, flushes, waiting } = rig();
  runs.start(NODE, { hurries: true });
  runs.start(NODE, { hurries: true });
  waiting.count = 0;
  flushes[0]?.end({ ...DEFERRED, delivered: 1, deferred: 0 });
  await settle();
  strictEqual(flushes.length, 1);
});

Deno.test("start() begins no more than a thousand at a time", () => {
  const { runs, flushes } = rig();
  const some = Array.from({ length: 1001 }, (_, i) => ({ ...NODE, node: `d${i}.example` }));
  const started = some.map((node) => runs.start(node, { hurries: true }));
  equal([started.lastIndexOf(true), started.at(-1), flushes.length], [999, false, 1000]);
});

Deno.test("what is under way ends with the line, which it neither keeps up nor dials", async () => {
  const { runs, clock, flushes, line, log } = rig();
  runs.start(NODE, { hurries: true });
  runs.start(NODE, { hurries: true });
  line.becomes("hanging up");
  await settle();
  line.becomes("down");
  strictEqual(flushes.length, 1);
  equal(log.of("ETRN broken off")[0]?.["reason"], "Error: The line went down");
  await clock.advance(15_000);
  await runs.ended();
  strictEqual(line.watched, 0);
});

Deno.test("what is under way ends with the appliance, asleep or not", async () => {
  const { runs, flushes, clock, log, stop } = rig();
  runs.start(NODE, { hurries: false });
  runs.start({ ...NODE, node: "else.example" }, { hurries: false });
  flushes[1]?.end(DEFERRED);
  await settle();
  stop.abort(new Error("The appliance is stopping"));
  await runs.ended();
  strictEqual(clock.sleeping, 0);
  equal(log.of("ETRN broken off"), [{
    domain: "branch.example",
    reason: "Error: The appliance is stopping",
  }]);
});
