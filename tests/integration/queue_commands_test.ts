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

Deno.test("dmail queue tells where a message of several recipients still waits, and its file", async () => {
  await using office = await startOffice(
    "relay_to *",
    "gateway * 127.0.0.1:9",
    "alias team eve@far.example",
  );
  await office.start(["user", "add", "ann"], ["secret", "secret"]).told;
  using session = await SmtpSession.open(office.port("smtp"));
  const message = octetsOf("Subject: hello\r\n\r\nHello\r\n");
  const recipients = ["ann@office.example", "team@office.example", "bob@a.example"];
  strictEqual((await session.send(recipients, message)).kind, "accepted");
  const { queue } = office.appliance.core;
  await eventually("it was tried", () => queue.counts().putOff === 1);
  const [one] = await Array.fromAsync(queue.list());
  const list = (await office.tell("queue")).output;
  equal([...list.matchAll(/ (\S+@\S+(?: \(at \S+\))?) {2,}in /g)].map(([, to]) => to), [
    "team@office.example (at far.example)",
    "bob@a.example",
  ]);
  const shown = (await office.tell("queue", "show", one!.id)).output;
  match(shown, /^has it {4}ann@office\.example$/m);
  match(shown, /^ {2}reason {2}Cannot connect to 127\.0\.0\.1:9: nobody listens there$/m);
  const [, file = ""] = /^file +(.*)$/m.exec(shown) ?? [];
  match(await Deno.readTextFile(file), /Subject: hello\r\n\r\nHello\r\n$/);
  strictEqual((await office.tell("queue", "list", one!.id)).output, shown);
});

Deno.test("dmail queue flush tells each problem once, the first few of them", async () => {
  const others = Array.from({ length: 12 }, (_, index) => `c@c${index}.example`);
  await using office = await officeWith("a@a.example", "a@a.example", "b@b.example", ...others);
  const twice = await office.tell("queue", "flush", "a.example");
  match(twice.output, /^a@a\.example: Cannot connect .*\nSent 0, put off 2, given back 0\n$/);
  const all = await office.tell("queue", "flush");
  match(
    all.output,
    /\nand 5 more; dmail queue says why they wait\nSent 0, put off 15, given back 0\n$/,
  );
});

Deno.test("dmail queue flush says why it has nothing to send", async () => {
  await using office = await officeWith("a@a.example");
  const [message] = await queued(office);
  const id = message?.id ?? "";
  await office.tell("queue", "hold", id);
  const cases: [string, RegExp][] = [
    [id, new RegExp(`^Nothing was sent: ${id} is held; dmail queue release ${id} lets it go\n$`)],
    ["0000000000000000", /^There is no message 0{16} in the queue\n$/],
    [
      "a.example",
      /^Nothing was sent: what waits for a\.example is held; dmail queue release a\.example lets it go\n$/,
    ],
    ["b.example", /^There is no message for b\.example in the queue\n$/],
  ];
  for (const [subject, want] of cases) {
    const { code, output } = await office.tell("queue", "flush", subject);
    match(output, want);
    strictEqual(code, 1);
  }
  const wrong = await office.tell("queue", "delete", "a@a.example");
  match(wrong.errors.join(), /Write a domain, as a\.example, not an address/);
  strictEqual(wrong.code, 2);
});
