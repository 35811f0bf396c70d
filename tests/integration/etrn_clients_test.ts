/**
 * Those who ask for their mail with ETRN, and those who are asked: not both are ours.
 *
 * @module
 */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { sendEtrn } from "../../src/agents/relay/mod.ts";
import { systemClock, systemNet } from "../../src/platform/mod.ts";
import { startPostfix } from "../../tools/bench/postfix.ts";
import { applianceHere } from "../support/appliance_here.ts";
import { call } from "../support/atrn.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf } from "../support/octet_text.ts";
import { installed, run } from "../support/peers.ts";
import { silentLog } from "../support/silent_log.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test({
  name: "fetchmail has its mail sent with ETRN, and hears when there is none",
  ignore: !installed("fetchmail"),
  async fn() {
    await using branch = await applianceHere("host_domain branch.example");
    await branch.addUsers("eve");
    await using hub = await applianceHere(
      "host_domain hub.example",
      "relay_to branch.example",
      `gateway branch.example 127.0.0.1:${branch.port("smtp")}`,
      "suspend_domain branch.example",
    );
    using session = await SmtpSession.open(hub.port("smtp"));
    const message = octetsOf("Subject: parked\r\n\r\nHello\r\n");
    strictEqual((await session.send(["eve@branch.example"], message)).kind, "accepted");
    await using dir = await tempDir();
    const file = `${dir.path}/fetchmailrc`;
    const rc = `set no bouncemail\npoll 127.0.0.1 protocol ETRN service ${hub.port("smtp")} ` +
      `timeout 30\nuser eve fetchdomains branch.example sslproto ""\n`;
    await Deno.writeTextFile(file, rc, { mode: 0o600 });
    const fetchmail = () =>
      run(
        "fetchmail",
        ["-v", "-f", file, "--invisible", "--nosyslog", "--pidfile", `${dir.path}/pid`],
        { env: { HOME: dir.path, FETCHMAILHOME: dir.path } },
      );
    const asked = await fetchmail();
    match(
      asked.stdout + asked.stderr,
      /253 OK, 1 pending messages for node branch\.example started/,
    );
    strictEqual(asked.code, 0, asked.stderr);
    await eventually("the mail has come", async () => {
      const drop = await Deno.readTextFile(`${branch.directory}/drop/eve`).catch(() => "");
      return drop.includes("Subject: parked\n");
    });
    const { queue } = hub.appliance.core;
    await eventually("the hub knows", () => queue.counts().messages === 0);
    const again = await fetchmail();
    match(again.stdout + again.stderr, /251 OK, no messages waiting for node branch\.example/);
    strictEqual(again.code, 0, again.stderr);
  },
});

Deno.test("our own office asks our hub for 120 domains, and is not thrown off", async () => {
  await using hub = await applianceHere("host_domain hub.example");
  const domains = Array.from({ length: 120 }, (_, i) => `d${i}.example`);
  const reports = await sendEtrn(
    {
      ...{ host: "127.0.0.1", port: hub.port("smtp"), hostname: "office.example" },
      ...{ connectTimeoutMs: 60_000, domains },
    },
    { net: systemNet, clock: systemClock, log: silentLog },
    new AbortController().signal,
  );
  deepStrictEqual(
    reports.map(({ result }) => result),
    domains.map((domain) => `No mail is waiting (251 OK, no messages waiting for node ${domain})`),
  );
});

Deno.test("our own office asks Postfix, which sends away whom it has refused 20 times", {
  ignore: !installed("postfix") || Deno.uid() !== 0,
}, async () => {
  const extra = ["relay_domains = branch.example", "smtpd_error_sleep_time = 0s"];
  await using postfix = await startPostfix({ users: ["bob"], domain: "world.example", extra });
  const others = Array.from({ length: 50 }, (_, i) => `d${i}.example`);
  const reports = await sendEtrn(
    {
      ...{ host: "127.0.0.1", port: postfix.port, hostname: "office.example" },
      ...{ connectTimeoutMs: 60_000, domains: [...others, "branch.example", "@branch.example"] },
    },
    { net: systemNet, clock: systemClock, log: silentLog },
    new AbortController().signal,
  );
  const refused = reports.filter(({ ok }) => !ok);
  deepStrictEqual(refused.map(({ domain }) => domain), others);
  for (const { result } of refused) match(result, /\(459 /);
  match(reports.at(-2)?.result ?? "", /\(250 Queuing started\)/);
});

Deno.test("an office logs in with ETRN at a hub that wants to know who asks", async () => {
  await using hub = await applianceHere("host_domain hub.example", "etrn_from * users");
  await hub.addUsers("branch");
  const upstream = `127.0.0.1:${hub.port("smtp")}`;
  await using branch = await applianceHere(
    "host_domain branch.example",
    `ras_smtpip ${upstream}`,
    `gateway * ${upstream}`,
    "gateway_auth * branch branch",
    "link_linger 0",
    "gateway_tls * may",
  );
  for (const round of ["it does not know yet", "it knows"]) {
    const { etrn: [answer] } = await call(branch);
    match(answer?.result ?? "", /^No mail is waiting \(251 /, round);
  }
});
