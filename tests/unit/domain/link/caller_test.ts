import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import {
  type AccountReport,
  Caller,
  type CallReason,
  type CallReport,
} from "../../../../src/domain/link/mod.ts";
import type { LogFields } from "../../../../src/platform/mod.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";
import { silentLog } from "../../../support/silent_log.ts";

const MINUTE = 60_000;

const account = (ok: boolean): AccountReport => ({
  account: "bob@pop",
  result: ok ? "nothing new" : "no answer",
  ok,
  waiting: 0,
  fetched: 0,
  skipped: 0,
  duds: 0,
  octets: 0,
  durationMs: 0,
});

function setup({ periodMs = 10 * MINUTE, isInterval = false } = {}) {
  const clock = new ManualClock();
  const controller = new AbortController();
  const calls: { reason: CallReason; atMs: number }[] = [];
  const warnings: (LogFields | undefined)[] = [];
  const state = { callMs: 0, accountOk: true };
  const call = async (reason: CallReason): Promise<CallReport> => {
    calls.push({ reason, atMs: clock.monotonic() });
    if (state.callMs > 0) await clock.sleep(state.callMs);
    return {
      startedAtMs: clock.now(),
      reason,
      line: "dialled",
      ok: true,
      summary: "Nothing to collect or send, in 1 s",
      durationMs: state.callMs,
      etrn: [],
      accounts: [account(state.accountOk)],
      flush: undefined,
    };
  };
  const caller = new Caller({
    call,
    clock,
    log: { ...silentLog, warn: (_event, fields) => void warnings.push(fields) },
    plan: { periodMs, isInterval },
    signal: controller.signal,
  });
  return { caller, clock, calls, controller, state, warnings };
}

const minutes = (calls: readonly { atMs: number }[]) => calls.map(({ atMs }) => atMs / MINUTE);

Deno.test("Caller.run() keeps the beat whatever a call takes", async () => {
  const { caller, clock, calls, controller, state } = setup();
  state.callMs = 3 * MINUTE;
  const run = caller.run(controller.signal);
  await clock.advance(25 * MINUTE);
  assertEquals(minutes(calls), [0, 10, 20]);
  strictEqual(caller.nextCallMs, clock.now() + 5 * MINUTE);
  controller.abort();
  await run;
});

Deno.test("Caller.run() pauses between calls with pf_isinterval, also after one by hand", async () => {
  const { caller, clock, calls, controller, state } = setup({ isInterval: true });
  state.callMs = 3 * MINUTE;
  const run = caller.run(controller.signal);
  await clock.advance(14 * MINUTE);
  assertEquals(minutes(calls), [0, 13]);
  await clock.advance(6 * MINUTE);
  caller.callNow("page");
  await clock.advance(13 * MINUTE);
  assertEquals(minutes(calls), [0, 13, 20, 33]);
  controller.abort();
  await clock.advance(3 * MINUTE);
  await run;
});

Deno.test("Caller.run() calls neither more nor less when the wall clock is set", async () => {
  const { caller, clock, calls, controller } = setup();
  const run = caller.run(controller.signal);
  await clock.advance(5 * MINUTE);
  clock.setWall(0);
  await clock.advance(5 * MINUTE);
  clock.setWall(Date.UTC(2040, 0, 1));
  await clock.advance(10 * MINUTE);
  assertEquals(minutes(calls), [0, 10, 20]);
  strictEqual(caller.nextCallMs, clock.now() + 10 * MINUTE);
  controller.abort();
  await run;
});

Deno.test("Caller.run() never calls by itself without a period", async () => {
  const { caller, clock, calls, controller } = setup({ periodMs: 0 });
  const run = caller.run(controller.signal);
  await clock.advance(24 * 60 * MINUTE);
  assertEquals([calls, caller.nextCallMs], [[], undefined]);
  controller.abort();
  await run;
});

Deno.test("Caller.replan() moves the next call", async () => {
  const { caller, clock, calls, controller } = setup({ periodMs: 0 });
  const run = caller.run(controller.signal);
  await clock.advance(MINUTE);
  caller.replan({ periodMs: 5 * MINUTE, isInterval: false });
  await clock.advance(6 * MINUTE);
  assertEquals(minutes(calls), [1, 6]);
  controller.abort();
  await run;
});

Deno.test("Caller.callNow() makes one call at a time", async () => {
  const { caller, clock, calls, state } = setup();
  state.callMs = MINUTE;
  const first = caller.callNow("command");
  const second = caller.callNow("page");
  assertEquals([first.outcome, second.outcome], ["started", "already running"]);
  strictEqual(caller.running, "command");
  await clock.advance(MINUTE);
  strictEqual(await first.report, await second.report);
  assertEquals([calls.length, caller.running], [1, undefined]);
  strictEqual(caller.last, await first.report);
});

Deno.test("Caller remembers how each account stands and when it last went well", async () => {
  const { caller, clock, state } = setup();
  await caller.callNow("command").report;
  const okMs = clock.now();
  await clock.advance(MINUTE);
  state.accountOk = false;
  await caller.callNow("command").report;
  assertEquals(caller.accounts.get("bob@pop"), {
    report: account(false),
    atMs: clock.now(),
    lastOkMs: okMs,
  });
});

Deno.test("Caller.subscribe() tells of start and end, and survives a watcher that throws", async () => {
  const { caller, warnings } = setup();
  const seen: string[] = [];
  {
    using _broken = caller.subscribe(() => {
      throw new Error("page gone");
    });
    using _watch = caller.subscribe((event) => seen.push(event.kind));
    await caller.callNow("page").report;
  }
  await caller.callNow("page").report;
  assertEquals([seen, warnings.length], [["started", "ended"], 2]);
});

Deno.test("Caller.run() waits for the call that is running when it is aborted", async () => {
  const { caller, clock, controller, state } = setup();
  state.callMs = MINUTE;
  let ended = false;
  const run = caller.run(controller.signal).then(() => ended = true);
  await clock.advance(1);
  controller.abort();
  await settle();
  strictEqual(ended, false);
  await clock.advance(MINUTE);
  await run;
});
