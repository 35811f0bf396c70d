/**
 * Mail is parked for a domain until its server comes and asks for it: what documents 000:1304-1338
 * and 002:244-280 promise, with a hub and a branch that comes and goes.
 *
 * @module
 */
import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { type ApplianceHere, applianceHere, applianceIn } from "../support/appliance_here.ts";
import { DistantNet } from "../support/distant_net.ts";
import { eventually } from "../support/eventually.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { connectFrom } from "../support/neighbour.ts";
import { octetsOf } from "../support/octet_text.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { testWorld } from "../support/world.ts";

const HOUR_MS = 3_600_000;

/** Somebody outside; to the product 127.0.0.1 is one of its own people. */
const STRANGER = "127.0.0.2";

/** Where the branch is, if it is there: document 000:1319-1324. */
const BRANCH = "192.0.2.10:25";

/** "The setting that you need is, relay_to etrn_domain"; "the other setting … gateway". */
const PARKING = [
  "host_domain hub.example",
  "relay_to branch.example",
  "relay_to *.branch.example",
  "gateway branch.example 192.0.2.10",
  "gateway *.branch.example 192.0.2.10",
];

/** A hub whose clock the test moves, and the branch that its mail is for. */
async function hubAndBranch(...settings: readonly string[]) {
  const open = new AsyncDisposableStack();
  const branch = open.use(
    await applianceHere("host_domain branch.example", "host_domain sub.branch.example"),
  );
  await branch.addUsers("eve");
  const [net, clock] = [new DistantNet(), new ManualClock()];
  const hub = open.use(await applianceIn({ ...testWorld(), net, clock }, ...PARKING, ...settings));
  await hub.addUsers("ann");
  return {
    ...{ hub, branch, clock },
    comes: () => net.hosts[BRANCH] = branch.port("smtp"),
    goes: () => delete net.hosts[BRANCH],
    /** Somebody in the world sends a message; or one of the hub's users. */
    send: (subject: string, to = "eve@branch.example", sender = "ann@world.example") =>
      send(hub, { subject, to, sender }),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function send(
  hub: ApplianceHere,
  { subject, to, sender }: { subject: string; to: string; sender: string },
): Promise<void> {
  using session = await client(hub, STRANGER);
  const message = octetsOf(`Subject: ${subject}\r\n\r\nHello\r\n`);
  const { kind } = await session.send([to], message, sender);
  strictEqual(kind, "accepted", "DSMTP will always accept mail destined for the domain");
}

async function client(hub: ApplianceHere, from: string): Promise<SmtpSession> {
  const session = new SmtpSession(await connectFrom(from, hub.port("smtp")));
  await session.reply();
  await session.command("EHLO branch.example");
  return session;
}

async function etrn(hub: ApplianceHere, domain: string, from = "127.0.0.1"): Promise<string> {
  using session = await client(hub, from);
  return await session.command(`ETRN ${domain}`);
}

async function dropOf(office: ApplianceHere, user: string): Promise<string> {
  return await Deno.readTextFile(`${office.directory}/drop/${user}`).catch(() => "");
}

function arrived(office: ApplianceHere, subject: string, user = "eve"): Promise<boolean> {
  return eventually(
    `${subject} has arrived`,
    async () => (await dropOf(office, user)).includes(`Subject: ${subject}\n`),
  ) as Promise<boolean>;
}

async function pending(hub: ApplianceHere) {
  const { queue } = hub.appliance.core;
  return (await Array.fromAsync(queue.list())).flatMap(({ pending }) => pending);
}

/** Waits until everything that waits was tried so often, and the attempt is over. */
async function tried({ hub, clock }: { hub: ApplianceHere; clock: ManualClock }, attempts: number) {
  return await eventually(`tried ${attempts} times`, async () => {
    await clock.advance(0); // It may have been busy when time passed.
    const all = await pending(hub);
    if (hub.appliance.core.queue.underWay().length > 0) return false;
    return all.length > 0 && all.every((one) => one.attempts === attempts) && all;
  });
}

/** Waits until so many deliveries that ETRN had started came to their end. */
async function ended(hub: ApplianceHere, deliveries: number): Promise<void> {
  await eventually(`${deliveries} deliveries have ended`, async () => {
    const log = await Deno.readTextFile(`${hub.directory}/work/dsmtp.log`).catch(() => "");
    return log.split("ETRN done").length - 1 === deliveries;
  });
}

/** Lets hours pass without waking for each of their minutes. */
async function pass(clock: ManualClock, hours: number): Promise<void> {
  clock.setWall(clock.now() + hours * HOUR_MS);
  await clock.advance(60_000);
}

Deno.test("mail is parked, tried every 2 hours, and sent when the branch asks (000:1308-1318)", async () => {
  await using offices = await hubAndBranch();
  const { hub, branch, clock } = offices;
  await offices.send("parked");
  const [first] = await tried(offices, 1);
  match(first?.lastReason ?? "", /192\.0\.2\.10/, "park it when it cannot connect to the server");
  strictEqual((first?.nextAttemptMs ?? 0) - clock.now(), 2 * HOUR_MS);

  await pass(clock, 2);
  await tried(offices, 2);
  match(await etrn(hub, "branch.example"), /^253 OK, 1 pending/);
  const [again] = await tried(offices, 3);
  match(again?.lastReason ?? "", /192\.0\.2\.10/, "The branch was not there: it waits on");
  strictEqual(await dropOf(branch, "eve"), "");

  offices.comes();
  match(await etrn(hub, "branch.example"), /^253 OK, 1 pending/);
  await arrived(branch, "parked");
  await eventually("the queue is empty", async () => (await pending(hub)).length === 0);
  match(await etrn(hub, "branch.example"), /^251 OK, no messages waiting/);
});

Deno.test("what is parked is bounced after max_retrytime (000:1312-1314)", async () => {
  await using offices = await hubAndBranch();
  const { hub, clock } = offices;
  await offices.send("too old", "eve@branch.example", "ann@hub.example");
  for (let attempt = 1; attempt <= 24; attempt++) {
    await tried(offices, attempt);
    await pass(clock, 2);
  }
  await eventually("ann is told", async () => {
    await clock.advance(0);
    const mail = await dropOf(hub, "ann");
    return mail.includes("eve@branch.example") && mail.includes("too old");
  });
  await eventually("the queue is empty", async () => (await pending(hub)).length === 0);
});

Deno.test("suspended mail is neither tried nor bounced, and ETRN sends it (000:1325-1335)", async () => {
  await using offices = await hubAndBranch(
    "suspend_domain branch.example",
    "suspend_domain *.branch.example",
  );
  const { hub, branch, clock } = offices;
  offices.comes(); // It is not a matter of whether the branch is there.
  await offices.send("one", "eve@branch.example", "ann@hub.example");
  await offices.send("two", "eve@sub.branch.example", "ann@hub.example");
  for (let month = 1; month <= 3; month++) await pass(clock, 720);
  equal((await pending(hub)).map(({ attempts, waitsForEtrn }) => [attempts, waitsForEtrn]), [
    [0, true],
    [0, true],
  ]);
  strictEqual(await dropOf(hub, "ann"), "", "any waiting mail would not get bounced");

  match(await etrn(hub, "branch.example"), /^253 OK, 1 pending/);
  await arrived(branch, "one");
  await eventually("one is done", async () => (await pending(hub)).length === 1);
  match((await dropOf(branch, "eve")).match(/^Subject: two$/m)?.[0] ?? "none", /none/);

  offices.goes();
  match(await etrn(hub, "@branch.example"), /^252 OK, pending messages for node @branch\.example/);
  const [left] = await tried(offices, 1);
  match(left?.lastReason ?? "", /192\.0\.2\.10/);
  strictEqual(left?.waitsForEtrn, true);
  await ended(hub, 2);
  await pass(clock, 720);
  strictEqual((await pending(hub))[0]?.attempts, 1, "unless specifically requested");

  offices.comes();
  match(await etrn(hub, "@branch.example"), /^252/);
  await arrived(branch, "two");
});

Deno.test("a stranger may ask too, hears nothing of what waits, and cannot hammer", async () => {
  await using offices = await hubAndBranch();
  const { hub, branch, clock } = offices;
  await offices.send("parked");
  await tried(offices, 1);
  using session = await client(hub, STRANGER);
  for (let i = 0; i < 30; i++) {
    strictEqual(
      await session.command("ETRN branch.example"),
      "250 OK, queuing for node branch.example started",
    );
  }
  await tried(offices, 2);
  strictEqual(
    await session.command("ETRN empty.example"),
    "250 OK, queuing for node empty.example started",
  );
  offices.comes();
  await ended(hub, 1);
  await clock.advance(15_000); // One delivery for all that have asked meanwhile.
  await arrived(branch, "parked");
});

Deno.test("etrn_from says who may ask, and a reload changes it", async () => {
  await using offices = await hubAndBranch("etrn_from branch.example 127.0.0.2");
  const { hub } = offices;
  await offices.send("parked");
  await tried(offices, 1);
  match(await etrn(hub, "branch.example", STRANGER), /^253 OK, 1 pending/);
  await tried(offices, 2);
  match(await etrn(hub, "branch.example"), /^459 4\.7\.1 Node branch\.example not allowed/);
  await hub.reload(...PARKING, "etrn_from * users");
  match(await etrn(hub, "branch.example", STRANGER), /^530/);
  using session = await client(hub, "127.0.0.1");
  match(await session.command(`AUTH PLAIN ${btoa("\0ann\0ann")}`), /^235/);
  match(await session.command("ETRN branch.example"), /^253/);
  await hub.reload(...PARKING, "etrn_from * nobody");
  match(await etrn(hub, "branch.example"), /^502/);
  match(await session.command("ETRN branch.example"), /^502/);
});

Deno.test("what waits for ATRN is not tried because somebody says ETRN", async () => {
  await using offices = await hubAndBranch(
    "relay_to roaming.example",
    "suspend_domain roaming.example",
    "atrn_domain roaming.example ann",
  );
  const { hub } = offices;
  await offices.send("kept", "eve@roaming.example");
  for (const domain of ["roaming.example", "@roaming.example"]) {
    strictEqual(
      await etrn(hub, domain, STRANGER),
      `459 4.7.1 Node ${domain} not allowed: its mail is handed out by ATRN`,
    );
  }
  equal((await pending(hub)).map(({ attempts }) => attempts), [0]);
});
