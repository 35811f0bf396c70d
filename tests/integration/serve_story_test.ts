/**
 * The office at work: mail programs submit and collect, mail for the world goes out by the gateway,
 * the administrator reloads and stops.
 *
 * @module
 */
import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { type Office, setUpOffice } from "../support/appliance.ts";
import { differences } from "../support/collected_mail.ts";
import { eventually } from "../support/eventually.ts";
import { freePort, listens } from "../support/free_port.ts";
import { type CorpusMessage, mailCorpus, wireForm } from "../support/mail_corpus.ts";
import { MAIL_SHAPES } from "../support/mail_shapes.ts";
import { octetsOf } from "../support/octet_text.ts";
import { queueIsEmpty, takeAll } from "../support/office_mail.ts";
import { installed } from "../support/peers.ts";
import { SMTP_CLIENTS, type SmtpClient } from "../support/smtp_clients.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";
import { tempDir } from "../support/temp_dir.ts";

const ANN = "ann@world.example";
const BOB = "bob@office.example";

for (const client of SMTP_CLIENTS) {
  Deno.test(`${client.name} submits every shape of mail, and POP3 gives it back unchanged`, {
    ignore: !installed(...client.programs),
  }, async () => {
    await using temp = await tempDir();
    const office = await setUpOffice(temp.path, []);
    await office.addUsers("bob");
    await using appliance = await office.serve();
    const corpus = submittable(client);
    for (const { bytes, shape } of corpus) {
      const submission = { port: appliance.port("smtp"), from: ANN, to: [BOB], message: bytes };
      const { ok, output } = await client.submit(submission, temp.path);
      strictEqual(ok, true, `${shape}: ${output}`);
    }
    await queueIsEmpty(office);
    assertEquals(differences(corpus, await takeAll(appliance, "bob")), []);
    strictEqual(await appliance.stop(), 0);
  });
}

Deno.test("unknown users and relaying are refused at RCPT, with the reason", {
  ignore: !installed("swaks"),
}, async (t) => {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, ["gateway * 127.0.0.1:9"]);
  await office.addUsers("bob");
  await using appliance = await office.serve();
  const cases = [
    { to: "nobody@office.example", want: /<\*\* 550 / },
    { to: "somebody@elsewhere.example", want: /<\*\* 550 / },
  ];
  for (const { to, want } of cases) {
    await t.step(to, async () => {
      const { ok, output } = await submit("swaks", appliance.port("smtp"), [to], "refused");
      strictEqual(ok, false);
      match(output, want);
      match(output, /RCPT TO/);
    });
  }
  await queueIsEmpty(office);
  strictEqual(await appliance.stop(), 0);
});

Deno.test("mail for the world reaches the gateway, also when it was down at first", {
  ignore: !installed("swaks", "smtp-sink"),
}, async (t) => {
  await using temp = await tempDir();
  const gatewayPort = freePort();
  const office = await setUpOffice(temp.path, [
    `gateway * 127.0.0.1:${gatewayPort}`,
    "forward_from_ip 127.0.0.1",
  ]);
  await using appliance = await office.serve();
  const world = ["carl@world.example", "dora@elsewhere.example"];

  await t.step("while the gateway is down the mail waits", async () => {
    const { ok: taken, output } = await submit("swaks", appliance.port("smtp"), world, "early");
    strictEqual(taken, true, output);
    await eventually(
      "a first attempt has failed",
      async () => (await queued(office))[0]?.pending.every(({ attempts }) => attempts > 0),
    );
  });

  await using sink = await startSmtpSink(gatewayPort);
  await t.step("a flush sends what has waited", async () => {
    const { code, stdout, stderr } = await office.dmail(["queue", "flush"]);
    strictEqual(code, 0, stdout + stderr);
    await queueIsEmpty(office);
    const messages = await sink.messages();
    strictEqual(messages.filter((text) => text.includes("Subject: early")).length, 1);
    const [early] = messages;
    match(early ?? "", /^X-Mail-Args: <bob@office\.example>/m);
    for (const to of world) {
      match(early ?? "", new RegExp(`^X-Rcpt-Args: <${RegExp.escape(to)}>`, "m"));
    }
  });

  await t.step("from then on mail goes at once", async () => {
    const { ok: taken, output } = await submit("swaks", appliance.port("smtp"), world, "late");
    strictEqual(taken, true, output);
    await queueIsEmpty(office);
    const late = (await sink.messages()).filter((text) => text.includes("Subject: late"));
    strictEqual(late.length, 1);
  });
  strictEqual(await appliance.stop(), 0);
});

Deno.test("SIGHUP takes a good configuration and keeps the old one if the new one is broken", {
  ignore: !installed("swaks", "smtp-sink"),
}, async (t) => {
  await using temp = await tempDir();
  await using sink = await startSmtpSink();
  const gateway = `gateway * 127.0.0.1:${sink.port}`;
  const office = await setUpOffice(temp.path, [gateway]);
  await using appliance = await office.serve();
  const relay = () => submit("swaks", appliance.port("smtp"), ["carl@world.example"], "relayed");

  await t.step("a broken one is named with its line, and changes nothing", async () => {
    await office.configure([gateway, "forward_from_ip 127.0.0.1", "smtp_timeout soon"]);
    appliance.signal("SIGHUP");
    await eventually(
      "the log names the line",
      async () => /dmail\.conf:\d+:.*smtp_timeout/.test(await office.logText()),
    );
    strictEqual((await relay()).ok, false);
  });

  await t.step("a good one is in force from the next session on", async () => {
    await office.configure([gateway, "forward_from_ip 127.0.0.1"]);
    appliance.signal("SIGHUP");
    await eventually("relaying is allowed", async () => (await relay()).ok);
    await queueIsEmpty(office);
    strictEqual((await sink.messages()).length, 1);
  });
  strictEqual(await appliance.stop(), 0);
});

Deno.test("SIGTERM lets a message in transfer come in, and ends with 0", async () => {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, []);
  await office.addUsers("bob");
  await using appliance = await office.serve();
  const port = appliance.port("smtp");
  using session = await SmtpSession.open(port);
  for (const line of [`MAIL FROM:<${ANN}>`, `RCPT TO:<${BOB}>`, "DATA"]) {
    match(await session.command(line), /^[23]/);
  }
  const { bytes, ...rest } = plainMessage();
  await session.write(bytes.subarray(0, 500));

  const stopped = appliance.stop();
  await eventually("nobody else is let in", async () => !await listens(port));
  await session.write(bytes.subarray(500));
  match(await session.command("."), /^250 /);
  await session.command("QUIT");
  strictEqual(await stopped, 0);

  await using again = await office.serve();
  await queueIsEmpty(office);
  assertEquals(differences([{ ...rest, bytes }], await takeAll(again, "bob")), []);
  strictEqual(await again.stop(), 0);
});

Deno.test("serve shows the status page", async () => {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, []);
  await using appliance = await office.serve();
  const response = await fetch(`http://127.0.0.1:${appliance.port("http")}/`);
  strictEqual(response.status, 200);
  ok((await response.text()).includes("office.example"));
  strictEqual(await appliance.stop(), 0);
});

/** One message of every shape that a client can send. */
function submittable(client: SmtpClient): CorpusMessage[] {
  const corpus = mailCorpus({
    seed: 7,
    count: MAIL_SHAPES.length,
    recipients: () => [BOB],
  });
  return corpus
    .filter(({ shape }) => !client.cannotSend.includes(shape))
    .map((message) => ({ ...message, bytes: wireForm(message.bytes) }));
}

function plainMessage(): CorpusMessage {
  const [message] = mailCorpus({ seed: 8, count: 1, recipients: () => [BOB] });
  ok(message);
  return { ...message, bytes: wireForm(message.bytes) };
}

async function submit(name: string, port: number, to: readonly string[], subject: string) {
  const client = SMTP_CLIENTS.find((one) => one.name === name);
  ok(client);
  await using directory = await tempDir();
  const message = octetsOf(`Subject: ${subject}\r\nFrom: ${BOB}\r\n\r\nHello\r\n`);
  return await client.submit({ port, from: BOB, to, message }, directory.path);
}

interface QueuedMessage {
  readonly pending: readonly { readonly attempts: number }[];
}

async function queued(office: Office): Promise<readonly QueuedMessage[]> {
  const { code, stdout, stderr } = await office.dmail(["queue", "--json"]);
  strictEqual(code, 0, stderr);
  return JSON.parse(stdout);
}
