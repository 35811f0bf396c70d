/**
 * A line that drops at each octet while a hub sends mail down a connection that a branch has made:
 * nothing is lost, and nothing comes twice but what the hub could not hear of.
 *
 * @module
 */
import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import { createRelay, TurnedSessions } from "../../src/agents/relay/mod.ts";
import type { DeliveryJob, Outcome } from "../../src/domain/queue/mod.ts";
import { createRouter } from "../../src/domain/routing/mod.ts";
import { serveTurned, type TurnedReport } from "../../src/servers/smtpd/mod.ts";
import { deliverAsQueue } from "../support/as_queue.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { MemoryNet } from "../support/memory_net.ts";
import { relayJob } from "../support/relay_jobs.ts";
import { relayOptions, relayParts } from "../support/relay_parts.ts";
import { silentLog } from "../support/silent_log.ts";
import { fakeAccounts, OFFICE, RememberingQueue, SMALL } from "../support/smtpd.ts";

const NAMES = ["one", "two", "three"];

const jobs = NAMES.map((name) =>
  relayJob({
    sender: `${name}@here`,
    recipients: [{ address: "bob@office.test" }, { address: "eve@office.test" }],
  })
);

const NEVER = new AbortController().signal;

/** One session between a hub and a branch, of which so many octets get through. */
async function session(
  queue: RememberingQueue,
  some: readonly DeliveryJob[],
  { cutAfter, atOnce }: { readonly cutAfter: number; readonly atOnce: number },
) {
  const clock = new ManualClock();
  const accounts = fakeAccounts([{ user: "bob" }, { user: "eve" }]);
  const router = createRouter({ tables: () => OFFICE, accounts });
  let report: TurnedReport | undefined;
  const net = new MemoryNet({
    async "branch:1"(connection) {
      report = await serveTurned(
        { connection, isEncrypted: false, maxMs: 3_600_000 },
        { ...SMALL, maxRecipients: 100 },
        { queue, router, clock, log: silentLog, signal: NEVER },
      );
    },
  });
  net.cutAfter = cutAfter;
  const turned = new TurnedSessions({ net, clock });
  const claimed = turned.claim(["office.test"], "branch");
  ok(claimed !== undefined);
  const relay = createRelay({
    ...{ ...relayParts(), turned, net, clock, log: silentLog },
    // What a lost connection leaves is tried there, in vain.
    options: () => relayOptions({ gateways: [{ domain: "*", host: "nobody", port: 25 }] }),
  });
  const outcomes = new Map<DeliveryJob, Outcome["kind"][]>();
  const delivery = deliverAsQueue(
    relay,
    claimed.lane,
    some,
    (job, _destination, { kind }) => {
      outcomes.set(job, [...outcomes.get(job) ?? [], kind]);
      return Promise.resolve();
    },
    NEVER,
    atOnce,
  ).then(() => claimed.end());
  try {
    const connection = await net.connect({ host: "branch", port: 1 });
    await claimed.open(connection, { host: "branch", hostname: "hub.test" });
    await new Promise<void>((resolve) => {
      claimed.done.addEventListener("abort", () => resolve());
      if (claimed.done.aborted) resolve();
    });
  } catch {
    // It was cut before there was a session.
  }
  await claimed.close();
  await delivery;
  await net.ended();
  return { outcomes, octets: net.octets, report };
}

for (const atOnce of [Infinity, 1]) {
  const name = atOnce === 1 ? ", the rest comes later" : "";
  Deno.test(`ATRN loses nothing after any octet, and doubles what was not heard of${name}`, async () => {
    const whole = await session(new RememberingQueue(), jobs, { cutAfter: Infinity, atOnce });
    equal(whole.report, { messages: 3, octets: whole.report?.octets, complete: true });
    let twice = 0;
    for (let cutAfter = 1; cutAfter < whole.octets; cutAfter++) {
      const queue = new RememberingQueue();
      const cut = await session(queue, jobs, { cutAfter, atOnce });
      const taken = queue.messages.length;
      strictEqual(cut.report?.messages ?? 0, taken);
      const left = jobs.filter((job) => cut.outcomes.get(job)?.[0] !== "delivered");
      for (const job of jobs) strictEqual(cut.outcomes.get(job)?.length, 2, `${cutAfter}`);
      ok(jobs.length - left.length <= taken, `${cutAfter}: delivered what was not taken`);
      if (left.length > 0) await session(queue, left, { cutAfter: Infinity, atOnce });
      const senders = queue.messages.map(({ envelope }) => envelope.sender);
      equal(new Set(senders).size, NAMES.length, `${cutAfter}: some are lost`);
      strictEqual(senders.length, taken + left.length);
      twice += senders.length - NAMES.length;
      for (const { envelope, body } of queue.messages) {
        equal(envelope.recipients.map(({ address }) => address), [
          "bob@office.test",
          "eve@office.test",
        ]);
        strictEqual(new TextDecoder().decode(body), "Subject: hi\r\n\r\n.dot\r\n");
      }
    }
    ok(twice > 0, "the cuts were in the wrong places");
  });
}
