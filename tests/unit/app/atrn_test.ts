import { deepStrictEqual as equal } from "node:assert/strict";
import { TurnedSessions } from "../../../src/agents/relay/mod.ts";
import { atrnHandler } from "../../../src/app/atrn.ts";
import { configOf } from "../../support/config_text.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { MemoryNet } from "../../support/memory_net.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import { silentLog } from "../../support/silent_log.ts";

/** A hub whose queue has so much for branch.example, and may not have been read to its end. */
function hub({ waiting = 0, isIncomplete = false, suspended = false }) {
  const clock = new ManualClock();
  const config = configOf("suspend_domain branch.example", "atrn_domain branch.example bob");
  return atrnHandler({
    config: () => config,
    queue: {
      suspended,
      waitingFor: () => waiting,
      counts: () => ({ messages: waiting, held: 0, putOff: 0, forWorld: 0, isIncomplete }),
      flush: () => Promise.resolve({ delivered: 0, deferred: 0, failed: 0, problems: [] }),
    },
    turned: new TurnedSessions({ net: new MemoryNet({}), clock }),
    random: new SeededRandom(1),
    clock,
    log: silentLog,
  });
}

const request = { user: "bob", address: "192.0.2.1", domains: [] };

Deno.test("ask() says that no mail waits only when all of the queue is known", () => {
  equal(hub({}).ask(request), { kind: "no mail" });
  equal(hub({ isIncomplete: true }).ask(request), {
    kind: "unavailable",
    reason: "the queue is being read",
  });
  equal(hub({ isIncomplete: true, waiting: 1 }).ask(request).kind, "turned");
});

Deno.test("ask() gives a user the mail of his domains, one session at a time", () => {
  const handler = hub({ waiting: 1 });
  equal(handler.ask({ ...request, user: "eve" }), {
    kind: "not allowed",
    reason: "eve does not get the mail for any domain",
  });
  equal(handler.ask({ ...request, domains: ["branch.example", "other.example"] }), {
    kind: "not allowed",
    reason: "bob does not get the mail for other.example",
  });
  equal(hub({ waiting: 1, suspended: true }).ask(request).kind, "unavailable");
  equal(handler.ask({ ...request, user: "BOB" }).kind, "turned");
  equal(handler.ask(request), {
    kind: "not allowed",
    reason: "the mail is on its way over another connection",
  });
});
