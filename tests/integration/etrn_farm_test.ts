/**
 * etrn_relay (S22) "allows all servers in a server farm or load sharing arrangement to receive an
 * ETRN command sent to just one server" (000:1336-1338).
 *
 * @module
 */
import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { type ApplianceHere, applianceHere, applianceIn } from "../support/appliance_here.ts";
import { DistantNet } from "../support/distant_net.ts";
import { eventually } from "../support/eventually.ts";
import { connectFrom } from "../support/neighbour.ts";
import { octetsOf } from "../support/octet_text.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { testWorld } from "../support/world.ts";

/** A server of the farm. */
interface Member extends ApplianceHere {
  readonly name: string;
  readonly net: DistantNet;
}

const NAMES = ["a", "b", "c"] as const;

type Name = typeof NAMES[number];

/** Nobody is there. */
const DEAD = "10.9.0.99";

const addressOf = (name: Name) => `10.9.0.${NAMES.indexOf(name) + 1}`;

/** Three servers that keep the mail of a branch; each is told of the others as `lists` says. */
async function farm(lists: Readonly<Record<Name, string>>) {
  const open = new AsyncDisposableStack();
  const branch = open.use(await applianceHere("host_domain branch.example"));
  await branch.addUsers("eve");
  const members: Partial<Record<Name, Member>> = {};
  for (const name of NAMES) {
    const net = new DistantNet();
    const member = await applianceIn(
      { ...testWorld(), net },
      `host_domain ${name}.example`,
      "relay_to branch.example",
      "gateway branch.example 192.0.2.10",
      "suspend_domain branch.example",
      `etrn_relay ${lists[name]}`,
    );
    members[name] = { ...open.use(member), name, net };
  }
  const { a, b, c } = members as Record<Name, Member>;
  for (const { net } of [a, b, c]) {
    net.hosts["192.0.2.10:25"] = branch.port("smtp");
    for (const name of NAMES) net.hosts[`${addressOf(name)}:25`] = members[name]!.port("smtp");
  }
  return { a, b, c, branch, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

async function park(at: Member, subject: string): Promise<void> {
  using session = await SmtpSession.open(at.port("smtp"));
  const message = octetsOf(`Subject: ${subject}\r\n\r\nHello\r\n`);
  strictEqual((await session.send(["eve@branch.example"], message)).kind, "accepted");
}

async function etrn(at: Member, from = "127.0.0.1"): Promise<string> {
  using session = new SmtpSession(await connectFrom(from, at.port("smtp")));
  await session.reply();
  await session.command("EHLO branch.example");
  return await session.command("ETRN branch.example");
}

async function arrived(branch: ApplianceHere, subject: string): Promise<void> {
  await eventually(`${subject} has arrived`, async () => {
    const drop = await Deno.readTextFile(`${branch.directory}/drop/eve`).catch(() => "");
    return drop.includes(`Subject: ${subject}\n`);
  });
}

/** How many ETRN a server was sent, and how many it has passed on to others. */
async function told({ directory }: Member): Promise<readonly [asked: number, passed: number]> {
  const log = await Deno.readTextFile(`${directory}/work/dsmtp.log`).catch(() => "");
  const count = (event: RegExp) => log.match(event)?.length ?? 0;
  return [count(/\bETRN domain=/g), count(/Asked for waiting mail/g)];
}

Deno.test("an ETRN that is sent to one server of a farm brings the mail of all", async () => {
  const all = NAMES.map(addressOf).join(",");
  await using servers = await farm({ a: all, b: all, c: all });
  const { a, b, c, branch } = servers;
  await park(b, "at b");
  await park(c, "at c");
  match(await etrn(a), /^250 OK, queuing for node branch\.example started/);
  await arrived(branch, "at b");
  await arrived(branch, "at c");
  await park(a, "at a");
  match(await etrn(a), /^253 OK, 1 pending/);
  await arrived(branch, "at a");
});

Deno.test("a circle of servers comes to an end", async () => {
  await using servers = await farm({ a: addressOf("b"), b: addressOf("c"), c: addressOf("a") });
  const { a, b, c, branch } = servers;
  await park(c, "at c");
  match(await etrn(a), /^250/);
  await arrived(branch, "at c");
  await eventually("c has passed it on", async () => (await told(c))[1] === 1);
  await eventually("a was told", async () => (await told(a))[0] === 2);
  // The second time round nobody passes it on: who were asked by now would be seen here.
  match(await etrn(b), /^250/);
  await eventually("b was told", async () => (await told(b))[0] === 2);
  equal(await Promise.all([a, b, c].map(told)), [[2, 1], [2, 1], [1, 1]]);
});

Deno.test("a server of the farm that is dead holds nothing up", async () => {
  await using servers = await farm({
    a: `${DEAD},${addressOf("b")}`,
    b: addressOf("a"),
    c: addressOf("a"),
  });
  const { a, b, branch } = servers;
  await park(a, "at a");
  await park(b, "at b");
  match(await etrn(a), /^253 OK, 1 pending/);
  await arrived(branch, "at a");
  await arrived(branch, "at b");
  equal(a.net.tried.filter((host) => host === `${DEAD}:25`), [`${DEAD}:25`]);
});

Deno.test("a stranger who asks the farm brings the mail and learns nothing", async () => {
  await using servers = await farm({ a: addressOf("b"), b: addressOf("a"), c: addressOf("a") });
  const { a, b, branch } = servers;
  await park(b, "at b");
  match(await etrn(a, "127.0.0.2"), /^250 OK, queuing/);
  await arrived(branch, "at b");
});
