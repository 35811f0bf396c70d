/**
 * The main story: one mailbox at the provider for a whole domain, collected by the appliance,
 * collected from the appliance by the programs people use.
 *
 * @module
 */
import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { type Office, type RunningAppliance, setUpOffice } from "../support/appliance.ts";
import { differences } from "../support/collected_mail.ts";
import { startDovecot } from "../support/dovecot.ts";
import { eventually } from "../support/eventually.ts";
import { type CorpusMessage, mailCorpus, messageId, wireForm } from "../support/mail_corpus.ts";
import { MULTIPART, VERY_LONG_LINES } from "../support/mail_shapes.ts";
import { octetText } from "../support/octet_text.ts";
import { loginOf, waitingFor } from "../support/office_mail.ts";
import { installed } from "../support/peers.ts";
import { POP3_CLIENTS, type Pop3Client } from "../support/pop3_clients.ts";
import { Pop3Session } from "../support/pop3_session.ts";
import { tempDir } from "../support/temp_dir.ts";

const SEED = 20261120;
const MESSAGES = 200;

/** Gets every message that somebody gets. */
const ARCHIVE = "archive";
/** Gets the same but for the lines that fetchmail cannot take. */
const LEDGER = "ledger";
const CARETAKER = "caretaker";
/** Who collects with which program; `bob` gets no lines that are too long for fetchmail. */
const PEOPLE: Readonly<Record<string, string>> = {
  anna: "mpop",
  bob: "fetchmail",
  carla: "curl",
  dave: "poplib",
};

const address = (user: string) => `${user}@office.example`;

/** One in eight goes to somebody unknown too, one in sixteen to nobody else. */
const corpus = mailCorpus({
  seed: SEED,
  count: MESSAGES,
  recipients(shape, index, random) {
    const unknown = index % 8 === 7 ? [address(`nobody${random.upTo(5)}`)] : [];
    if (index % 16 === 15) return unknown;
    const short = shape !== VERY_LONG_LINES;
    const people = Object.keys(PEOPLE).filter((name) => name !== "bob" || short);
    const chosen = [ARCHIVE, ...(short ? [LEDGER] : []), random.pick(people), random.pick(people)];
    return [...chosen.map(address), ...unknown];
  },
});

const sentTo = (user: string) =>
  corpus.filter(({ recipients }) => recipients.includes(address(user)));
const sentToNobody = corpus.filter(({ recipients }) => recipients.some((to) => /^nobody/.test(to)));

Deno.test("mail collected from Dovecot reaches everybody once and unchanged", {
  ignore: !installed("dovecot", ...POP3_CLIENTS.flatMap(({ programs }) => programs)),
}, async (t) => {
  await using temp = await tempDir();
  await using provider = await startDovecot({ users: { office: "secret" } });
  for (const { bytes } of corpus) await provider.deliver("office", bytes);
  const office = await setUpOffice(temp.path, settings(provider.port));
  await office.addUsers(ARCHIVE, LEDGER, CARETAKER, ...Object.keys(PEOPLE));
  await using appliance = await office.serve();

  await t.step("one call empties the mailbox at the provider", async () => {
    await popfetch(office);
    assertEquals(await provider.messages("office"), []);
    await allDelivered(appliance);
  });

  await t.step("LIST and STAT tell the exact size of what RETR sends", async () => {
    await checkSizes(appliance);
  });

  for (const client of POP3_CLIENTS) {
    const user = client.name === "fetchmail" ? LEDGER : ARCHIVE;
    await t.step(`${client.name} reads everything and leaves it there`, async () => {
      await checkCollected({ client, user, appliance, keep: true });
    });
  }

  for (
    const [user, name] of Object.entries({ ...PEOPLE, [LEDGER]: "fetchmail", [ARCHIVE]: "mpop" })
  ) {
    await t.step(`${user} collects and deletes with ${name}`, async () => {
      const client = POP3_CLIENTS.find((one) => one.name === name);
      ok(client);
      await checkCollected({ client, user, appliance, keep: false });
      strictEqual(await waitingFor(appliance, user), 0);
    });
  }

  await t.step("what found no recipient is with the caretaker, each once", async () => {
    await checkCaretaker(appliance);
  });

  await t.step("a second call fetches nothing", async () => {
    await popfetch(office);
    for (const user of [ARCHIVE, LEDGER, ...Object.keys(PEOPLE)]) {
      strictEqual(await waitingFor(appliance, user), 0, user);
    }
    strictEqual(await waitingFor(appliance, CARETAKER), sentToNobody.length);
  });

  strictEqual(await appliance.stop(), 0);
});

function settings(providerPort: number): string[] {
  return [
    `pf_user office secret 127.0.0.1:${providerPort} tls=none`,
    "pf_header X-Rcpt-To",
    "pf_domain office.example",
    `pf_dflt_address ${address(CARETAKER)}`,
  ];
}

async function popfetch(office: Office): Promise<void> {
  const { code, stdout, stderr } = await office.dmail(["popfetch", "-once"]);
  strictEqual(code, 0, stdout + stderr);
}

/** The queue works on behind a call: it is done when everybody has as many as were sent. */
async function allDelivered(appliance: RunningAppliance): Promise<void> {
  const counts = new Map([ARCHIVE, LEDGER, ...Object.keys(PEOPLE)]
    .map((user) => [user, sentTo(user).length]));
  counts.set(CARETAKER, sentToNobody.length);
  for (const [user, count] of counts) {
    await eventually(
      `${count} messages for ${user}`,
      async () => await waitingFor(appliance, user) >= count,
    );
  }
}

async function checkSizes(appliance: RunningAppliance): Promise<void> {
  using session = await Pop3Session.open(loginOf(appliance, ARCHIVE));
  const [count, octets] = (await session.command("STAT")).split(" ").map(Number);
  const sizes = (await session.listing("LIST")).map(Number);
  strictEqual(sizes.length, count);
  strictEqual(sizes.reduce((sum, size) => sum + size, 0), octets);
  const sent: number[] = [];
  for (const number of sizes.keys()) sent.push((await session.retrieve(number + 1)).length);
  assertEquals(sizes, sent);
}

async function checkCollected(
  { client, user, appliance, keep }: {
    client: Pop3Client;
    user: string;
    appliance: RunningAppliance;
    keep: boolean;
  },
): Promise<void> {
  await using directory = await tempDir();
  const collected = await client.collect(loginOf(appliance, user), directory.path, keep);
  assertEquals(differences(sentTo(user), collected, client.seen), []);
}

/**
 * A paragraph of ours says who got it and who did not (B49): on top of the body of a plain message,
 * in front of a whole message that is not plain.
 */
async function checkCaretaker(appliance: RunningAppliance): Promise<void> {
  using session = await Pop3Session.open(loginOf(appliance, CARETAKER));
  const collected = new Map<string | undefined, string>();
  const count = (await session.listing("LIST")).length;
  for (let number = 1; number <= count; number++) {
    const bytes = await session.retrieve(number);
    collected.set(messageId(bytes), octetText(bytes));
  }
  strictEqual(count, sentToNobody.length);
  for (const message of sentToNobody) {
    const got = collected.get(message.id);
    ok(got !== undefined, `${message.id} (${message.shape}) is missing`);
    const [header, body] = parts(message);
    const unchanged = message.shape === MULTIPART
      ? got.includes(octetText(wireForm(message.bytes)))
      : got.includes(header) && got.endsWith(body);
    ok(unchanged, `${message.id} (${message.shape}): it has changed`);
    match(got, /nobody\d@office\.example/);
  }
}

function parts(message: CorpusMessage): [header: string, body: string] {
  const text = octetText(wireForm(message.bytes));
  const at = text.indexOf("\r\n\r\n");
  return at < 0 ? [text, ""] : [text.slice(0, at + 2), text.slice(at + 4)];
}
