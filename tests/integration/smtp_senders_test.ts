/** Programs people send with, over TLS and with a password, against a server that checks both. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import nodemailer from "nodemailer";
import { startPostfix } from "../../tools/bench/postfix.ts";
import { eventually } from "../support/eventually.ts";
import { hasExim, sendWithExim } from "../support/exim.ts";
import { octetsOf } from "../support/octet_text.ts";
import { installed, run } from "../support/peers.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { startTestSmtpd, type TestSmtpd } from "../support/smtpd.ts";
import { tempDir } from "../support/temp_dir.ts";
import { tlsPair } from "../support/tls_pair.ts";

/** A submission server and an smtps server, and the file of the certificate they show. */
async function servers(): Promise<
  AsyncDisposable & { submission: TestSmtpd; smtps: TestSmtpd; caFile: string; dir: string }
> {
  const stack = new AsyncDisposableStack();
  const pair = await tlsPair();
  const dir = stack.use(await tempDir()).path;
  const caFile = `${dir}/ca.pem`;
  await Deno.writeTextFile(caFile, pair.cert);
  const start = (door: "submission" | "smtps") =>
    startTestSmtpd({
      door,
      options: { maxMessageOctets: 10_000_000 },
      dependencies: { tls: () => pair },
    });
  const submission = stack.use(await start("submission"));
  const smtps = stack.use(await start("smtps"));
  return { submission, smtps, caFile, dir, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** What was taken: from whom, by which login, and with which words in Received. */
function taken({ queue }: TestSmtpd): string[] {
  return queue.messages.map(({ envelope, origin, traceText }) => {
    const user = origin.kind === "network" ? origin.user : undefined;
    return `${envelope.sender} ${user ?? "nobody"} ${/with (\S+)/.exec(traceText)?.[1]}`;
  });
}

Deno.test({
  name: "swaks sends by STARTTLS and by smtps, with PLAIN and with LOGIN",
  ignore: !installed("swaks"),
  async fn(t) {
    const cases = [
      { name: "STARTTLS, PLAIN", door: "submission", words: ["--tls", "--auth", "PLAIN"] },
      { name: "STARTTLS, LOGIN", door: "submission", words: ["--tls", "--auth", "LOGIN"] },
      { name: "smtps, PLAIN", door: "smtps", words: ["--tls-on-connect", "--auth", "PLAIN"] },
      { name: "smtps, LOGIN", door: "smtps", words: ["--tls-on-connect", "--auth", "LOGIN"] },
    ] as const;
    for (const { name, door, words } of cases) {
      await t.step(name, async () => {
        await using all = await servers();
        const server = all[door];
        const sent = await run("swaks", [
          ...["--server", "127.0.0.1", "--port", String(server.port), ...words],
          ...["--auth-user", "bob", "--auth-password", "secret"],
          ...["--from", "bob@office.test", "--to", "bob@office.test"],
        ]);
        strictEqual(sent.code, 0, sent.stdout + sent.stderr);
        match(sent.stdout, /<~\s+235 2\.7\.0 Command AUTH OK/);
        deepStrictEqual(taken(server), ["bob@office.test bob ESMTPSA"]);
      });
    }
  },
});

const SMTPLIB = `
import json, smtplib, ssl, sys
from email.message import EmailMessage
s = json.load(sys.stdin)
context = ssl.create_default_context(cafile=s["ca"])
message = EmailMessage()
message["From"], message["To"], message["Subject"] = "bob@office.test", s["to"], "grün"
message.set_content("blåbär\\n.\\n..\\n")
with smtplib.SMTP("localhost", s["submission"]) as server:
    server.starttls(context=context)
    server.login("bob", "secret")
    server.send_message(message, mail_options=s["options"])
with smtplib.SMTP_SSL("localhost", s["smtps"], context=context) as server:
    server.login("bob", "secret")
    server.send_message(message, mail_options=s["options"])
    print(server.docmd("AUTH", "LOGIN"))
`;

Deno.test({
  name: "Python's smtplib logs in over TLS and sends, an international address too",
  ignore: !installed("python3"),
  async fn(t) {
    for (
      const { to, options } of [
        { to: "bob@office.test", options: [] },
        { to: "Bøb <bob@office.test>", options: ["SMTPUTF8", "BODY=8BITMIME"] },
      ]
    ) {
      await t.step(to, async () => {
        await using all = await servers();
        const settings = {
          ...{ to, options, ca: all.caFile },
          ...{ submission: all.submission.port, smtps: all.smtps.port },
        };
        const sent = await run("python3", ["-c", SMTPLIB], { stdin: JSON.stringify(settings) });
        strictEqual(sent.code, 0, sent.stderr);
        match(sent.stdout, /^\(503, b'5\.5\.1 Logged in already'\)/);
        const word = options.length > 0 ? "UTF8SMTPSA" : "ESMTPSA";
        for (const server of [all.submission, all.smtps]) {
          deepStrictEqual(taken(server), [`bob@office.test bob ${word}`]);
        }
      });
    }
  },
});

Deno.test({
  name: "curl sends by STARTTLS and by smtps",
  ignore: !installed("curl"),
  async fn() {
    await using all = await servers();
    const path = `${all.dir}/message`;
    await Deno.writeTextFile(path, "Subject: x\r\n\r\nbody\r\n");
    for (
      const { server, scheme, words } of [
        { server: all.submission, scheme: "smtp", words: ["--ssl-reqd"] },
        { server: all.smtps, scheme: "smtps", words: [] },
      ]
    ) {
      const sent = await run("curl", [
        ...["--silent", "--show-error", "--upload-file", path, "--cacert", all.caFile, ...words],
        ...["--user", "bob:secret", "--mail-from", "bob@office.test"],
        ...["--mail-rcpt", "bob@office.test", "--resolve", `localhost:${server.port}:127.0.0.1`],
        `${scheme}://localhost:${server.port}/pc.office.test`,
      ]);
      strictEqual(sent.code, 0, sent.stderr);
      deepStrictEqual(taken(server), ["bob@office.test bob ESMTPSA"]);
    }
  },
});

Deno.test("nodemailer sends by STARTTLS and by smtps, with an attachment and DSN", async () => {
  await using all = await servers();
  const pair = await tlsPair();
  for (
    const { server, secure } of [
      { server: all.submission, secure: false },
      { server: all.smtps, secure: true },
    ]
  ) {
    const transport = nodemailer.createTransport({
      ...{ host: "127.0.0.1", port: server.port, secure, requireTLS: true },
      auth: { user: "bob", pass: "secret" },
      tls: { ca: [pair.cert], servername: "localhost" },
    });
    const sent = await transport.sendMail({
      ...{ from: "bob@office.test", to: ["bob@office.test", "nobody@office.test"] },
      ...{ subject: "grün", text: ".\n..\nblåbär\n" },
      attachments: [{ filename: "a.bin", content: "x".repeat(300_000) }],
      dsn: { id: "e1", return: "headers", notify: ["failure"], recipient: "bob@office.test" },
    });
    transport.close();
    deepStrictEqual(sent.accepted, ["bob@office.test"]);
    deepStrictEqual(sent.rejected, ["nobody@office.test"]);
    const [message] = server.queue.messages;
    deepStrictEqual(taken(server), ["bob@office.test bob ESMTPSA"]);
    strictEqual(message?.envelope.envid, "e1");
    strictEqual(message.envelope.ret, "HDRS");
    deepStrictEqual(message.envelope.recipients[0]?.notify, ["FAILURE"]);
  }
});

Deno.test({
  name: "Exim sends by TLS, in chunks, and logs in where it is told to",
  ignore: !hasExim(),
  async fn(t) {
    const login = { user: "bob", password: "secret" };
    const body = ".\n..\n" + "0123456789\n".repeat(100_000);
    const cases = [
      { name: "STARTTLS", job: {}, want: "bob@office.test nobody ESMTPS" },
      { name: "STARTTLS, AUTH", job: { login }, want: "bob@office.test bob ESMTPSA" },
      { name: "smtps, AUTH", job: { login, smtps: true }, want: "bob@office.test bob ESMTPSA" },
    ];
    for (const { name, job, want } of cases) {
      await t.step(name, async () => {
        const pair = await tlsPair();
        await using server = await startTestSmtpd({
          door: "smtps" in job ? "smtps" : "smtp",
          options: { maxMessageOctets: 10_000_000 },
          dependencies: { tls: () => pair },
        });
        const log = await sendWithExim({
          ...job,
          port: server.port,
          ...{ from: "bob@office.test", to: ["bob@office.test", "zoe@office.test"] },
          message: `Subject: x\n\n${body}`,
        });
        match(log, /=> bob@office\.test .*X=TLS1\.3.* K C="250 Command DATA/, log);
        deepStrictEqual(taken(server), [want]);
        const got = new TextDecoder().decode(server.queue.messages[0]!.body);
        ok(got.endsWith(`\r\n\r\n${body.replaceAll("\n", "\r\n")}`), "the body has changed");
      });
    }
  },
});

Deno.test({
  name: "Postfix relays to us by TLS",
  ignore: !installed("postfix") || Deno.uid() !== 0,
  async fn() {
    const pair = await tlsPair();
    await using server = await startTestSmtpd({ dependencies: { tls: () => pair } });
    await using postfix = await startPostfix({
      users: ["ann"],
      domain: "peer.example",
      extra: [`relayhost = [127.0.0.1]:${server.port}`, "smtp_tls_security_level = encrypt"],
    });
    using session = await SmtpSession.open(postfix.port);
    const body = octetsOf("Subject: x\r\n\r\n.\r\n..\r\nend\r\n");
    for (let i = 0; i < 20; i++) {
      strictEqual((await session.send(["bob@office.test"], body)).kind, "accepted");
    }
    await eventually("Postfix has passed them on", () => server.queue.messages.length === 20);
    ok(server.queue.messages.every(({ body }) => body.at(-1) === 10 && body.length > 20));
    deepStrictEqual([...new Set(taken(server))], ["ann@world.example nobody ESMTPS"]);
  },
});
