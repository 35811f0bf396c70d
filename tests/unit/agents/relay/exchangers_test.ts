/** Mail that goes to the mail exchangers of its domain. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { createRelay, type RelayOptions } from "../../../../src/agents/relay/mod.ts";
import type { DeliveryJob, Outcome } from "../../../../src/domain/queue/mod.ts";
import { deliverAsQueue } from "../../../support/as_queue.ts";
import { FakeResolver, type FakeZone } from "../../../support/fake_resolver.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { ModelHosts } from "../../../support/model_hosts.ts";
import { relayJob } from "../../../support/relay_jobs.ts";
import { relayOptions, relayParts } from "../../../support/relay_parts.ts";
import { RememberingLog } from "../../../support/remembering_log.ts";

const ZONES: Readonly<Record<string, FakeZone>> = {
  "far.example": { mx: ["10 a.example", "20 b.example"] },
  "a.example": { addresses: ["192.0.2.1"] },
  "b.example": { addresses: ["192.0.2.2"] },
};

function rig(zones = ZONES) {
  const net = new ModelHosts();
  const log = new RememberingLog();
  const clock = new ManualClock();
  let options = relayOptions();
  const resolver = new FakeResolver(zones);
  const relay = createRelay({
    ...relayParts(),
    ...{ resolver, net, clock, log },
    isParked: (domain) => domain === "parked.example",
    options: () => options,
  });
  const outcomes: Outcome[] = [];
  return {
    ...{ net, log, outcomes, relay, resolver },
    configure: (own: Partial<RelayOptions>) => options = relayOptions(own),
    async deliver(...jobs: readonly DeliveryJob[]) {
      const destination = jobs[0]?.destinations[0];
      ok(destination !== undefined);
      await deliverAsQueue(
        relay,
        relay.laneOf(destination),
        jobs,
        (_job, _destination, outcome) => {
          outcomes.push(outcome);
          return Promise.resolve();
        },
        new AbortController().signal,
      );
    },
  };
}

const job = (...to: readonly string[]) =>
  relayJob({ sender: "ann@here", recipients: to.map((address) => ({ address })) });

Deno.test("deliver() sends to the exchanger that is preferred", async () => {
  const { deliver, net, outcomes } = rig();
  net.at("192.0.2.1");
  net.at("192.0.2.2");
  await deliver(job("bob@far.example", "eve@Far.Example"), job("zoe@far.example"));
  equal(net.tried, ["192.0.2.1:25"]);
  equal(net.at("192.0.2.1").taken.map(({ rcpts }) => rcpts.length), [2, 1]);
  equal(outcomes.map((one) => one.kind === "delivered" && one.detail), [
    "a.example said: 250 OK",
    "a.example said: 250 OK",
    "a.example said: 250 OK",
  ]);
});

Deno.test("deliver() goes on to the next host when one will have no session", async (t) => {
  const greetings = {
    "nobody is there": undefined,
    "busy": "421 busy\r\n",
    "full": "450 later\r\n",
    "no service": "554 no service here\r\n",
    "no SMTP": "SSH-2.0-OpenSSH\r\n",
  };
  for (const [name, greeting] of Object.entries(greetings)) {
    await t.step(name, async () => {
      const { deliver, net, outcomes } = rig();
      if (greeting !== undefined) {
        net.at("192.0.2.1").answer = (command) => command === "" ? greeting : undefined;
      }
      net.at("192.0.2.2");
      await deliver(job("bob@far.example"));
      equal(net.tried, ["192.0.2.1:25", "192.0.2.2:25"]);
      equal(outcomes.map(({ kind }) => kind), ["delivered"]);
    });
  }
});

Deno.test("deliver() asks no other host when one has refused a message", async () => {
  for (const reply of ["550 no such user\r\n", "450 greylisted\r\n"]) {
    const { deliver, net, outcomes } = rig();
    net.at("192.0.2.1").answer = (command) => command.startsWith("RCPT") ? reply : undefined;
    net.at("192.0.2.2");
    await deliver(job("bob@far.example"));
    equal(net.tried, ["192.0.2.1:25"]);
    equal(outcomes.map(({ kind }) => kind), [reply.startsWith("5") ? "permanent" : "temporary"]);
  }
});

Deno.test("deliver() says what was wrong with the host it wanted most", async () => {
  const { deliver, log, outcomes } = rig();
  await deliver(job("bob@far.example"), job("eve@far.example"));
  const reason = "Cannot connect to a.example:25: Nobody is at 192.0.2.1, and 1 more that failed";
  const outcome = { kind: "temporary", status: "4.4.1", reason, hostFailed: true };
  equal(outcomes, Array(2).fill(outcome));
  equal(log.events("warn"), ["Next host failed", "Next host failed"]);
});

Deno.test("deliver() tries last what has failed, also for other domains", async () => {
  const { deliver, net } = rig({
    ...ZONES,
    "other.example": { mx: ["1 a.example", "2 b.example"] },
  });
  net.at("192.0.2.2");
  await deliver(job("bob@far.example"));
  await deliver(job("bob@other.example"));
  equal(net.tried, ["192.0.2.1:25", "192.0.2.2:25", "192.0.2.2:25"]);
});

Deno.test("deliver() goes on with another host when a session breaks off", async () => {
  const { deliver, net, outcomes } = rig();
  net.at("192.0.2.1").cutAfter = () => 40; // In the middle of the answer to MAIL.
  net.at("192.0.2.2");
  await deliver(job("bob@far.example"), job("eve@far.example"));
  equal(net.tried, ["192.0.2.1:25", "192.0.2.2:25"]);
  equal(outcomes.map(({ kind }) => kind), ["temporary", "delivered"]);
});

Deno.test("deliver() gives back what leads nowhere, and logs it once", async () => {
  const { deliver, log, net, outcomes } = rig();
  await deliver(job("bob@nowhere.example"), job("eve@nowhere.example"));
  const reason = "There is no such domain: nowhere.example";
  equal(outcomes, Array(2).fill({ kind: "permanent", status: "5.1.2", reason }));
  equal(log.events("warn"), ["No next host"]);
  equal(net.tried, []);
});

Deno.test("deliver() keeps parked mail that leads nowhere, one message like the other", async () => {
  const { deliver, outcomes } = rig();
  await deliver(job("bob@parked.example"), job("eve@parked.example"));
  const reason =
    "There is no such domain: parked.example; without a gateway line its mail cannot be sent";
  equal(outcomes, Array(2).fill({ kind: "temporary", status: "4.1.2", reason }));
});

Deno.test("deliver() gives nothing back that was held meanwhile", async () => {
  const { deliver, outcomes } = rig();
  let held = false;
  const withdrawn = {
    ...job("eve@nowhere.example"),
    get withdrawn() {
      return held;
    },
  };
  const first = job("bob@nowhere.example");
  const lane = deliver(first, withdrawn);
  held = true;
  await lane;
  equal(outcomes.length, 1);
});

Deno.test("deliver() follows the configuration of now, whatever the lane was", async () => {
  const { configure, deliver, net, outcomes, relay } = rig();
  configure({ gateways: [{ domain: "*", host: "192.0.2.7", port: 25 }] });
  const both = job("bob@far.example", "eve@other.example");
  const [one, other] = both.destinations;
  ok(one !== undefined && other !== undefined);
  equal(relay.laneOf(one), relay.laneOf(other));
  configure({ gateways: [{ domain: "other.example", host: "192.0.2.8", port: 1025 }] });
  for (const address of ["192.0.2.1", "192.0.2.7", "192.0.2.8"]) net.at(address);
  await deliver(both);
  equal(net.tried, ["192.0.2.1:25", "192.0.2.8:1025"]);
  equal(net.at("192.0.2.1").taken.map(({ rcpts }) => rcpts), [["RCPT TO:<bob@far.example>"]]);
  equal(net.at("192.0.2.8").taken.map(({ rcpts }) => rcpts), [["RCPT TO:<eve@other.example>"]]);
  equal(outcomes.map(({ kind }) => kind), ["delivered", "delivered"]);
});

Deno.test("deliver() asks nothing before it delivers", () => {
  const { relay, resolver } = rig();
  relay.laneOf({ kind: "relay", address: "bob@far.example" });
  equal(resolver.asked, []);
});

Deno.test("laneOf() is the domain where no gateway is, whatever its letters", () => {
  const { relay } = rig();
  equal(relay.laneOf({ kind: "relay", address: "bob@Far.Example" }), "far.example");
  match(relay.laneOf({ kind: "relay", address: "bob@b\u00fccher.example" }), /^xn--bcher-kva/);
});
