/** Mail to the next host over TLS and with a password: our own server is the next host. */
import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import { type Net, systemNet } from "../../src/platform/mod.ts";
import { applianceHere } from "../support/appliance_here.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { relayJob } from "../support/relay_jobs.ts";
import { RelayRun } from "../support/relay_run.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { startTestSmtpd } from "../support/smtpd.ts";
import { tlsPair } from "../support/tls_pair.ts";
import { RememberingLog } from "../support/remembering_log.ts";

const LOGIN = { domain: "*", user: "bob", password: "secret" };

const jobs = (count: number, text?: string) =>
  Array.from(
    { length: count },
    (_, index) =>
      relayJob({ sender: `s${index}@here`, recipients: [{ address: "bob@office.test" }] }, text),
  );

/** What came of the mail to bob, each with its reason. */
function told(run: RelayRun): readonly string[] {
  return (run.outcomes.get("bob@office.test") ?? [])
    .map((outcome) => outcome.kind === "delivered" ? "delivered" : outcome.reason);
}

Deno.test("a stream of messages comes through TLS that is checked, with a password", async () => {
  const pair = await tlsPair();
  await using server = await startTestSmtpd({ dependencies: { tls: () => pair } });
  const run = new RelayRun(systemNet, {
    gateways: [{ domain: "*", host: "127.0.0.1", port: server.port }],
    logins: [LOGIN],
    caCerts: [pair.cert],
  });
  const text = `Subject: long\r\n\r\n${".line\r\n".repeat(500)}`;
  await run.deliver(jobs(30, text));
  equal(told(run), Array(30).fill("delivered"));
  const { messages } = server.queue;
  equal(messages.map(({ envelope }) => envelope.sender), jobs(30).map((_, at) => `s${at}@here`));
  ok(messages.every(({ body }) => octetText(body).endsWith(text)));
  ok(messages.every(({ origin }) => origin.kind === "network" && origin.user === "bob"));
});

Deno.test("a message of several chunks arrives octet for octet, and not at all if nobody takes it", async () => {
  await using server = await startTestSmtpd({ options: { maxMessageOctets: 10_000_000 } });
  const gateways = [{ domain: "*", host: "127.0.0.1", port: server.port }];
  const run = new RelayRun(systemNet, { gateways });
  const text = `Subject: large\r\n\r\n${".line and more of it\r\n".repeat(50_000)}`;
  const nobody = relayJob({ sender: "a@here", recipients: [{ address: "no@office.test" }] }, text);
  await run.deliver([...jobs(1, text), nobody, ...jobs(1, text)]);
  equal(told(run), ["delivered", "delivered"]);
  strictEqual(run.kindOf("no@office.test"), "permanent");
  ok(server.queue.messages.every(({ body }) => octetText(body).endsWith(text)));
  ok(server.queue.octets < 2.5 * text.length);
});

Deno.test("a certificate that nobody vouches for is good where encryption may be", async () => {
  const pair = await tlsPair();
  await using server = await startTestSmtpd({ dependencies: { tls: () => pair } });
  const gateways = [{ domain: "*", host: "127.0.0.1", port: server.port }];
  const log = new RememberingLog();
  const run = new RelayRun(systemNet, { gateways }, log);
  await run.deliver(jobs(3));
  equal(told(run), Array(3).fill("delivered"));
  equal(log.of("Connected").map(({ encrypted }) => encrypted), [true]);
});

Deno.test("a certificate that nobody vouches for keeps mail here where it must be good", async () => {
  const pair = await tlsPair();
  await using server = await startTestSmtpd({ dependencies: { tls: () => pair } });
  const gateways = [{ domain: "*", host: "127.0.0.1", port: server.port }];
  const run = new RelayRun(systemNet, { gateways, tls: [{ domain: "*", tls: "must" }] });
  await run.deliver(jobs(2));
  for (const reason of told(run)) {
    match(reason, /Cannot encrypt the session with 127\.0\.0\.1: .*certificate/);
  }
  equal(server.queue.messages, []);
});

Deno.test("port 465 is encrypted from the first octet", async (t) => {
  const pair = await tlsPair();
  await using server = await startTestSmtpd({ door: "smtps", dependencies: { tls: () => pair } });
  const net: Net = {
    ...systemNet,
    connect: (target, signal) => systemNet.connect({ ...target, port: server.port }, signal),
  };
  const gateways = [{ domain: "*", host: "127.0.0.1", port: 465 }];
  for (
    const options of [{ caCerts: [pair.cert] }, { tls: [{ domain: "*", tls: "may" as const }] }]
  ) {
    await t.step(Object.keys(options).join(), async () => {
      const run = new RelayRun(net, { gateways, logins: [LOGIN], ...options });
      await run.deliver(jobs(2));
      equal(told(run), ["delivered", "delivered"]);
    });
  }
});

Deno.test("an office sends through its hub as gateway_auth and gateway_tls say", async () => {
  await using hub = await applianceHere("host_domain hub.example");
  await hub.addUsers("eve", "branch");
  const settings = [
    `gateway * 127.0.0.1:${hub.port("smtp")}`,
    "gateway_auth * branch wrong",
    "gateway_tls * may",
    "forward_from_ip 127.0.0.1",
  ];
  await using branch = await applianceHere(...settings);
  using session = await SmtpSession.open(branch.port("smtp"));
  const message = octetsOf("Subject: up\r\n\r\nHello\r\n");
  strictEqual((await session.send(["eve@hub.example"], message)).kind, "accepted");
  const { queue } = branch.appliance.core;
  const reason = await eventually("the password is refused", async () => {
    const [entry] = await Array.fromAsync(queue.list());
    return entry?.pending[0]?.lastReason || undefined;
  });
  match(reason, /127\.0\.0\.1 refuses the user and password of gateway_auth: 535/);

  await branch.reload(...settings.map((line) => line.replace("wrong", "branch")));
  await queue.flush({}, new AbortController().signal);
  const drop = await eventually("eve has mail", async () => {
    const text = await Deno.readTextFile(`${hub.directory}/drop/eve`).catch(() => "");
    return text.includes("\nHello\n") && text;
  });
  match(drop, /with ESMTPSA/);
  equal(await Array.fromAsync(queue.list()), []);
});
