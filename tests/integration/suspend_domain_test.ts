import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { applianceHere } from "../support/appliance_here.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf } from "../support/octet_text.ts";
import { type RunningOffice, startOffice } from "../support/running_office.ts";
import { SmtpSession } from "../support/smtp_session.ts";

async function send(hub: RunningOffice, subject: string): Promise<void> {
  using session = await SmtpSession.open(hub.port("smtp"));
  const message = octetsOf(`Subject: ${subject}\r\n\r\nHello\r\n`);
  const { kind } = await session.send(["eve@branch.example"], message);
  strictEqual(kind, "accepted");
}

Deno.test("mail for a suspended domain waits until ETRN, a flush that names it, or a reload", async () => {
  await using branch = await applianceHere("host_domain branch.example");
  await branch.addUsers("eve");
  const arrived = (subject: string) =>
    eventually(`${subject} has arrived`, async () => {
      const drop = await Deno.readTextFile(`${branch.directory}/drop/eve`).catch(() => "");
      return drop.includes(`Subject: ${subject}\n`);
    });
  const settings = [
    "relay_to branch.example",
    `gateway branch.example 127.0.0.1:${branch.port("smtp")}`,
  ];
  await using hub = await startOffice(...settings, "suspend_domain branch.example");
  const { queue } = hub.appliance.core;
  const isShown = () =>
    eventually("the queue says so", async () => {
      const { output } = await hub.tell("queue");
      return / suspended until ETRN/.test(output) && output;
    });

  await send(hub, "one");
  match(await isShown(), /ann@world\.example +eve@branch\.example +suspended until ETRN *\n/);
  const all = await hub.tell("queue", "flush");
  strictEqual(all.code, 0);
  match(
    all.output,
    /^Sent 0, put off 0, given back 0\n1 message waits: .* suspended until asked for /,
  );
  strictEqual((await Array.fromAsync(queue.list()))[0]?.pending[0]?.attempts, 0);

  using session = await SmtpSession.open(hub.port("smtp"));
  match(await session.command("ETRN branch.example"), /^253 OK, 1 pending messages/);
  await arrived("one");

  await send(hub, "two");
  await isShown();
  const named = await hub.tell("queue", "flush", "branch.example");
  equal([named.code, named.output], [0, "Sent 1, put off 0, given back 0\n"]);
  await arrived("two");

  await send(hub, "three");
  await isShown();
  await hub.write(...settings);
  strictEqual((await hub.appliance.reload()).kind, "reloaded");
  await arrived("three");

  await hub.write(...settings, "suspend_domain *.example");
  strictEqual((await hub.appliance.reload()).kind, "reloaded");
  await send(hub, "four");
  await isShown();
});
