/**
 * Bans, limits and logins of the whole appliance, as its settings say.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { type ApplianceHere, applianceHere } from "../support/appliance_here.ts";
import type { LineConn } from "../support/line_conn.ts";
import { connectFrom } from "../support/neighbour.ts";
import { octetsOf } from "../support/octet_text.ts";
import { Pop3Session } from "../support/pop3_session.ts";
import { SmtpSession } from "../support/smtp_session.ts";

const STRANGER = "127.0.0.2";
const OTHER = "127.0.0.3";
const THIRD = "127.0.0.4";

const MAIL = "MAIL FROM:<ann@home.example>";
const TO_WORLD = "RCPT TO:<x@world.example>";
const TO_NOBODY = "RCPT TO:<nobody@office.example>";
const MESSAGE = octetsOf("Subject: x\r\n\r\ny\r\n");

/** The first line from the server, then whether it goes on. */
async function welcome(office: ApplianceHere, address: string): Promise<string> {
  using conn = await connectFrom(address, office.port("smtp"));
  return await conn.text() ?? "closed";
}

async function open(
  office: ApplianceHere,
  address: string,
  door: "smtp" | "submission" = "smtp",
): Promise<SmtpSession> {
  const session = new SmtpSession(await connectFrom(address, office.port(door)));
  await session.reply();
  await session.command("EHLO client.example");
  return session;
}

/** The last replies to some commands, in one session. */
async function replies(session: SmtpSession, ...commands: readonly string[]): Promise<string[]> {
  const answers: string[] = [];
  for (const command of commands) answers.push(await session.command(command));
  return answers;
}

/** All lines of the answer to EHLO. */
async function extensions(office: ApplianceHere, address: string): Promise<string[]> {
  using conn: LineConn = await connectFrom(address, office.port("smtp"));
  await conn.text();
  await conn.write("EHLO client.example\r\n");
  const lines: string[] = [];
  do lines.push(await conn.text() ?? "250 closed"); while (lines.at(-1)![3] === "-");
  return lines.map((line) => line.slice(4));
}

/** Logs in by POP3 and out again. */
async function readMail(office: ApplianceHere, address: string, user: string): Promise<boolean> {
  using conn = await connectFrom(address, office.port("pop3"));
  await conn.text();
  const session = new Pop3Session(conn);
  try {
    await session.command(`USER ${user}`);
    await session.command(`PASS ${user}`);
    await session.command("QUIT");
    return true;
  } catch {
    return false;
  }
}

Deno.test("ban_ip refuses at connect, but for ban_ip_except and fromip_nolimit, and from the reload on", async () => {
  await using office = await applianceHere("ban_ip 127.0.0.*", `ban_ip_except ${OTHER},127.0.0.1`);
  using conn = await connectFrom(STRANGER, office.port("smtp"));
  strictEqual(await conn.text(), "554 5.7.1 office.example No mail is taken from your address");
  strictEqual(await conn.text(), undefined);
  match(await welcome(office, OTHER), /^220 /);
  match(await welcome(office, THIRD), /^554 /);
  await office.reload("ban_ip 127.0.0.*", `fromip_nolimit ${THIRD}`);
  match(await welcome(office, OTHER), /^554 /);
  match(await welcome(office, THIRD), /^220 /);
  await office.reload();
  match(await welcome(office, STRANGER), /^220 /);
});

Deno.test("ban_mailfrom and ban_rcptto refuse senders and recipients", async () => {
  await using office = await applianceHere(
    "ban_mailfrom *@spam.example,casino.example",
    "ban_rcptto bob@office.example",
    `fromip_nolimit ${THIRD}`,
  );
  await office.addUsers("ann", "bob");
  using session = await open(office, STRANGER);
  const refused = "550 5.7.1 Mail from this sender is not taken";
  const commands = [
    "MAIL FROM:<x@SPAM.example>",
    "MAIL FROM:<x@casino.example>",
    "MAIL FROM:<>",
    "RCPT TO:<BOB@office.example>",
    "RCPT TO:<ann@office.example>",
  ];
  deepStrictEqual(await replies(session, ...commands), [
    refused,
    refused,
    "250 Command MAIL OK",
    "550 5.7.1 Mail for this recipient is not taken",
    "250 Command RCPT User found OK",
  ]);
  using free = await open(office, THIRD);
  deepStrictEqual((await replies(free, commands[0]!, commands[3]!)).map((line) => line[0]), [
    "2",
    "2",
  ]);
});

Deno.test("fromip_max takes so many messages a minute, over all sessions of an address", async () => {
  await using office = await applianceHere("fromip_max 2", `fromip_nolimit ${THIRD}`);
  await office.addUsers("bob");
  const kinds: string[] = [];
  for (let i = 0; i < 3; i++) {
    using session = await open(office, STRANGER);
    const result = await session.send(["bob@office.example"], MESSAGE);
    kinds.push(result.kind === "refused" ? result.reply : result.kind);
  }
  const refused = "451 4.7.0 Too many messages from your address, try again in a minute";
  deepStrictEqual(kinds, ["accepted", "accepted", refused]);
  using other = await open(office, OTHER);
  strictEqual((await other.send(["bob@office.example"], MESSAGE)).kind, "accepted");
  using free = await open(office, THIRD);
  for (let i = 0; i < 5; i++) {
    strictEqual((await free.send(["bob@office.example"], MESSAGE)).kind, "accepted");
  }
});

Deno.test("smtp_max_per_ip bounds the sessions of one address", async () => {
  await using office = await applianceHere("smtp_max_per_ip 2", `fromip_nolimit ${THIRD}`);
  using first = await open(office, STRANGER);
  using _second = await open(office, STRANGER);
  strictEqual(
    await welcome(office, STRANGER),
    "421 4.7.0 office.example Too many connections from your address, try again later",
  );
  match(await welcome(office, OTHER), /^220 /);
  using _one = await open(office, THIRD);
  using _two = await open(office, THIRD);
  match(await welcome(office, THIRD), /^220 /);
  await first.command("QUIT");
  match(await welcome(office, STRANGER), /^220 /);
});

Deno.test("an address that holds all sessions loses one to an address that has none", async () => {
  await using office = await applianceHere("smtp_max_sessions 3");
  using oldest = await open(office, STRANGER);
  using _second = await open(office, STRANGER);
  using busy = await open(office, STRANGER);
  await busy.command(MAIL);
  match(await welcome(office, STRANGER), /^421 4\.3\.2 /);
  using other = await open(office, OTHER);
  match(await oldest.reply(), /^421 4\.3\.2 office\.example Others want to connect too/);
  match(await other.command("NOOP"), /^250/);
  match(await busy.command("NOOP"), /^250/);
});

Deno.test("our own people find room among strangers who hold a session each", async () => {
  await using office = await applianceHere("smtp_max_sessions 2", `forward_from_ip ${THIRD}`);
  using oldest = await open(office, STRANGER);
  using other = await open(office, OTHER);
  using clerk = await open(office, THIRD);
  match(await oldest.reply(), /^421 4\.3\.2 office\.example Others want to connect too/);
  match(await welcome(office, STRANGER), /^421 4\.3\.2 /);
  using _second = await open(office, THIRD);
  match(await other.reply(), /^421 4\.3\.2 /);
  match(await clerk.command("NOOP"), /^250/);
});

Deno.test("ban_auto bans who guesses names, from SMTP and POP3, until it is lifted", async () => {
  await using office = await applianceHere("ban_auto 3 10 60", `fromip_nolimit ${THIRD}`);
  await office.addUsers("bob");
  const { bans } = office.appliance.core.guard;
  using session = await open(office, STRANGER);
  using sibling = await open(office, STRANGER);
  await session.command(MAIL);
  for (let i = 0; i < 2; i++) match(await session.command(TO_NOBODY), /^550 5\.1\.1/);
  const banned = "421 4.7.0 office.example Too many failures from your address, try again later";
  strictEqual(await session.command(TO_NOBODY), banned);
  strictEqual(await sibling.reply(), banned);
  strictEqual(await welcome(office, STRANGER), banned);
  strictEqual(await readMail(office, STRANGER, "bob"), false);
  strictEqual(await readMail(office, OTHER, "bob"), true);
  deepStrictEqual(bans.list().map(({ address, offence }) => [address, offence]), [
    [STRANGER, "unknown user"],
  ]);
  await office.reload("ban_auto 3 10 60", `fromip_nolimit ${THIRD}`, "smtp_welcome New");
  strictEqual(await welcome(office, STRANGER), banned);
  strictEqual(bans.lift(STRANGER), true);
  match(await welcome(office, STRANGER), /^220 /);
  using free = await open(office, THIRD);
  await free.command(MAIL);
  for (let i = 0; i < 10; i++) match(await free.command(TO_NOBODY), /^550 5\.1\.1/);
});

Deno.test("ban_auto forgives our own people their errors, and nobody when it is off", async (t) => {
  const cases = [
    { name: "forward_from_ip", settings: ["ban_auto 3 10 60", `forward_from_ip ${STRANGER}`] },
    { name: "off", settings: ["ban_auto off"] },
  ];
  for (const { name, settings } of cases) {
    await t.step(name, async () => {
      await using office = await applianceHere(...settings);
      using session = await open(office, STRANGER);
      await session.command(MAIL);
      for (let i = 0; i < 10; i++) match(await session.command(TO_NOBODY), /^550 5\.1\.1/);
      for (let i = 0; i < 3; i++) {
        using broken = await open(office, STRANGER);
        match(await broken.command("GET / HTTP/1.1"), /^421 4\.5\.2/);
      }
      match(await welcome(office, STRANGER), /^220 /);
    });
  }
});

Deno.test("ban_auto bans who breaks the protocol again and again", async () => {
  await using office = await applianceHere("ban_auto 10 10 60");
  const first: string[] = [];
  for (let i = 0; i < 3; i++) {
    using conn = await connectFrom(STRANGER, office.port("smtp"));
    first.push((await conn.text() ?? "").slice(0, 3));
    await conn.write("GET / HTTP/1.1\r\n").catch(() => {}); // It may be closed already.
    await conn.text();
  }
  deepStrictEqual(first, ["220", "220", "421"]);
  deepStrictEqual(office.appliance.core.guard.bans.list().map(({ offence }) => offence), [
    "broken protocol",
  ]);
});

Deno.test("pop_before_smtp lets an address relay from which a user has read mail", async () => {
  await using office = await applianceHere("pop_before_smtp 5", "forward_user ann");
  await office.addUsers("ann", "bob");
  using session = await open(office, STRANGER);
  match((await replies(session, MAIL, TO_WORLD))[1]!, /^550 5\.7\.1 /);
  strictEqual(await readMail(office, STRANGER, "bob"), true);
  match(await session.command(TO_WORLD), /^550 5\.7\.1 /);
  strictEqual(await readMail(office, STRANGER, "ann"), true);
  match(await session.command(TO_WORLD), /^250 /);
  using other = await open(office, OTHER);
  match((await replies(other, MAIL, TO_WORLD))[1]!, /^550 5\.7\.1 /);
  await office.reload("forward_user ann");
  match(await session.command(TO_WORLD), /^550 5\.7\.1 /);
});

Deno.test("fake_vrfy decides who hears the truth about names", async (t) => {
  const silence = "252 Cannot VRFY user, but will accept message and attempt delivery";
  const cases = [
    { settings: [], vrfy: [silence, silence], expn: "550 5.7.1 Lists are not shown" },
    {
      settings: [`forward_from_ip ${STRANGER}`],
      vrfy: ["250 <bob@office.example>", "550 5.1.1 No such user here"],
      expn: "250 <bob@office.example>",
    },
    {
      settings: ["fake_vrfy false"],
      vrfy: ["250 <bob@office.example>", "550 5.1.1 No such user here"],
      expn: "550 5.7.1 Lists are not shown",
    },
    {
      settings: ["fake_vrfy true", `forward_from_ip ${STRANGER}`],
      vrfy: ["250 <bob@office.example>", "250 <nobody@office.example>"],
      expn: "550 5.7.1 Lists are not shown",
    },
  ];
  await using office = await applianceHere();
  await office.addUsers("bob");
  for (const { settings, vrfy, expn } of cases) {
    await t.step(settings.join(", ") || "nothing set", async () => {
      await office.reload(...settings);
      using session = await open(office, STRANGER);
      const answers = await replies(session, "VRFY bob", "VRFY nobody", "EXPN bob");
      deepStrictEqual(answers, [...vrfy, expn]);
    });
  }
});

Deno.test("smtp_welcome hides which server it is, in the greeting (S26)", async () => {
  await using office = await applianceHere("smtp_welcome Mail service of the branch");
  strictEqual(await welcome(office, STRANGER), "220 Mail service of the branch");
  await office.reload();
  match(await welcome(office, STRANGER), /^220 office\.example DSMTP /);
});

Deno.test("AUTH lets every user relay, or those of forward_user alone", async (t) => {
  const cases = [
    { settings: [], ann: /^250 /, bob: /^250 / },
    { settings: ["forward_user ann,cy"], ann: /^250 /, bob: /^550 5\.7\.1 / },
  ];
  await using office = await applianceHere();
  await office.addUsers("ann", "bob");
  for (const { settings, ann, bob } of cases) {
    await t.step(settings.join() || "nothing set", async () => {
      await office.reload(...settings);
      for (const [user, want] of [["ann", ann], ["bob", bob]] as const) {
        using session = await open(office, "127.0.0.1"); // Without TLS, AUTH is for this machine.
        match(await session.command(plain(user)), /^235 /);
        match((await replies(session, MAIL, TO_WORLD))[1]!, want);
      }
    });
  }
});

Deno.test("AUTH is offered where nobody can listen, and not to recent readers if hide_auth says so", async () => {
  const settings = [`forward_from_ip ${OTHER}`, "pop_before_smtp 5"];
  await using office = await applianceHere(...settings, "hide_auth recentpop");
  await office.addUsers("bob");
  const offers = async (address: string) =>
    (await extensions(office, address)).some((line) => line.startsWith("AUTH "));
  strictEqual(await offers(STRANGER), false);
  strictEqual(await offers(OTHER), true);
  strictEqual(await offers("127.0.0.1"), true);
  using stranger = await open(office, STRANGER);
  match(await stranger.command(plain("bob")), /^538 5\.7\.11 /);
  await readMail(office, OTHER, "bob");
  strictEqual(await offers(OTHER), false);
  await office.reload(...settings);
  strictEqual(await offers(OTHER), true);
});

Deno.test("a submission port takes mail from those who have logged in", async () => {
  await using office = await applianceHere("submission_port 0", "forward_from_ip 127.0.0.*");
  await office.addUsers("bob");
  using session = await open(office, STRANGER, "submission");
  strictEqual(await session.command(MAIL), "530 5.7.0 Authentication required");
  match(await session.command(plain("bob")), /^235 /);
  deepStrictEqual((await replies(session, MAIL, TO_WORLD)).map((line) => line.slice(0, 3)), [
    "250",
    "250",
  ]);
});

Deno.test("ban_auto bans who guesses passwords with AUTH, and not who has logged in there", async () => {
  await using office = await applianceHere("ban_auto 2 10 60", `forward_from_ip ${STRANGER}`);
  await office.addUsers("bob");
  using clerk = await open(office, STRANGER);
  match(await clerk.command(plain("bob")), /^235 /);
  using session = await open(office, STRANGER);
  const guess = (password: string) => session.command(`AUTH PLAIN ${btoa(`\0bob\0${password}`)}`);
  match(await guess("wrong"), /^535 5\.7\.8 /);
  match(await guess("wrong"), /^535 5\.7\.8 /); // Saved by a program: nobody guesses it twice.
  match(await guess("Wrong"), /^421 4\.7\.0 /);
  match(await welcome(office, STRANGER), /^421 4\.7\.0 /);
  ok(office.appliance.core.guard.bans.banned(STRANGER));
  match(await clerk.command("NOOP"), /^250 /);
});

function plain(user: string): string {
  return `AUTH PLAIN ${btoa(`\0${user}\0${user}`)}`;
}
