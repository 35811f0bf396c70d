/**
 * Relaying is closed unless a rule opens it: the whole appliance against every trick that is known.
 *
 * @module
 */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { type ApplianceHere, applianceHere } from "../support/appliance_here.ts";
import { connectFrom } from "../support/neighbour.ts";
import { installed, run } from "../support/peers.ts";
import { SmtpSession } from "../support/smtp_session.ts";

const STRANGER = "127.0.0.2";
const OTHER = "127.0.0.3";

/** Rules that open relaying for others, and a gateway, which opens it for nobody. */
const CLOSED_TO_STRANGERS = [
  `forward_from_ip ${OTHER}`,
  "forward_from friend.example",
  "relay_to partner.example",
  "forward_user bob",
  "gateway victim.example 127.0.0.1:9",
];

/** Opens a session from another address of this machine. */
async function sessionFrom(address: string, office: ApplianceHere): Promise<SmtpSession> {
  const session = new SmtpSession(await connectFrom(address, office.port("smtp")));
  await session.reply();
  await session.command("EHLO client.example");
  return session;
}

/** The code of the answer to a RCPT, or to the MAIL if that was refused. */
async function codeFor(session: SmtpSession, sender: string, recipient: string): Promise<number> {
  await session.command("RSET");
  const mail = await session.command(`MAIL FROM:<${sender}>`);
  if (!mail.startsWith("250")) return Number(mail.slice(0, 3));
  return Number((await session.command(`RCPT TO:<${recipient}>`)).slice(0, 3));
}

Deno.test("nobody makes the appliance send to a stranger's victim", async (t) => {
  await using office = await applianceHere(...CLOSED_TO_STRANGERS);
  await office.addUsers("bob");
  using session = await sessionFrom(STRANGER, office);
  const spammer = "spam@spammer.example";
  // The first sixteen are those of nmap's smtp-open-relay.
  const cases = [
    { sender: "", recipient: "x@victim.example" },
    { sender: "spam@victim.example", recipient: "x@victim.example" },
    { sender: "spam@office.example", recipient: "x@victim.example" },
    { sender: "spam@[127.0.0.1]", recipient: "x@victim.example" },
    { sender: "spam@[127.0.0.1]", recipient: "x%victim.example@[127.0.0.1]" },
    { sender: "spam@[127.0.0.1]", recipient: "x%victim.example@office.example" },
    { sender: "spam@[127.0.0.1]", recipient: '"x@victim.example"' },
    { sender: "spam@[127.0.0.1]", recipient: '"x%victim.example"' },
    { sender: "spam@[127.0.0.1]", recipient: "x@victim.example@[127.0.0.1]" },
    { sender: "spam@[127.0.0.1]", recipient: '"x@victim.example"@[127.0.0.1]' },
    { sender: "spam@[127.0.0.1]", recipient: "x@victim.example@office.example" },
    { sender: "spam@[127.0.0.1]", recipient: "@[127.0.0.1]:x@victim.example" },
    { sender: "spam@[127.0.0.1]", recipient: "@office.example:x@victim.example" },
    { sender: "spam@[127.0.0.1]", recipient: "victim.example!x" },
    { sender: "spam@[127.0.0.1]", recipient: "victim.example!x@[127.0.0.1]" },
    { sender: "spam@[127.0.0.1]", recipient: "victim.example!x@office.example" },
    { sender: spammer, recipient: "@partner.example,@office.example:x@victim.example" },
    { sender: spammer, recipient: "x%victim.example@partner.example" },
    { sender: spammer, recipient: "victim.example!x@partner.example" },
    { sender: spammer, recipient: '"x@victim.example"@partner.example' },
    { sender: '"x@friend.example"@spammer.example', recipient: "x@victim.example" },
    { sender: "friend.example@spammer.example", recipient: "x@victim.example" },
    { sender: "bob", recipient: "x@victim.example" },
    { sender: "bob@office.example", recipient: "x@victim.example" },
    { sender: "postmaster@office.example", recipient: "postmaster@victim.example" },
    { sender: spammer, recipient: "bob@office.example.victim.example" },
    { sender: spammer, recipient: "x@sub.partner.example" },
    { sender: spammer, recipient: "x@[192.0.2.1]" },
    { sender: spammer, recipient: "x@[IPv6:2001:db8::1]" },
  ];
  for (const { sender, recipient } of cases) {
    await t.step(`<${sender}> to <${recipient}>`, async () => {
      const code = await codeFor(session, sender, recipient);
      strictEqual(Math.floor(code / 100), 5, `answered ${code}`);
    });
  }
  strictEqual(await codeFor(session, spammer, "bob@office.example"), 250);
  deepStrictEqual(await Array.fromAsync(office.appliance.core.queue.list()), []);
});

Deno.test("each relaying rule opens what it says and nothing else", async (t) => {
  await using office = await applianceHere(...CLOSED_TO_STRANGERS);
  const cases = [
    { from: OTHER, sender: "ann@home.example", recipient: "x@world.example", want: 250 },
    { from: OTHER, sender: "", recipient: "x@world.example", want: 250 },
    { from: STRANGER, sender: "ann@friend.example", recipient: "x@world.example", want: 250 },
    { from: STRANGER, sender: "ann@FRIEND.example", recipient: "x@world.example", want: 250 },
    { from: STRANGER, sender: "", recipient: "x@world.example", want: 550 },
    { from: STRANGER, sender: "ann@home.example", recipient: "x@partner.example", want: 250 },
    { from: STRANGER, sender: "", recipient: "x@partner.example", want: 250 },
    { from: STRANGER, sender: "ann@home.example", recipient: "x@world.example", want: 550 },
  ];
  for (const { from, sender, recipient, want } of cases) {
    await t.step(`<${sender}> to <${recipient}> from ${from}`, async () => {
      using session = await sessionFrom(from, office);
      strictEqual(await codeFor(session, sender, recipient), want);
    });
  }
});

Deno.test(
  "nmap's smtp-open-relay finds no way through",
  { ignore: !installed("nmap") },
  async () => {
    await using office = await applianceHere("ban_auto off", ...CLOSED_TO_STRANGERS);
    const { code, stdout } = await run("nmap", [
      ...["-Pn", "-sT", "-n", "-p", String(office.port("smtp"))],
      ...["--script", "+smtp-open-relay", "127.0.0.1"],
    ]);
    strictEqual(code, 0);
    match(stdout, /smtp-open-relay: Server doesn't seem to be an open relay, all tests failed/);
  },
);

Deno.test("nmap's smtp-enum-users finds no names", { ignore: !installed("nmap") }, async () => {
  await using office = await applianceHere("ban_auto off", "fake_vrfy true");
  await office.addUsers("root", "admin");
  const { stdout } = await run("nmap", [
    ...["-Pn", "-sT", "-n", "-p", String(office.port("smtp"))],
    ...["--script", "+smtp-enum-users", "--script-args", "smtp-enum-users.methods={EXPN}"],
    "127.0.0.1",
  ]);
  match(stdout, /smtp-enum-users:/);
  strictEqual(/\b(root|admin)\b/.test(stdout), false, stdout);
});
