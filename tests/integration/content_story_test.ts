/**
 * What is looked for in messages and changed in them, by settings, through a running appliance.
 *
 * @module
 */
import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { type Office, setUpOffice } from "../support/appliance.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { queueIsEmpty, takeAll } from "../support/office_mail.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

const BOB = "bob@office.example";

/** An office with bob, that runs, and a session with it. `DIR` stands for its directory. */
async function running(settings: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const temp = await tempDir();
  const inPlace = (text: string) => text.replaceAll("DIR", temp.path);
  const write = async (name: string, text: string) =>
    await Deno.writeTextFile(`${temp.path}/${name}`, text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const office = await setUpOffice(temp.path, settings.map(inPlace));
  await office.addUsers("bob");
  const appliance = await office.serve();
  const session = await SmtpSession.open(appliance.port("smtp"));
  return {
    ...{ office, appliance, session, write },
    async send(text: string, to: readonly string[] = [BOB]): Promise<string> {
      const sent = await session.send(to, octetsOf(text));
      return sent.kind === "accepted" || sent.kind === "refused" ? sent.reply : sent.kind;
    },
    /** What bob has got since he was asked last. */
    async got(): Promise<string[]> {
      await queueIsEmpty(office);
      return (await takeAll(appliance, "bob")).map((octets) => octetText(octets));
    },
    /** Lets the configuration be read again, and waits for the line in the log that tells of it. */
    async reload(outcome: string): Promise<string> {
      const told = async () =>
        (await office.logText()).split("\n").filter((line) => line.includes(outcome));
      const before = (await told()).length;
      appliance.signal("SIGHUP");
      return await eventually(outcome, async () => (await told())[before]);
    },
    async [Symbol.asyncDispose]() {
      session[Symbol.dispose]();
      await appliance[Symbol.asyncDispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

/** The files of the spool. */
async function spooled({ workPath }: Office): Promise<string[]> {
  return await Array.fromAsync(Deno.readDir(`${workPath}/queue`), ({ name }) => name);
}

const ATTACHED = "Subject: look\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
  "--b\r\n\r\nHello\r\n--b\r\nContent-Type: application/octet-stream\r\n";

Deno.test("msg_filter refuses by each kind of rule; the session goes on, nothing is left", async (t) => {
  await using rig = await running(["msg_filter DIR/filter.txt"], {
    "filter.txt": [
      "# Document 000, lines 941-943 and 968",
      "reject body begin 0666 happy99.exe",
      'reject body Content-disposition: attachment; filename="happy99.exe"',
      'reject body .vbs"',
      "reject Subject: *m?ney*",
      "reject header X-Mailer: Bulk*",
      "reject body hidden in base64",
    ].join("\n"),
  });
  const cases = [
    { name: "uuencode", text: "Subject: x\r\n\r\nbegin 0666 happy99.exe\r\nend\r\n", rule: 1 },
    {
      name: "a folded Content-disposition",
      text:
        `${ATTACHED}Content-Disposition: attachment;\r\n filename="happy99.exe"\r\n\r\n--b--\r\n`,
      rule: 2,
    },
    {
      name: "the end of a name",
      text:
        `${ATTACHED}Content-Disposition: attachment; filename=I-love-you.txt.vbs\r\n\r\n--b--\r\n`,
      rule: 3,
    },
    {
      name: "an encoded subject",
      text: "Subject: =?utf-8?Q?MON?= =?utf-8?Q?EY!?=\r\n\r\nx\r\n",
      rule: 4,
    },
    { name: "a header line", text: "x-mailer: bulk 1.0\r\n\r\nx\r\n", rule: 5 },
    {
      name: "base64",
      text: `${ATTACHED}Content-Transfer-Encoding: base64\r\n\r\n` +
        `${octetsOf("It is hidden in base64.").toBase64()}\r\n--b--\r\n`,
      rule: 6,
    },
  ];
  for (const { name, text, rule } of cases) {
    await t.step(name, async () => {
      strictEqual(await rig.send(text), `550 5.7.1 Message refused by filter rule ${rule}`);
      assertEquals(await spooled(rig.office), []);
    });
  }
  match(await rig.send("Subject: fine\r\n\r\nfine\r\n"), /^250 /);
  const got = await rig.got();
  strictEqual(got.length, 1);
  match(got[0]!, /Subject: fine/);
  match(await rig.office.logText(), /filter.*rule.*\b4\b.*reject Subject: \*m\?ney\*/);
});

Deno.test("msg_filter is read again with the configuration, and a bad file keeps the old rules", async () => {
  await using rig = await running(["msg_filter DIR/filter.txt"], {
    "filter.txt": "reject body one",
  });
  match(await rig.send("S: x\r\n\r\none\r\n"), /^550 5\.7\.1 /);

  await rig.write("filter.txt", "reject body two\n");
  await rig.reload("Configuration reloaded");
  match(await rig.send("S: x\r\n\r\none\r\n"), /^250 /);
  match(await rig.send("S: x\r\n\r\ntwo\r\n"), /^550 5\.7\.1 /);

  await rig.write("filter.txt", "reject body three\nrefuse all\n");
  match(await rig.reload("Configuration not reloaded"), /filter\.txt:2: .*not a filter rule/);
  match(await rig.send("S: x\r\n\r\ntwo\r\n"), /^550 5\.7\.1 /);
  match(await rig.send("S: x\r\n\r\nthree\r\n"), /^250 /);
  const { code, stdout, stderr } = await rig.office.dmail(["check"]);
  strictEqual(code, 1);
  match(stdout + stderr, /filter\.txt:2: /);
});

Deno.test("bomb_max refuses more of the same for now and keeps copies in bomb_dir", async () => {
  const settings = ["bomb_max 3", "bomb_exception_to list@office.example"];
  await using rig = await running([...settings, "fallback_address * bob@office.example"]);
  const bomb = (n: number) => `Subject: bang\r\nMessage-ID: <${n}@x>\r\n\r\nthe same\r\n`;
  for (let n = 0; n < 3; n++) match(await rig.send(bomb(n), [`u${n}@office.example`]), /^250 /);
  strictEqual(
    await rig.send(bomb(3), ["u3@office.example"]),
    "450 4.7.1 Too many messages like this one, try again later",
  );
  await rig.office.configure([
    ...settings,
    "fallback_address * bob@office.example",
    "smtp_welcome x",
  ]);
  await rig.reload("Configuration reloaded");
  for (let n = 4; n < 9; n++) match(await rig.send(bomb(n)), /^450 4\.7\.1 /); // Not forgotten.
  match(await rig.send(bomb(9), ["list@office.example"]), /^250 /);
  match(await rig.send("Subject: another\r\n\r\nthe same\r\n"), /^250 /);

  strictEqual((await rig.got()).length, 5);
  const kept = await Array.fromAsync(Deno.readDir(`${rig.office.workPath}/bomb`));
  strictEqual(kept.length, 3);
  const log = await rig.office.logText();
  strictEqual(log.match(/Suspected a mail bomb/g)?.length, 1);
});

Deno.test("bomb_max suspects nobody whom an exception names", async () => {
  for (const exception of ["bomb_exception_from *@world.example", "fromip_nolimit 127.0.0.1"]) {
    await using rig = await running(["bomb_max 1", exception]);
    for (let n = 0; n < 3; n++) match(await rig.send("Subject: bang\r\n\r\nx\r\n"), /^250 /);
  }
});

Deno.test("add_footer ends the text of mail from its domains", async () => {
  await using rig = await running(["add_footer foot.txt world.example"], {
    "foot.txt": "-- \nWorld Ltd, Größe 7\n",
  });
  match(await rig.send("Subject: one\r\n\r\nHello\r\n"), /^250 /);
  match(await rig.send(`${ATTACHED}\r\nx\r\n--b--\r\n`), /^250 /);
  match(await rig.send("Subject: html\r\nContent-Type: text/html\r\n\r\n<p>\r\n"), /^250 /);
  const [one = "", two = "", three = ""] = (await rig.got()).toSorted((a, b) => b.length - a.length)
    .toSorted((a, b) => rank(a) - rank(b));
  match(one, /\r\n\r\nHello\r\n-- \r\nWorld Ltd, Grosse 7\r\n$/);
  match(two, /--b\r\n\r\nHello\r\n-- \r\nWorld Ltd, Grosse 7\r\n--b\r\nContent-Type: app/);
  match(three, /<p>\r\n$/);
});

function rank(message: string): number {
  return ["one", "look", "html"].findIndex((subject) => message.includes(`Subject: ${subject}`));
}

Deno.test("rcpt_header tells the only recipient, and nobody can forge it", async () => {
  await using rig = await running(["rcpt_header X-Recip-To", `fallback_address * ${BOB}`]);
  const forged = "x-recip-to: boss@office.example\r\nSubject: x\r\n\r\nX-Recip-To: in the body\r\n";
  match(await rig.send(forged, ["Sales@office.example"]), /^250 /);
  const [only = ""] = await rig.got();
  match(only, /^X-Recip-To: Sales@office\.example\r$/im);
  strictEqual(only.includes("boss@"), false);
  match(only, /\r\n\r\nX-Recip-To: in the body\r\n/);

  match(await rig.send(forged, ["sales@office.example", "it@office.example"]), /^250 /);
  for (const copy of await rig.got()) {
    strictEqual(
      copy.slice(0, copy.indexOf("\r\n\r\n")).toLowerCase().includes("x-recip-to"),
      false,
    );
  }
});

Deno.test("lone CR, NUL, 8 bits and long lines come out as they went in, and end no line", async () => {
  await using rig = await running([]);
  const body = [
    "a\rb\rFrom x\r.y\rMAIL FROM:<a@b>",
    "\0\0 NUL \0.\0",
    "\x80\xff\xe9",
    "x".repeat(5000),
    ".dots\r..",
    "From the first\rFrom the second",
  ].join("\r\n") + "\r\n";
  match(await rig.send(`Subject: odd\r\n\r\n${body}`), /^250 /);
  await queueIsEmpty(rig.office);
  const drop = octetText(await Deno.readFile(`${rig.office.dropPath}/bob`));
  strictEqual(drop.split("\n").filter((line) => line.startsWith("From ")).length, 1);
  const [got = ""] = await rig.got();
  strictEqual(got.slice(got.indexOf("\r\n\r\n") + 4), body);

  match(
    await rig.send("Subject: x\r\n\r\na\r.\r\nMAIL FROM:<x@y>\r\n"),
    /^550 5\.6\.0 A dot stands between/,
  );
  match(await rig.send("Subject: x\r\n\r\nfine\r\n"), /^250 /);
});

Deno.test({
  name: "a message of 48 MB is looked through in the memory of a small one",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using rig = await running(["msg_filter DIR/filter.txt"], {
      "filter.txt": "reject body nowhere to be found\n",
    });
    const peakMiB = async () => {
      const status = await Deno.readTextFile(`/proc/${rig.appliance.pid}/status`);
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
    };
    const line = "=41bcdefghijklmnopqrstuvwxyz=42=\r\n";
    const large = (octets: number) =>
      "Content-Type: text/html; charset=iso-8859-1\r\n" +
      `Content-Transfer-Encoding: quoted-printable\r\n\r\n${line.repeat(octets / line.length)}`;
    for (let n = 0; n < 3; n++) match(await rig.send(large(4e6)), /^250 /);
    const before = await peakMiB();
    match(await rig.send(large(48e6)), /^250 /);
    const growth = await peakMiB() - before;
    ok(growth < 100, `It took ${growth.toFixed(0)} MiB more`);
  },
});
