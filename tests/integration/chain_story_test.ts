/**
 * Where mail goes: forwards, aliases, virtual domains, as an administrator writes them and as mail
 * programs see them; what `dmail explain` and the log say of it.
 *
 * @module
 */
import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { type Office, type RunningAppliance, setUpOffice } from "../support/appliance.ts";
import { LineConn } from "../support/line_conn.ts";
import { octetsOf } from "../support/octet_text.ts";
import { queueIsEmpty } from "../support/office_mail.ts";
import { Pop3Session, RefusedError } from "../support/pop3_session.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

const ALIASES = `# Who gets what
sales: ann, $user,
  bob@shop.example
quiet: /dev/null
all-*: *, ann
`;

/** An office with two domains and a shop of its own at another address. */
async function setUp(directory: string, ...more: readonly string[]): Promise<Office> {
  await Deno.mkdir(`${directory}/shop`);
  await Deno.writeTextFile(`${directory}/aliases`, ALIASES);
  const office = await setUpOffice(directory, [
    "host_domain office.example",
    "host_domain bücher.example",
    "bind_ip 127.0.0.1,127.0.0.2",
    `vdomain Shop 127.0.0.2 shop.example ${directory}/shop`,
    `vdomain Shop /shop shop.example ${directory}/shop`,
    "forward *@old.example *@office.example",
    "forward_cc bob@office.example archive@office.example",
    `alias_file ${directory}/aliases`,
    "fallback_address shop.example bob@shop.example",
    "gateway * 127.0.0.1:9",
    "log_chain true",
    ...more,
  ]);
  await office.addUsers("ann", "bob", "archive", "sales", "bob@shop.example");
  return office;
}

/** Sends a message for each address; resolves to the codes of RCPT. */
async function submit(
  office: Office,
  appliance: RunningAppliance,
  addresses: readonly string[],
): Promise<string[]> {
  using session = await SmtpSession.open(appliance.port("smtp"));
  const codes: string[] = [];
  for (const address of addresses) {
    await session.command("MAIL FROM:<x@world.example>");
    const reply = await session.command(`RCPT TO:<${address}>`);
    codes.push(`${reply.slice(0, 3)} ${address}`);
    if (!reply.startsWith("25")) {
      await session.command("RSET");
      continue;
    }
    await session.command("DATA");
    await session.write(octetsOf(`Subject: ${address}\r\n\r\nHello\r\n`));
    match(await session.command("."), /^250 /);
  }
  await queueIsEmpty(office);
  return codes;
}

/** The subjects in a drop file, sorted. */
async function subjectsIn(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path);
  return [...text.matchAll(/^Subject: (.*)$/gm)].map(([, subject = ""]) => subject.trim()).sort();
}

Deno.test("mail finds its way by forwards, aliases and virtual domains", async () => {
  await using temp = await tempDir();
  const office = await setUp(temp.path);
  await using appliance = await office.serve();
  assertEquals(
    await submit(office, appliance, [
      "ann@xn--bcher-kva.example",
      "bob@office.example",
      "Bob@old.example",
      "sales@office.example",
      "quiet@office.example",
      "all-archive@office.example",
      "bob@shop.example",
      "anybody@shop.example",
      "bob@[127.0.0.2]",
      "bob@[127.0.0.1]",
      "nobody@office.example",
      "bob@elsewhere.example",
    ]),
    [
      "250 ann@xn--bcher-kva.example",
      "251 bob@office.example",
      "251 Bob@old.example",
      "251 sales@office.example",
      "251 quiet@office.example",
      "251 all-archive@office.example",
      "250 bob@shop.example",
      "251 anybody@shop.example",
      "250 bob@[127.0.0.2]",
      "251 bob@[127.0.0.1]",
      "550 nobody@office.example",
      "550 bob@elsewhere.example",
    ],
  );
  assertEquals(await subjectsIn(`${office.dropPath}/ann`), [
    "all-archive@office.example",
    "ann@xn--bcher-kva.example",
    "sales@office.example",
  ]);
  const bob = ["Bob@old.example", "bob@[127.0.0.1]", "bob@office.example"];
  assertEquals(await subjectsIn(`${office.dropPath}/bob`), bob);
  assertEquals(
    await subjectsIn(`${office.dropPath}/archive`),
    [...bob, "all-archive@office.example"].sort(),
  );
  assertEquals(await subjectsIn(`${office.dropPath}/sales`), ["sales@office.example"]);
  assertEquals(await subjectsIn(`${temp.path}/shop/Shop_bob`), [
    "anybody@shop.example",
    "bob@[127.0.0.2]",
    "bob@shop.example",
    "sales@office.example",
  ]);
  strictEqual(await appliance.stop(), 0);
});

Deno.test("a login is of the domain connected to, or named", async (t) => {
  await using temp = await tempDir();
  const office = await setUp(temp.path);
  await using appliance = await office.serve();
  await submit(office, appliance, ["bob@shop.example"]);
  const password = "bob@shop.example"; // As addUsers() makes it.
  const cases = [
    { at: "127.0.0.1", user: "bob@shop.example", password, want: "1 message" },
    { at: "127.0.0.1", user: "BOB/shop", password, want: "1 message" },
    { at: "127.0.0.1", user: "bob@shop", password, want: "1 message" },
    { at: "127.0.0.2", user: "bob", password, want: "1 message" },
    { at: "127.0.0.1", user: "shop_bob", password, want: "1 message" },
    { at: "127.0.0.1", user: "bob", password: "bob", want: "0 messages" },
    { at: "127.0.0.2", user: "bob@office.example", password: "bob", want: "0 messages" },
    { at: "127.0.0.1", user: "bob", password, want: "refused" },
    { at: "127.0.0.2", user: "ann", password: "ann", want: "refused" },
  ];
  for (const { at, user, password, want } of cases) {
    await t.step(`${user} at ${at}`, async () => {
      strictEqual(await logIn(portAt(appliance, at), { at, user, password }), want);
    });
  }
  strictEqual(await appliance.stop(), 0);
});

Deno.test("dmail explain and log_chain tell one story", async () => {
  await using temp = await tempDir();
  const office = await setUp(temp.path);
  const { code, stdout } = await office.dmail(["explain", "sales@office.example"]);
  assertEquals([code, stdout.split("\n")], [0, [
    "Starting rcpt chain for sales",
    `sales@office.example: is the alias sales of ${temp.path}/aliases:2: ann, $user, bob@shop.example`,
    "Adding ann@office.example to rcpt chain",
    "Adding bob@shop.example to rcpt chain",
    "sales@office.example: is the local user sales",
    "Adding sales to rcpt chain",
    "ann@office.example: is the local user ann",
    "Adding ann to rcpt chain",
    "bob@shop.example: is the local user shop_bob",
    "Adding shop_bob to rcpt chain",
    `sales: drop file ${office.dropPath}/sales`,
    `ann: drop file ${office.dropPath}/ann`,
    `shop_bob: drop file ${temp.path}/shop/Shop_bob`,
    "",
  ]]);

  await using appliance = await office.serve();
  using session = await SmtpSession.open(appliance.port("smtp"));
  await session.command("MAIL FROM:<test@office.example>");
  await session.command("RCPT TO:<sales@office.example>");
  await session.command("QUIT");
  strictEqual(await appliance.stop(), 0);
  const log = await Deno.readTextFile(`${temp.path}/log/dsmtp.log`);
  const chain = log.split("\n").filter((line) => line.includes("chain"))
    .map((line) => line.replace(/^\d\d\/\d\d \d\d:\d\d:\d\d /, ""));
  const told = stdout.split("\n").filter((line) => /chain|: is /.test(line))
    .map((line) => line.includes(": is ") ? `*** In rcpt chain ${line}` : `*** ${line}`);
  assertEquals(chain, told);
});

Deno.test("dmail explain names robots, files, servers and refusals, and what vanishes", async (t) => {
  await using temp = await tempDir();
  const office = await setUp(
    temp.path,
    'forward robot@office.example "|/usr/bin/robot "two words""',
    "forward file@office.example /var/mail/all",
  );
  const cases = [
    { address: "robot@office.example", code: 0, end: 'Program /usr/bin/robot "two words"' },
    { address: "file@office.example", code: 0, end: "File /var/mail/all" },
    { address: "quiet@office.example", code: 0, end: "The message is thrown away" },
    { address: "x@world.example", code: 0, end: "x@world.example: sent on" },
    {
      address: "nobody@office.example",
      code: 1,
      end: "nobody@office.example: rejected, 5.1.1 No such user here",
    },
  ];
  for (const { address, code, end } of cases) {
    await t.step(address, async () => {
      const got = await office.dmail(["explain", address]);
      assertEquals([got.code, got.stdout.trimEnd().split("\n").at(-1)], [code, end]);
    });
  }
});

Deno.test("a reload takes the aliases of now, or says what is wrong with them", async () => {
  await using temp = await tempDir();
  const office = await setUp(temp.path);
  await using appliance = await office.serve();
  const path = `${temp.path}/aliases`;
  assertEquals(await submit(office, appliance, ["new@office.example"]), ["550 new@office.example"]);

  await Deno.writeTextFile(path, "new: ann\nnonsense\n");
  const refused = await office.dmail(["tellsmtp", "reload"]);
  match(refused.stdout + refused.stderr, /aliases:2: nonsense: write "name: destination"/);
  match((await office.dmail(["check"])).stderr, /aliases:2: nonsense: write "name: destination"/);
  assertEquals(await submit(office, appliance, ["new@office.example", "quiet@office.example"]), [
    "550 new@office.example",
    "251 quiet@office.example",
  ]);

  await Deno.writeTextFile(path, "new: ann\n");
  strictEqual((await office.dmail(["tellsmtp", "reload"])).code, 0);
  assertEquals(await submit(office, appliance, ["new@office.example", "quiet@office.example"]), [
    "251 new@office.example",
    "550 quiet@office.example",
  ]);
  strictEqual(await appliance.stop(), 0);
});

/** The port of the POP3 server at one of our addresses. */
function portAt(appliance: RunningAppliance, at: string): number {
  const found = appliance.stdout.split("\n").find((line) => line.startsWith(`pop3 ${at}:`));
  return Number(found?.slice(`pop3 ${at}:`.length));
}

/** How many messages a login finds; `refused` if the password is not taken. */
async function logIn(
  port: number,
  { at, user, password }: {
    readonly at: string;
    readonly user: string;
    readonly password: string;
  },
): Promise<string> {
  const conn = new LineConn(await Deno.connect({ hostname: at, port }));
  await conn.text();
  using session = new Pop3Session(conn);
  try {
    await session.command(`USER ${user}`);
    await session.command(`PASS ${password}`);
  } catch (error) {
    if (error instanceof RefusedError) return "refused";
    throw error;
  }
  const [count] = (await session.command("STAT")).split(" ");
  await session.command("QUIT");
  return count === "1" ? "1 message" : `${count} messages`;
}
