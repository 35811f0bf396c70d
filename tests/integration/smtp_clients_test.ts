/** Mail programs people use, against a running server whose queue remembers what it got. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { installed, run } from "../support/peers.ts";
import { startTestSmtpd } from "../support/smtpd.ts";
import { tempDir } from "../support/temp_dir.ts";

const TOUGH = "Subject: tough\r\n\r\n" +
  ".\r\n..\r\n.x\r\n\r\n.\r\nblåbär\r\n" + "long ".repeat(5_000) + "\r\nlast\r\n";

Deno.test({
  name: "swaks sends a message, and hears of an unknown user",
  ignore: !installed("swaks"),
  async fn() {
    await using server = await startTestSmtpd();
    const swaks = (to: string) =>
      run("swaks", [
        ...["--server", "127.0.0.1", "--port", String(server.port), "--helo", "pc.office.test"],
        ...["--from", "ann@office.test", "--to", to, "--suppress-data"],
      ]);
    const sent = await swaks("bob@office.test");
    strictEqual(sent.code, 0, sent.stdout + sent.stderr);
    match(sent.stdout, /<-\s+250 Command RCPT User found OK/);
    match(sent.stdout, /<-\s+250 Command DATA Processed mail data Ok Q1/);
    match(server.queue.messages[0]!.traceText, /^Received: from pc\.office\.test/);
    const refused = await swaks("nobody@office.test");
    match(refused.stdout, /<\*\* 550 5\.1\.1 No such user here/);
    strictEqual(server.queue.messages.length, 1);
  },
});

Deno.test({
  name: "swaks pipelines",
  ignore: !installed("swaks"),
  async fn() {
    await using server = await startTestSmtpd();
    const sent = await run("swaks", [
      ...["--server", "127.0.0.1", "--port", String(server.port), "--pipeline"],
      ...["--from", "ann@office.test", "--to", "bob@office.test,zoe@office.test"],
    ]);
    strictEqual(sent.code, 0, sent.stdout + sent.stderr);
    deepStrictEqual(
      server.queue.messages[0]?.envelope.recipients.map(({ address }) => address),
      ["bob@office.test", "zoe@office.test"],
    );
  },
});

const SMTPLIB = `
import smtplib, sys
server = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), local_hostname="pc.office.test")
body = sys.stdin.buffer.read()
options = ["BODY=8BITMIME", "RET=HDRS", "ENVID=e1"]
refused = server.sendmail("ann@office.test", ["bob@office.test", "nobody@office.test"], body,
                          mail_options=options, rcpt_options=["NOTIFY=FAILURE"])
print(sorted(server.esmtp_features), refused["nobody@office.test"][0])
server.quit()
`;

Deno.test({
  name: "Python's smtplib sends 8 bits, dots and long lines, octet for octet",
  ignore: !installed("python3"),
  async fn() {
    await using server = await startTestSmtpd();
    const sent = await run("python3", ["-c", SMTPLIB, String(server.port)], { stdin: TOUGH });
    strictEqual(sent.code, 0, sent.stderr);
    match(sent.stdout, /'8bitmime', 'auth', 'chunking', 'dsn', 'enhancedstatuscodes', 'etrn'/);
    match(sent.stdout, / 550\n$/);
    const [message] = server.queue.messages;
    deepStrictEqual(message?.envelope, {
      sender: "ann@office.test",
      recipients: [{ address: "bob@office.test", notify: ["FAILURE"] }],
      ret: "HDRS",
      envid: "e1",
    });
    strictEqual(new TextDecoder().decode(message.body), TOUGH);
  },
});

Deno.test({
  name: "curl sends 10 MB octet for octet, and obeys SIZE",
  ignore: !installed("curl"),
  async fn() {
    await using dir = await tempDir();
    const line = octetText(Uint8Array.from({ length: 200 }, (_, i) => i + 32)) + "\r\n";
    const message = octetsOf("Subject: large\r\n\r\n" + line.repeat(50_000));
    const path = `${dir.path}/message`;
    await Deno.writeFile(path, message);
    await using server = await startTestSmtpd({ options: { maxMessageOctets: 10_200_000 } });
    const curl = (file: string) =>
      run("curl", [
        ...["--silent", "--show-error", "--upload-file", file],
        ...["--mail-from", "ann@office.test", "--mail-rcpt", "bob@office.test"],
        `smtp://127.0.0.1:${server.port}/pc.office.test`,
      ]);
    const sent = await curl(path);
    strictEqual(sent.code, 0, sent.stderr);
    const got = server.queue.messages[0]!.body;
    strictEqual(got.length, message.length);
    ok(got.every((octet, at) => octet === message[at]), "the body has changed");
    await Deno.writeFile(path, octetsOf(line.repeat(1_000)), { append: true });
    const refused = await curl(path);
    match(refused.stderr, /552/);
    strictEqual(server.queue.messages.length, 1);
  },
});

Deno.test({
  name: "Postfix's smtp-source sends 500 messages over 20 sessions",
  ignore: !installed("smtp-source"),
  async fn() {
    await using server = await startTestSmtpd();
    const sent = await run("smtp-source", [
      ...["-s", "20", "-m", "500", "-l", "4096", "-d", "-f", "ann@office.test"],
      ...["-t", "bob@office.test", `127.0.0.1:${server.port}`],
    ]);
    strictEqual(sent.code, 0, sent.stderr);
    strictEqual(server.queue.messages.length, 500);
    ok(server.queue.messages.every(({ body }) => body.length >= 4096), "a message is too short");
  },
});
