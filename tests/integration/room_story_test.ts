/**
 * Mailboxes and disks that are full: who sends is told so at once and may come again.
 *
 * @module
 */
import { match, strictEqual } from "node:assert/strict";
import { setUpOffice } from "../support/appliance.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf } from "../support/octet_text.ts";
import { queueIsEmpty, takeAll, waitingFor } from "../support/office_mail.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { startTestSmtpd } from "../support/smtpd.ts";
import { tempDir } from "../support/temp_dir.ts";

const BOB = "bob@office.example";
const MESSAGE = octetsOf("Subject: full\r\n\r\n" + ("x".repeat(78) + "\r\n").repeat(15));

Deno.test("smtpd refuses at MAIL what would leave too little space on the disk", async () => {
  const asked: number[] = [];
  const isDiskLow = (octets: number) => Promise.resolve(asked.push(octets) > 0 && octets > 1000);
  await using server = await startTestSmtpd({ dependencies: { isDiskLow } });
  using session = await SmtpSession.open(server.port);
  match(await session.command("MAIL FROM:<a@b.test> SIZE=1001"), /^452 4\.3\.1 /);
  match(await session.command("MAIL FROM:<a@b.test> SIZE=1000"), /^250 /);
  await session.command("RSET");
  match(await session.command("MAIL FROM:<a@b.test>"), /^250 /);
  strictEqual(asked.join(), "1001,1000,0");
});

Deno.test("smtpd refuses at RCPT a mailbox that is full, and no other", async () => {
  const room = (user: string, octets: number) =>
    Promise.resolve(user === "bob" && octets > 1000 ? "over quota" as const : "ok" as const);
  await using server = await startTestSmtpd({ dependencies: { room } });
  using session = await SmtpSession.open(server.port);
  await session.command("MAIL FROM:<a@b.test> SIZE=1001");
  match(await session.command("RCPT TO:<bob@office.test>"), /^452 4\.2\.2 /);
  match(await session.command("RCPT TO:<zoe@office.test>"), /^25\d /);
  await session.command("RSET");
  await session.command("MAIL FROM:<a@b.test> SIZE=1000");
  match(await session.command("RCPT TO:<bob@office.test>"), /^250 /);
});

for (const limit of ["user_quota 2000", "drop_max 2"]) {
  Deno.test(`${limit}: a full mailbox takes mail again when it was read`, async () => {
    await using temp = await tempDir();
    const office = await setUpOffice(temp.path, [limit]);
    await office.addUsers("bob");
    await using appliance = await office.serve();
    using session = await SmtpSession.open(appliance.port("smtp"));
    strictEqual((await session.send([BOB], MESSAGE)).kind, "accepted");
    await queueIsEmpty(office);

    await session.command(`MAIL FROM:<ann@world.example> SIZE=${MESSAGE.length}`);
    match(await session.command(`RCPT TO:<${BOB}>`), /^452 4\.2\.2 /);
    await session.command("RSET");

    strictEqual((await takeAll(appliance, "bob")).length, 1);
    await session.command(`MAIL FROM:<ann@world.example> SIZE=${MESSAGE.length}`);
    match(await session.command(`RCPT TO:<${BOB}>`), /^250 /);
    session[Symbol.dispose](); // Or the server waits for it when it stops.
    strictEqual(await appliance.stop(), 0);
  });
}

Deno.test("mail that was taken and finds no room waits in the queue", async () => {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, ["user_quota true"]);
  await office.addUsers("bob");
  await Deno.writeTextFile(`${office.dropPath}/bob_inf`, "quota 1000\n");
  await using appliance = await office.serve();
  using session = await SmtpSession.open(appliance.port("smtp"));
  strictEqual((await session.send([BOB], MESSAGE)).kind, "accepted"); // Nobody said how large.
  session[Symbol.dispose](); // Or the server waits for it when it stops.
  await eventually("the delivery was put off", async () => {
    const { stdout } = await office.dmail(["queue", "--json"]);
    return /The mailbox is full/.test(stdout);
  });
  strictEqual(await waitingFor(appliance, "bob"), 0);
  strictEqual(await appliance.stop(), 0);
});

Deno.test("no mail is taken or fetched while a disk has less than min_space", async () => {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, [
    "min_space 1000000000MB",
    "pf_user bob secret 127.0.0.1:9 tls=none",
    "pf_domain office.example",
    "gateway * 127.0.0.1:9",
  ]);
  await office.addUsers("bob");
  await using appliance = await office.serve();
  using session = await SmtpSession.open(appliance.port("smtp"));
  match(await session.command("MAIL FROM:<ann@world.example>"), /^452 4\.3\.1 /);
  session[Symbol.dispose](); // Or the server waits for it when it stops.
  strictEqual(await waitingFor(appliance, "bob"), 0);
  const { code, stdout, stderr } = await office.dmail(["popfetch", "-once"]);
  strictEqual(code, 1);
  match(stdout + stderr, /less space than min_space/);
  strictEqual(await appliance.stop(), 0);
  match(await office.logText(), /A disk is nearly full/);
});
