import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import {
  type AccountReport,
  type CallProgress,
  type CallTasks,
  Link,
  LinkError,
  runCall,
} from "../../../../src/domain/link/mod.ts";
import { FakeDialer } from "../../../support/fake_dialer.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";
import { silentLog } from "../../../support/silent_log.ts";

const account: AccountReport = {
  account: "bob@pop",
  result: "collected 2 messages",
  ok: true,
  waiting: 2,
  fetched: 2,
  skipped: 0,
  duds: 0,
  octets: 2000,
  durationMs: 10,
};
const sentOne = { delivered: 1, deferred: 0, failed: 0, problems: [] };

function setup(tasks: Partial<CallTasks> = {}) {
  const [clock, dialer] = [new ManualClock(), new FakeDialer()];
  const link = new Link({ clock, dialer, log: silentLog, lingerMs: 5_000 });
  const order: string[] = [];
  const events: CallProgress[] = [];
  const noted = <T>(name: string, value: T) => (): Promise<T> => {
    order.push(name);
    return Promise.resolve(value);
  };
  const deps = {
    link,
    clock,
    log: silentLog,
    quietMs: 5_000,
    maxInboundMs: 60_000,
    progress: (event: CallProgress) => void events.push(event),
    tasks: {
      etrn: noted("etrn", []),
      fetch: noted("fetch", [account]),
      flush: noted("flush", sentOne),
      waiting: () => 0,
      lastInboundMs: () => -Infinity,
      ...tasks,
    },
  };
  const controller = new AbortController();
  const call = () => runCall(deps, "command", controller.signal);
  return { call, clock, dialer, link, order, events, controller };
}

Deno.test("runCall() asks for mail, collects and sends, and lets go of the line", async () => {
  const { call, clock, dialer, link, order } = setup();
  const report = await call();
  assertEquals(order, ["etrn", "fetch", "flush"]);
  assertEquals([report.line, report.ok, report.reason], ["dialled", true, "command"]);
  strictEqual(report.summary, "Collected 2 messages, sent 1, in 1 s");
  assertEquals([report.accounts, report.flush], [[account], sentOne]);
  await clock.advance(5_000);
  assertEquals([dialer.calls, link.state], [["dial", "hang up"], "down"]);
});

Deno.test("runCall() tells what happens while it happens", async () => {
  const { call, events } = setup({
    etrn: () => Promise.resolve([{ domain: "a.example", ok: false, result: "459 Not allowed" }]),
  });
  await call();
  assertEquals(events.map((event) => event.kind), ["line", "line", "etrn", "sent", "line"]);
});

Deno.test("runCall() collects and sends while mail comes by ATRN, and waits for nothing behind it", async () => {
  const atrn = Promise.withResolvers<void>();
  const { call, order, clock } = setup({
    async etrn(_signal, asked) {
      asked();
      await atrn.promise;
      return [{ domain: "a.example", ok: true, result: "3 messages came", messages: 3 }];
    },
    flush() {
      atrn.resolve();
      return Promise.resolve(sentOne);
    },
    lastInboundMs: () => clock.monotonic(),
  });
  const report = await call();
  assertEquals([order, report.ok], [["fetch"], true]);
  strictEqual(report.summary, "Collected 5 messages, sent 1, in 1 s");
});

Deno.test("runCall() reports a line that does not come up and does nothing else", async () => {
  const { call, dialer, order } = setup();
  dialer.nextDial = () => Promise.reject(new LinkError("link_up ended with 1: BUSY"));
  const report = await call();
  assertEquals([report.line, report.ok, order], ["failed", false, []]);
  strictEqual(report.summary, "The line did not come up: link_up ended with 1: BUSY");
});

Deno.test("runCall() does the other parts when one fails", async (t) => {
  const fail = (text: string) => () => Promise.reject(new Error(text));
  const cases = [
    { broken: { etrn: fail("No route") }, want: ["fetch", "flush"] },
    { broken: { fetch: fail("Out of memory") }, want: ["etrn", "flush"] },
    { broken: { flush: fail("Disk full") }, want: ["etrn", "fetch"] },
  ];
  for (const { broken, want } of cases) {
    await t.step(Object.keys(broken).join(), async () => {
      const { call, order } = setup(broken);
      const report = await call();
      assertEquals([order, report.ok, report.line], [want, false, "dialled"]);
      match(report.summary, /No route|Out of memory|Disk full/);
    });
  }
});

Deno.test("runCall() is not ok when an account, an ETRN or a delivery failed", async (t) => {
  const failed = { ...account, ok: false, result: "the server refused the password" };
  const cases: { tasks: Partial<CallTasks>; want: RegExp }[] = [
    { tasks: { fetch: () => Promise.resolve([failed]) }, want: /; bob@pop: the server refused/ },
    {
      tasks: { etrn: () => Promise.resolve([{ domain: "a.b", ok: false, result: "459 No" }]) },
      want: /; ETRN a\.b: 459 No$/,
    },
    {
      tasks: {
        flush: () => Promise.resolve({ ...sentOne, deferred: 1, problems: ["x is down", "y too"] }),
        waiting: () => 1,
      },
      want: /; x is down; y too$/,
    },
  ];
  for (const { tasks, want } of cases) {
    await t.step(String(want), async () => {
      const report = await setup(tasks).call();
      strictEqual(report.ok, false);
      match(report.summary, want);
    });
  }
});

Deno.test("runCall() sends what came in meanwhile, but does not try again what was deferred", async () => {
  const counts = [2, 2, 0]; // Told to the page, looked at, told to the page again.
  const { call, order } = setup({ waiting: () => counts.shift() ?? 0 });
  await call();
  assertEquals(order, ["etrn", "fetch", "flush", "flush"]);

  const deferring = setup({
    flush: () => Promise.resolve({ ...sentOne, delivered: 0, deferred: 2 }),
    waiting: () => 2,
  });
  const report = await deferring.call();
  strictEqual(report.flush?.deferred, 2);
});

Deno.test("runCall() waits for the mail that ETRN asked for until it is quiet", async () => {
  let lastInboundMs = -Infinity;
  const { call, clock, dialer } = setup({
    etrn: () => Promise.resolve([{ domain: "a.example", ok: true, result: "250 OK" }]),
    lastInboundMs: () => lastInboundMs,
  });
  const report = call();
  await clock.advance(4_000);
  lastInboundMs = clock.monotonic();
  await clock.advance(4_999);
  strictEqual(clock.sleeping, 1);
  await clock.advance(1);
  strictEqual((await report).durationMs, 9_000);
  assertEquals(dialer.calls, ["dial"]);
});

Deno.test("runCall() does not wait for ever for a server that never stops sending", async () => {
  const { call, clock } = setup({
    etrn: () => Promise.resolve([{ domain: "a.example", ok: true, result: "250 OK" }]),
    lastInboundMs: () => clock.monotonic(),
  });
  const report = call();
  await clock.advance(60_000);
  strictEqual((await report).durationMs, 60_000);
});

Deno.test("runCall() is broken off by its signal, and says so", async () => {
  const { call, controller, clock, link } = setup({
    fetch: (_progress, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      ),
  });
  const report = call();
  await settle();
  controller.abort(new Error("SIGTERM"));
  const { ok, summary } = await report;
  strictEqual(ok, false);
  match(summary, /; The call was broken off$/);
  await clock.advance(5_000);
  strictEqual(link.state, "down");
});
