/** Any mix of domains, hosts, outcomes and drops: what the queue and the relay make of it. */
import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createRelay } from "../../src/agents/relay/mod.ts";
import type { DeliveryAgent, LaneJobs } from "../../src/domain/queue/mod.ts";
import { FakeResolver, type FakeZone } from "../support/fake_resolver.ts";
import { ModelHosts } from "../support/model_hosts.ts";
import { HOUR_MS, QueueRig, submit } from "../support/queue_rig.ts";
import { relayOptions, relayParts } from "../support/relay_parts.ts";

const DOMAINS = ["a.example", "b.example", "c.example", "d.example"];
const HOSTS = 3;

/** What is wrong with a host until all is well; by connection where it is a list. */
const trouble = fc.oneof(
  fc.record({ kind: fc.constant("none" as const) }),
  fc.record({ kind: fc.constant("dead" as const) }),
  fc.record({ kind: fc.constant("cut" as const), after: fc.array(fc.nat(900), { minLength: 1 }) }),
  fc.record({
    kind: fc.constant("says" as const),
    verb: fc.constantFrom("MAIL", "RCPT", "BDAT", ".", "DATA"),
    reply: fc.constantFrom("451 4.3.0 Later\r\n", "421 4.3.2 Closing\r\n"),
  }),
);

const world = fc.record({
  offers: fc.constantFrom([], ["PIPELINING"], ["PIPELINING", "CHUNKING"]),
  exchangers: fc.array(fc.subarray([0, 1, 2], { minLength: 1 }), { minLength: 4, maxLength: 4 }),
  troubles: fc.array(trouble, { minLength: HOSTS, maxLength: HOSTS }),
  messages: fc.array(fc.subarray([0, 1, 2, 3], { minLength: 1 }), { minLength: 1, maxLength: 30 }),
  // So that some of it goes over several connections at once.
  more: fc.constantFrom(0, 0, 0, 250),
  connections: fc.constantFrom(1, 2, 20),
});

/** An agent that sees to it that nobody is given what somebody has. */
function watched(agent: DeliveryAgent): DeliveryAgent {
  const inHand = new Set<string>();
  return {
    laneOf: (destination) => agent.laneOf(destination),
    findLane: (destination, signal) => agent.findLane?.(destination, signal),
    isWide: () => true,
    async deliver(lane, jobs, settle, signal) {
      const mine = new Set<string>();
      const keyOf = (id: string, destination: unknown) => `${id} ${JSON.stringify(destination)}`;
      const line: LaneJobs = {
        *[Symbol.iterator]() {
          for (const job of jobs) {
            for (const destination of job.destinations) {
              const key = keyOf(job.message.id, destination);
              ok(!inHand.has(key), `${key} is in two hands`);
              inHand.add(key);
              mine.add(key);
            }
            yield job;
          }
        },
        get coming() {
          return jobs.coming;
        },
      };
      await agent.deliver(lane, line, (job, destination, outcome) => {
        const key = keyOf(job.message.id, destination);
        ok(mine.delete(key), `${key} was settled twice, or by somebody else`);
        inHand.delete(key);
        return settle(job, destination, outcome);
      }, signal);
      for (const key of mine) inHand.delete(key);
    },
  };
}

Deno.test("mail for any mix of hosts arrives, and twice only if an answer was lost", async () => {
  await fc.assert(
    fc.asyncProperty(
      world,
      async ({ offers, exchangers, troubles, messages: some, more, connections }) => {
        const messages = [...some, ...Array.from({ length: more }, () => some[0] ?? [])];
        const rig = new QueueRig();
        rig.lineUp = true;
        const { clock, log } = rig;
        const zones: Record<string, FakeZone> = {};
        for (const [at, domain] of DOMAINS.entries()) {
          zones[domain] = { mx: exchangers[at]?.map((host) => `${host} mx${host}.example`) ?? [] };
        }
        const net = new ModelHosts();
        const hosts = Array.from({ length: HOSTS }, (_, host) => {
          zones[`mx${host}.example`] = { addresses: [`192.0.2.${host}`] };
          return net.at(`192.0.2.${host}`, ...offers);
        });
        for (const [at, host] of hosts.entries()) {
          const trouble = troubles[at];
          if (trouble?.kind === "dead") {
            host.answer = (said) => said === "" ? "421 no\r\n" : undefined;
          }
          if (trouble?.kind === "cut") {
            host.cutAfter = (number) => trouble.after[number] ?? Infinity;
          }
          if (trouble?.kind !== "says") continue;
          host.answer = (said) => said.startsWith(trouble.verb) ? trouble.reply : undefined;
        }
        const relay = createRelay({
          ...{ ...relayParts(), resolver: new FakeResolver(zones), net, clock, log },
          options: () => relayOptions(),
        });
        const queue = await rig.open(undefined, {
          agents: { ...rig.agents, relay: watched(relay) },
          relayConnections: () => connections,
          hostConnections: () => 3,
          retry: () => ({
            everyMs: 2 * HOUR_MS,
            maxMs: 100 * HOUR_MS,
            delayNoticeMs: 100 * HOUR_MS,
          }),
        });
        await using _run = rig.run(queue);
        for (const [number, to] of messages.entries()) {
          const recipients = to.map((at) => `r${number}@${DOMAINS[at]}`);
          await submit(queue, recipients, { sender: `s${number}@here` });
        }
        await clock.advance(3 * HOUR_MS);
        for (const host of hosts) {
          host.answer = () => undefined;
          host.cutAfter = () => Infinity;
        }
        await clock.advance(12 * HOUR_MS);
        equal(log.events("error"), []);
        strictEqual(queue.counts().messages, 0);
        for (const [number, to] of messages.entries()) {
          for (const at of to) {
            const line = `RCPT TO:<r${number}@${DOMAINS[at]}>`;
            const taken = hosts.flatMap(({ taken }) =>
              taken.filter(({ rcpts }) => rcpts.includes(line))
            );
            strictEqual(taken.filter(({ heard }) => heard).length, 1, `${line} was taken`);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});
