import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { octetsOf } from "../support/octet_text.ts";
import { type RunningOffice, startOffice } from "../support/running_office.ts";
import { SmtpSession } from "../support/smtp_session.ts";

/** An office whose gateway is dead, with a message for each of `recipients` that was tried once. */
async function officeWith(...recipients: readonly string[]): Promise<RunningOffice> {
  const office = await startOffice("relay_to *", "gateway * 127.0.0.1:9");
  using session = await SmtpSession.open(office.port("smtp"));
  for (const recipient of recipients) {
    const message = octetsOf(`Subject: for ${recipient}\r\n\r\nHello\r\n`);
    strictEqual((await session.send([recipient], message)).kind, "accepted");
  }
  await eventually("all were tried", () => {
    return office.appliance.core.queue.counts().putOff === recipients.length;
  });
  return office;
}

const queued = async (office: RunningOffice) =>
  JSON.parse((await office.tell("queue", "--json")).output) as {
    readonly id: string;
    readonly held: boolean;
    readonly pending: readonly { readonly address: string; readonly attempts: number }[];
  }[];

Deno.test("dmail queue holds, releases, requeues and deletes by domain, and all", async () => {
  await using office = await officeWith("a@a.example", "b@b.a.example", "c@c.example");
  const said = async (...words: string[]) => (await office.tell("queue", ...words)).output;
  match(await said(), /^3 messages wait, 3 for the world, 3 put off after a failure\nID /);
  match(await said("list", "a.example"), /^2 messages wait for a\.example\nID .*\n.*\n.*\n$/);
  strictEqual(await said("hold", "a.example"), "2 messages held\n");
  equal((await queued(office)).map(({ held }) => held), [true, true, false]);
  strictEqual(await said("release", "b.a.example"), "1 message released\n");
  strictEqual(await said("requeue", "all"), "3 messages requeued\n");
  strictEqual(await said("delete", "c.example"), "1 message deleted\n");
  strictEqual(
    await said("delete", "c.example"),
    "There is no message for c.example in the queue\n",
  );
  strictEqual(await said("delete", "all"), "2 messages deleted\n");
  strictEqual(await said(), "The queue is empty\n");
  strictEqual((await office.tell("queue", "delete", "all")).code, 1);
});

Deno.test("a queue file that is moved away and put back is seen by the next command", async () => {
  await using office = await officeWith("a@a.example");
  const [message] = await queued(office);
  const path = `${office.directory}/work/queue/${message?.id}.msg`;
  const state = path.replace(/msg$/, "state");
  for (const file of [path, state]) await Deno.rename(file, `${file}.away`);
  equal(await queued(office), []);
  const before = new Date(Date.now() - 60_000);
  await Deno.utime(`${path}.away`, before, before); // Nobody is writing it any more.
  for (const file of [state, path]) await Deno.rename(`${file}.away`, file);
  const [back] = await queued(office);
  equal([back?.id, back?.pending[0]?.attempts], [message?.id, 1]);
});
