/** Which notices a sender gets, of whom, and when. */
import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import type { Destination } from "../../../../src/domain/routing/mod.ts";
import type { Recipient } from "../../../../src/formats/envelope.ts";
import { diskFullError, faultyFiles } from "../../../support/faulty_files.ts";
import type { MemoryFiles } from "../../../support/memory_files.ts";
import { HOUR_MS, NOTICES, QueueRig, submit } from "../../../support/queue_rig.ts";

const PERMANENT = { kind: "permanent", status: "5.1.1", reason: "No such user" } as const;
const TEMPORARY = { kind: "temporary", status: "4.2.0", reason: "busy" } as const;
const DELIVERED = { kind: "delivered" } as const;
const RETRY = { everyMs: 2 * HOUR_MS, maxMs: 48 * HOUR_MS, delayNoticeMs: 4 * HOUR_MS };

/** What ann@here got. */
const noticesTo = (rig: QueueRig, user = "ann") =>
  rig.maildrop.deliveries.filter(({ to }) => to === user).map(({ text }) => text);

/** `Action` and address of each recipient in a notice. */
const reported = (notice = "") =>
  [...notice.matchAll(/^Final-Recipient: rfc822; (.*)\r\nAction: (.*)\r$/gm)]
    .map(([, address, action]) => `${action} ${address}`);

/** A rig whose line is up and whose relay answers so. */
function rigWith(answer: QueueRig["relay"]["answer"]): QueueRig {
  const rig = new QueueRig();
  rig.lineUp = true;
  rig.relay.answer = answer;
  return rig;
}

const relay = (address: string): Destination => ({ kind: "relay", address });
const maildrop = (user: string): Destination => ({ kind: "maildrop", user });
const robot: Destination = { kind: "robot", command: "answer", domain: "here" };

Deno.test("run() sends exactly the notices that NOTIFY asks for", async (t) => {
  const outcomes = { delivered: { kind: "delivered" }, PERMANENT, TEMPORARY } as const;
  const cases: readonly {
    readonly notify?: Recipient["notify"];
    readonly outcome: keyof typeof outcomes;
    readonly notices: number;
  }[] = [
    { outcome: "PERMANENT", notices: 1 },
    { notify: ["FAILURE", "DELAY"], outcome: "PERMANENT", notices: 1 },
    { notify: ["NEVER"], outcome: "PERMANENT", notices: 0 },
    { notify: ["SUCCESS"], outcome: "PERMANENT", notices: 0 },
    { outcome: "delivered", notices: 0 },
    { notify: ["FAILURE"], outcome: "delivered", notices: 0 },
    { notify: ["SUCCESS"], outcome: "delivered", notices: 1 },
    { outcome: "TEMPORARY", notices: 0 },
    { notify: ["FAILURE", "SUCCESS"], outcome: "TEMPORARY", notices: 0 },
    { notify: ["DELAY"], outcome: "TEMPORARY", notices: 1 },
  ];
  for (const { notify, outcome, notices } of cases) {
    await t.step(`${notify ?? "no NOTIFY"}, ${outcome}`, async () => {
      const rig = rigWith(() => outcomes[outcome]);
      await using running = await rig.start();
      const recipient = { address: "bob@world", ...(notify ? { notify } : {}) };
      await submit(running.queue, [recipient], { sender: "ann@here" });
      await rig.clock.advance(5 * HOUR_MS); // A delay is told once, not at each retry (A12).
      strictEqual(noticesTo(rig).length, notices);
    });
  }
});

Deno.test("run() leaves a success notice to the next server if that has promised it", async () => {
  const rig = rigWith(() => ({ kind: "delivered", notifies: true }));
  await using running = await rig.start();
  await submit(running.queue, [{ address: "bob@world", notify: ["SUCCESS"] }], {
    sender: "ann@here",
  });
  await rig.clock.advance(0);
  equal(noticesTo(rig), []);
});

Deno.test("run() tells in one notice what ends at about the same time, on whatever way", async () => {
  const rig = rigWith((to) => to === "bob@world" ? PERMANENT : DELIVERED);
  rig.router.to("eve@here", {
    ...{ kind: "reject", address: "eve@here" },
    status: "5.1.1",
    reason: "No",
  });
  rig.maildrop.answer = (to) => to === "dan" ? PERMANENT : DELIVERED;
  rig.relay.hold();
  await using running = await rig.start();
  const notify = ["SUCCESS", "FAILURE"] as const;
  const names = ["bob@world", "cat@world", "dan@here", "eve@here", "fay@here"];
  await submit(running.queue, names.map((address) => ({ address, notify })), {
    sender: "ann@here",
  });
  await rig.clock.advance(1000);
  equal(noticesTo(rig), []);
  rig.relay.letGo();
  await rig.clock.advance(0);
  const notices = noticesTo(rig);
  strictEqual(notices.length, 1);
  equal(reported(notices[0]).sort(), [
    "delivered fay@here",
    "failed bob@world",
    "failed dan@here",
    "failed eve@here",
    "relayed cat@world",
  ]);
  equal(rig.maildrop.reached.filter((to) => to === "fay"), ["fay"]);
  equal(await rig.stored(), []);
});

Deno.test("run() does not wait long with a notice for what is still under way", async () => {
  const rig = rigWith(() => PERMANENT);
  rig.maildrop.answer = (to) => to === "dan" ? PERMANENT : DELIVERED;
  rig.relay.hold();
  await using running = await rig.start();
  await submit(running.queue, ["dan@here", "bob@world"], { sender: "ann@here" });
  await rig.clock.advance(29_000);
  equal(noticesTo(rig), []);
  await rig.clock.advance(1_000);
  equal(noticesTo(rig).map(reported), [["failed dan@here"]]);
  rig.relay.letGo();
  await rig.clock.advance(0);
  equal(noticesTo(rig).map(reported), [["failed dan@here"], ["failed bob@world"]]);
  equal(await rig.stored(), []);
});

Deno.test("run() lets nobody wait for another delivery whom nothing is told", async () => {
  const rig = rigWith(() => DELIVERED);
  rig.relay.hold();
  await using running = await rig.start();
  await submit(running.queue, ["dan@here", "bob@world"], { sender: "ann@here" });
  await rig.clock.advance(0);
  const [entry] = await Array.fromAsync(running.queue.list());
  equal(entry?.pending.map(({ address }) => address), ["bob@world"]);
  rig.relay.letGo();
});

Deno.test("run() tells what failed though the queue ends before the rest", async () => {
  const rig = rigWith(() => DELIVERED);
  rig.maildrop.answer = (to) => to === "dan" ? PERMANENT : DELIVERED;
  rig.relay.hold();
  {
    await using running = await rig.start();
    await submit(running.queue, ["dan@here", "bob@world"], { sender: "ann@here" });
    await rig.clock.advance(0);
    void rig.clock.advance(10_000); // While the end waits for the relay.
  }
  rig.relay.letGo();
  await using _again = await rig.start();
  await rig.clock.advance(0);
  equal(noticesTo(rig).map(reported), [["failed dan@here"]]);
  equal(await rig.stored(), []);
});

Deno.test("run() writes down what was delivered before anything is told of the rest", async () => {
  const rig = rigWith((to) => to === "bob@world" ? PERMANENT : DELIVERED);
  const disks: MemoryFiles[] = [];
  const notices = () => {
    disks.push(rig.disk.copy());
    return NOTICES;
  };
  const queue = await rig.open(rig.disk.files, { notices });
  await using _run = rig.run(queue);
  const to = [
    { address: "bob@world" },
    { address: "cat@world", notify: ["SUCCESS"] },
    { address: "dan@world" },
  ] as const;
  await submit(queue, to, { sender: "ann@here" });
  await rig.clock.advance(0);
  equal(rig.relay.reached, ["bob@world", "cat@world", "dan@world"]);
  const atNotice = disks[1]; // It is asked for when the job ends, and then when its notice begins.
  ok(atNotice);
  const next = await rig.open(atNotice.files);
  await using _again = rig.run(next);
  await rig.clock.advance(0);
  equal(rig.relay.reached.slice(3), ["bob@world"]);
});

Deno.test("run() tells of a delay once, when it has been tried for delay_notice", async (t) => {
  const cases = [
    { delayNoticeMs: 0, after: [0] },
    { delayNoticeMs: 4 * HOUR_MS, after: [4] },
    { delayNoticeMs: 5 * HOUR_MS, after: [6] },
  ];
  for (const { delayNoticeMs, after } of cases) {
    await t.step(`${delayNoticeMs / HOUR_MS} h`, async () => {
      const rig = rigWith(() => TEMPORARY);
      const queue = await rig.open(rig.disk.files, { retry: () => ({ ...RETRY, delayNoticeMs }) });
      await using _run = rig.run(queue);
      await submit(queue, [{ address: "bob@world", notify: ["DELAY"] }], { sender: "ann@here" });
      const told: number[] = [];
      for (let hour = 0; hour < 12; hour++) {
        await rig.clock.advance(hour === 0 ? 0 : HOUR_MS);
        if (noticesTo(rig).length > told.length) told.push(hour);
      }
      equal(told, after);
      match(noticesTo(rig)[0] ?? "", /Action: delayed.*Will-Retry-Until: /s);
    });
  }
});

Deno.test("run() counts for a delay notice no night in which the line was down", async () => {
  const rig = rigWith(() => TEMPORARY);
  await using running = await rig.start();
  await submit(running.queue, [{ address: "bob@world", notify: ["DELAY"] }], {
    sender: "ann@here",
  });
  await rig.clock.advance(0);
  rig.lineUp = false;
  await rig.clock.advance(24 * HOUR_MS);
  rig.lineUp = true;
  await rig.clock.advance(0);
  running.queue.lookAgain();
  await rig.clock.advance(60_000);
  equal(noticesTo(rig), []); // Tried for two hours: at most the retry interval counts.
  await rig.clock.advance(2 * HOUR_MS);
  strictEqual(noticesTo(rig).length, 1);
});

Deno.test("run() tells of a delay also those that wait with others for a dead host, over a restart", async () => {
  const dead = { kind: "temporary", status: "4.4.1", reason: "no", hostFailed: true } as const;
  const rig = rigWith(() => dead);
  const retry = () => RETRY;
  {
    const queue = await rig.open(rig.disk.files, { retry });
    await using _run = rig.run(queue);
    for (let number = 0; number < 5; number++) {
      const to = { address: `user${number}@world`, notify: ["DELAY"] } as const;
      await submit(queue, [to], { sender: "ann@here" });
    }
    await rig.clock.advance(5 * HOUR_MS);
  }
  const addresses = () => noticesTo(rig).flatMap(reported).sort();
  const all = Array.from({ length: 5 }, (_, number) => `delayed user${number}@world`);
  equal(addresses(), all);
  const queue = await rig.open(rig.disk.files, { retry });
  await using _run = rig.run(queue);
  await rig.clock.advance(12 * HOUR_MS);
  equal(addresses(), all);
});

Deno.test("run() tells of a delay later if the notice cannot be stored", async () => {
  const rig = rigWith(() => TEMPORARY);
  const disk = faultyFiles(rig.disk.files, { failAt: 0, error: diskFullError() });
  const queue = await rig.open(disk.files, { retry: () => ({ ...RETRY, delayNoticeMs: 0 }) });
  await using _run = rig.run(queue);
  rig.relay.hold();
  await submit(queue, [{ address: "bob@world", notify: ["DELAY"] }], { sender: "ann@here" });
  disk.arm(1);
  rig.relay.letGo();
  await rig.clock.advance(0);
  equal(noticesTo(rig), []);
  await rig.clock.advance(2 * HOUR_MS);
  strictEqual(noticesTo(rig).length, 1);
  await rig.clock.advance(4 * HOUR_MS);
  strictEqual(noticesTo(rig).length, 1);
});

Deno.test("run() tells once of an address that stands for several (RFC 3461 section 5.2.7)", async (t) => {
  const cases = [
    { name: "one elsewhere", to: [relay("x@world")], want: ["relayed all@here"] },
    { name: "two users", to: [maildrop("x"), maildrop("y")], want: ["expanded all@here"] },
    {
      name: "a user and one elsewhere",
      to: [maildrop("x"), relay("y@world")],
      want: ["expanded all@here"],
    },
    { name: "a user with a robot", to: [maildrop("x"), robot], want: ["delivered all@here"] },
    { name: "a robot alone", to: [robot], want: ["delivered all@here"] },
    { name: "nobody", to: [], want: [] },
  ];
  for (const { name, to, want } of cases) {
    await t.step(name, async () => {
      const rig = rigWith(() => DELIVERED);
      rig.router.to("all@here", ...to);
      await using running = await rig.start();
      await submit(running.queue, [{ address: "all@here", notify: ["SUCCESS"] }], {
        sender: "ann@here",
      });
      await rig.clock.advance(HOUR_MS);
      equal(noticesTo(rig).flatMap(reported), want);
      equal(await rig.stored(), []);
    });
  }
});

Deno.test("requestFor() passes on to the next server what the sender asked for", async (t) => {
  const of = (address: string, ...to: Destination[]) => ({ address, to });
  const cases: readonly {
    readonly name: string;
    readonly recipients: readonly Recipient[];
    readonly routes?: readonly { readonly address: string; readonly to: Destination[] }[];
    readonly want: unknown;
  }[] = [
    { name: "nothing", recipients: [{ address: "x@world" }], want: {} },
    {
      name: "all",
      recipients: [{ address: "x@world", notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;X@y" }],
      want: { notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;X@y" },
    },
    {
      name: "the address that the sender knows, of one redirected",
      recipients: [{ address: "all+1@here", notify: ["SUCCESS"] }],
      routes: [of("all+1@here", relay("x@world"))],
      want: { notify: ["SUCCESS"], orcpt: "rfc822;all+2B1@here" },
    },
    {
      name: "no success for one of several",
      recipients: [{ address: "all@here", notify: ["SUCCESS", "FAILURE"] }],
      routes: [of("all@here", relay("x@world"), maildrop("y"))],
      want: { notify: ["FAILURE"], orcpt: "rfc822;all@here" },
    },
    {
      name: "nothing at all for one of several if only success was asked for",
      recipients: [{ address: "all@here", notify: ["SUCCESS"] }],
      routes: [of("all@here", relay("x@world"), maildrop("y"))],
      want: { notify: ["NEVER"], orcpt: "rfc822;all@here" },
    },
    {
      name: "all that two want who lead to one address",
      recipients: [{ address: "all@here" }, { address: "x@world", notify: ["SUCCESS"] }],
      routes: [of("all@here", relay("x@world"))],
      want: { notify: ["SUCCESS", "FAILURE"] },
    },
    {
      name: "no address that is too long as ORCPT",
      recipients: [{ address: `${"+".repeat(170)}@here`, notify: ["NEVER"] }],
      routes: [of(`${"+".repeat(170)}@here`, relay("x@world"))],
      want: { notify: ["NEVER"] },
    },
    {
      name: "no address that needs more than ASCII",
      recipients: [{ address: "jörg@here", notify: ["NEVER"] }],
      routes: [of("jörg@here", relay("x@world"))],
      want: { notify: ["NEVER"] },
    },
  ];
  for (const { name, recipients, routes = [], want } of cases) {
    await t.step(name, async () => {
      const requests: unknown[] = [];
      const rig = rigWith((_to, job) => {
        for (const one of job.destinations) requests.push(job.requestFor(one));
        return { kind: "delivered", notifies: true };
      });
      for (const { address, to } of routes) rig.router.to(address, ...to);
      await using running = await rig.start();
      await submit(running.queue, recipients, { sender: "ann@here" });
      await rig.clock.advance(0);
      equal(requests, [want]);
    });
  }
});

Deno.test("run() gives the postmaster what has no sender to tell, once", async (t) => {
  const cases = [
    { name: "somebody else's bounce", sender: "", to: "bob@world", want: ["bob@world"] },
    { name: "a bounce of ours", sender: "ann@world", to: "bob@world", want: ["ann@world"] },
    { name: "nothing of the postmaster's own", sender: "", to: "postmaster@mx.here", want: [] },
    { name: "nothing that nobody wants", sender: "", to: "bob@world", notify: ["NEVER"], want: [] },
  ] as const;
  for (const { name, sender, to, want, ...more } of cases) {
    await t.step(name, async () => {
      const rig = rigWith(() => PERMANENT);
      if (want.length > 0) rig.router.to("postmaster@mx.here", maildrop("boss"));
      const notices = () => ({ ...NOTICES, maxOctets: 5000 });
      const queue = await rig.open(rig.disk.files, { notices });
      await using _run = rig.run(queue);
      await submit(queue, [{ address: to, ...more }], { sender });
      await rig.clock.advance(0);
      const told = noticesTo(rig, "boss");
      equal(told.map((text) => reported(text)[0]), want.map((address) => `failed ${address}`));
      ok(told.every((text) => text.includes("To: <postmaster@mx.here>")));
      ok(told.every((text) => text.includes("message/rfc822")));
      equal(await rig.stored(), []);
    });
  }
});

Deno.test("run() ends with a notice to the postmaster that fails, too", async () => {
  const rig = rigWith(() => PERMANENT);
  await using running = await rig.start();
  await submit(running.queue, ["bob@world"], { sender: "ann@world" });
  await rig.clock.advance(HOUR_MS);
  equal(rig.relay.reached, ["bob@world", "ann@world", "postmaster@mx.here"]);
  equal(rig.log.of("Bounced").at(-1)?.notice, "none: no sender to tell");
  equal(await rig.stored(), []);
});

Deno.test("run() tells nobody of what has no sender if double_bounce is off", async () => {
  const rig = rigWith(() => PERMANENT);
  const queue = await rig.open(rig.disk.files, {
    notices: () => ({ ...NOTICES, tellsPostmaster: false }),
  });
  await using _run = rig.run(queue);
  const id = await submit(queue, ["bob@world"], { sender: "" });
  await rig.clock.advance(0);
  strictEqual(rig.log.of("Queued").length, 1);
  equal(rig.log.of("Bounced").map(({ id, notice }) => [id, notice]), [
    [id, "none: no sender to tell"],
  ]);
  equal(await rig.stored(), []);
});

Deno.test("run() divides a notice about very many recipients", async () => {
  const rig = rigWith(() => PERMANENT);
  await using running = await rig.start();
  const names = Array.from({ length: 1001 }, (_, number) => `user${number}@world`);
  await submit(running.queue, names, { sender: "ann@here" });
  await rig.clock.advance(0);
  equal(noticesTo(rig).map((text) => reported(text).length).sort(), [1, 1000]);
  equal(await rig.stored(), []);
});

Deno.test("run() logs each notice with the message it is about", async () => {
  const rig = rigWith(() => DELIVERED);
  await using running = await rig.start();
  const to = { address: "bob@world", notify: ["SUCCESS"] } as const;
  const id = await submit(running.queue, [to], { sender: "ann@here" });
  await rig.clock.advance(0);
  const notice = rig.maildrop.deliveries.find(({ to }) => to === "ann")?.id;
  equal(rig.log.of("Told the sender"), [{ id, to: "bob@world", action: "relayed", notice }]);
});
