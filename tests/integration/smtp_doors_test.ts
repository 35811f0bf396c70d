/** The three doors of SMTP and the certificate they show, through the whole appliance. */
import { match, ok, rejects, strictEqual } from "node:assert/strict";
import { setUpOffice } from "../support/appliance.ts";
import { type ApplianceHere, applianceHere } from "../support/appliance_here.ts";
import { makeCertificate } from "../support/certificate.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free_port.ts";
import { LineConn } from "../support/line_conn.ts";
import { octetsOf } from "../support/octet_text.ts";
import { installed } from "../support/peers.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

/** TLS from the first octet with a server that must show a certificate signed by `ca`. */
async function smtps(port: number, ca: string): Promise<LineConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  const tls = await Deno.startTls(conn, { hostname: "localhost", caCerts: [ca] });
  await tls.handshake();
  return new LineConn(tls);
}

async function greeting(port: number, ca: string): Promise<string> {
  using conn = await smtps(port, ca);
  return await conn.text() ?? "closed";
}

Deno.test("a user logs in at smtps_port with the appliance's own certificate, and sends", async () => {
  await using dir = await tempDir();
  const office = await setUpOffice(dir.path, [
    ...["submission_port 0", "smtps_port 0", "gateway * 127.0.0.1:9", "rcpt_header X-Rcpt-To"],
  ]);
  await office.addUsers("ann", "bob");
  await using appliance = await office.serve();
  match(
    appliance.stdout,
    /^smtp \S+\n(?:.*\n)*submission 127\.0\.0\.1:\d+\nsmtps 127\.0\.0\.1:\d+\n/m,
  );
  const ca = await Deno.readTextFile(`${office.workPath}/tls/cert.pem`);
  using session = new SmtpSession(await smtps(appliance.port("smtps"), ca));
  match(await session.reply(), /^220 office\.example/);
  await session.command("EHLO pc.example");
  strictEqual(
    await session.command(`AUTH PLAIN ${btoa("\0ann\0ann")}`),
    "235 2.7.0 Command AUTH OK",
  );
  const sent = await session.send(["bob@office.example"], octetsOf("Subject: x\r\n\r\nbody\r\n"));
  strictEqual(sent.kind, "accepted");
  const text = await eventually("mail for bob", async () => {
    const text = await Deno.readTextFile(`${office.dropPath}/bob`).catch(() => "");
    return text.includes("body") ? text : undefined;
  });
  match(
    text,
    /Received: from pc\.example \(\[127\.0\.0\.1\]\)\s+by office\.example with ESMTPSA id/,
  );
  using plain = await SmtpSession.open(appliance.port("submission"));
  match(await plain.command("MAIL FROM:<ann@office.example>"), /^530 5\.7\.0/);

  for (const open of [session, plain]) open[Symbol.dispose]();
  strictEqual(await appliance.stop(), 0);
  const logged = await office.logText();
  match(logged, /Made a certificate/);
  ok(!logged.includes(btoa("\0ann\0ann")), "a password is in the log");
});

Deno.test("a reload opens, moves and closes doors, and leaves the sessions of the others", async () => {
  await using office = await applianceHere();
  const names = () => office.appliance.listening.map((at) => at.split(" ")[0]).join();
  strictEqual(names(), "smtp,pop3");
  using session = await SmtpSession.open(office.port("smtp"));
  const ca = office.appliance.core.tls.current.cert;

  await office.reload("submission_port 0", "smtps_port 0");
  strictEqual(names(), "smtp,pop3,submission,smtps");
  match(await greeting(office.port("smtps"), ca), /^220 office\.example/);
  const before = office.port("smtps");
  using there = await smtps(before, ca);
  match(await there.text() ?? "", /^220/);

  const port = freePort();
  await office.reload(`smtps_port ${port}`);
  strictEqual(names(), "smtp,pop3,smtps");
  match(await greeting(port, ca), /^220/);
  await rejects(greeting(before, ca), /refused/i);
  match(await session.command("NOOP"), /^250/);
});

Deno.test({
  name: "a reload takes a new certificate, and keeps the old one if that is no good",
  ignore: !installed("openssl"),
  async fn() {
    await using one = await tempDir();
    await using two = await tempDir();
    const [first, second] = [await makeCertificate(one.path), await makeCertificate(two.path)];
    const settings = ["smtps_port 0", `tls_cert ${first.certFile}`, `tls_key ${first.keyFile}`];
    await using office: ApplianceHere = await applianceHere(...settings);
    const port = office.port("smtps");
    match(await greeting(port, first.caCert), /^220/);

    // Only half of the new pair is there yet.
    await Deno.copyFile(second.certFile, first.certFile);
    await rejects(
      office.reload(...settings),
      /dmail\.conf:\d+: tls_key: it does not belong to the certificate/,
    );
    match(await greeting(port, first.caCert), /^220/);

    await Deno.copyFile(second.keyFile, first.keyFile);
    await office.reload(...settings);
    strictEqual(office.port("smtps"), port);
    match(await greeting(port, second.caCert), /^220/);
    await rejects(greeting(port, first.caCert), /certificate/i);
  },
});

Deno.test("smtp_greet_delay takes effect with a reload", async () => {
  await using office = await applianceHere();
  strictEqual(office.appliance.config.smtpd.greetDelayMs, 0);
  await office.reload("smtp_greet_delay 30");
  strictEqual(office.appliance.config.smtpd.greetDelayMs, 30_000);
  using _session = await SmtpSession.open(office.port("smtp")); // This machine never waits.
});
