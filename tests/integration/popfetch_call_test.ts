import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { Caller, type CallEvent, Link, LinkError, runCall } from "../../src/domain/link/mod.ts";
import { FakeDialer } from "../support/fake_dialer.ts";
import { FetchWorld, messageTo, passTimeUntil } from "../support/fetch_world.ts";
import { ScriptedPop3 } from "../support/scripted_pop3.ts";
import { silentLog } from "../support/silent_log.ts";

/** An office whose line is dialled for a call every ten minutes, with nothing to send. */
function office() {
  const world = new FetchWorld(new ScriptedPop3([], { pipelining: true }));
  const dialer = new FakeDialer();
  const { clock } = world;
  const link = new Link({ dialer, clock, log: silentLog, lingerMs: 5_000 });
  const popfetch = world.start();
  const tasks = {
    etrn: () => Promise.resolve([]),
    fetch: popfetch.collect.bind(popfetch),
    flush: () => Promise.resolve({ delivered: 0, deferred: 0, failed: 0, problems: [] }),
    waiting: () => 0,
    lastInboundMs: () => -Infinity,
  };
  const controller = new AbortController();
  const caller = new Caller({
    call: (reason, progress, signal) =>
      runCall(
        { link, tasks, clock, log: silentLog, quietMs: 5_000, maxInboundMs: 60_000, progress },
        reason,
        signal,
      ),
    clock,
    log: silentLog,
    plan: { periodMs: 600_000, isInterval: false },
    signal: controller.signal,
  });
  return { world, dialer, link, caller, controller };
}

/** Resolves when the call that runs, or the next one, has ended. */
async function nextEnd(caller: Caller): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _watch = caller.subscribe((event) => event.kind === "ended" && resolve());
  await promise;
}

Deno.test("a scheduled call dials, collects, and hangs up", async () => {
  const { world, dialer, link, caller, controller } = office();
  using _world = world;
  world.server.messages = [{ uid: "a", text: messageTo("bob@office.example", 1) }];
  const events: CallEvent[] = [];
  using _watch = caller.subscribe((event) => events.push(event));
  const run = caller.run(controller.signal);
  await passTimeUntil(world.clock, nextEnd(caller));
  await world.clock.advance(5_000);
  assertEquals([dialer.calls, link.state], [["dial", "hang up"], "down"]);
  match(caller.last?.summary ?? "", /^Collected 1 message, sent nothing, in \d+ s$/);
  strictEqual(
    caller.accounts.get("office@pop.provider.example")?.report.result,
    "collected 1 message",
  );
  assertEquals([events.at(0)?.kind, events.at(-1)?.kind], ["started", "ended"]);
  await passTimeUntil(world.clock, nextEnd(caller));
  await world.clock.advance(5_000);
  match(caller.last?.summary ?? "", /^Nothing to collect or send, in \d+ s$/);
  assertEquals(dialer.calls, ["dial", "hang up", "dial", "hang up"]);
  controller.abort();
  await run;
});

Deno.test("a call whose line does not come up says so, and the next one makes up for it", async () => {
  const { world, dialer, caller } = office();
  using _world = world;
  world.server.messages = [{ uid: "a", text: messageTo("bob@office.example", 1) }];
  dialer.nextDial = () => Promise.reject(new LinkError("link_up ended with 1: BUSY"));
  const failed = await caller.callNow("page").report;
  match(failed.summary, /^The line did not come up: link_up ended with 1: BUSY$/);
  strictEqual(world.net.connections, 0, "nothing goes over a line that is down");
  dialer.nextDial = () => Promise.resolve("joined");
  const report = await caller.callNow("page").report;
  assertEquals([report.line, report.ok, world.queue.delivered.length], ["joined", true, 1]);
  await world.clock.advance(60_000);
  assertEquals(dialer.calls, ["dial", "dial"], "a joined line is not hung up");
});
