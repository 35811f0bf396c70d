/**
 * Mail for the world finds its way by DNS, through the whole appliance.
 *
 * @module
 */
import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { type ApplianceHere, applianceHere, applianceIn } from "../support/appliance_here.ts";
import { DistantNet } from "../support/distant_net.ts";
import { type DnsServerOptions, startDnsServer } from "../support/dns_server.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf } from "../support/octet_text.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { testWorld } from "../support/world.ts";

const ZONES: DnsServerOptions["zones"] = {
  "world.example": { MX: ["10 mx1.world.example", "20 mx2.world.example"] },
  "mx1.world.example": { A: ["192.0.2.1"] },
  "mx2.world.example": { AAAA: ["2001:db8::2"] },
  "plain.example": { A: ["192.0.2.3"] },
  "silent.example": { MX: ["0 ."] },
  "circle.example": { MX: ["10 office.example"] },
  "ill.example": "SERVFAIL",
};

/** Without a gateway for all; the line that takes the place of the usual one leads nowhere. */
const NO_GATEWAY = "gateway nowhere.example 127.0.0.1:9";

async function send(office: ApplianceHere, to: string): Promise<void> {
  using session = await SmtpSession.open(office.port("smtp"));
  const message = octetsOf("Subject: hi\r\n\r\nHello\r\n");
  const { kind } = await session.send([to], message, "bob@office.example");
  strictEqual(kind, "accepted");
}

/** What is in a drop file, once it says something. */
function dropOf(office: ApplianceHere, user: string, wanted: RegExp): Promise<string> {
  return eventually(`${user} has got ${wanted}`, async () => {
    const text = await Deno.readTextFile(`${office.directory}/drop/${user}`).catch(() => "");
    return wanted.test(text) && text;
  });
}

async function openOffice(net: DistantNet, ...settings: readonly string[]): Promise<ApplianceHere> {
  const world = { ...testWorld(), net };
  const office = await applianceIn(world, "forward_from_ip 127.0.0.1", NO_GATEWAY, ...settings);
  await office.addUsers("bob");
  return office;
}

Deno.test("mail goes to the mail exchangers of its domain, or to the domain itself", async () => {
  await using far = await applianceHere("host_domain world.example", "host_domain plain.example");
  await far.addUsers("eve", "zoe");
  await using dns = await startDnsServer({ zones: ZONES });
  const net = new DistantNet();
  net.hosts["2001:db8::2:25"] = far.port("smtp"); // mx1 is down.
  net.hosts["192.0.2.3:25"] = far.port("smtp");
  await using office = await openOffice(net, `dns_host 127.0.0.1:${dns.port}`);

  await send(office, "eve@world.example");
  await dropOf(far, "eve", /Hello/);
  equal(net.tried, ["192.0.2.1:25", "2001:db8::2:25"]);
  await send(office, "zoe@plain.example");
  await dropOf(far, "zoe", /Hello/);
  equal(net.tried.slice(2), ["192.0.2.3:25"]);
});

Deno.test("the sender is told at once of a domain that takes no mail", async (t) => {
  await using dns = await startDnsServer({ zones: ZONES });
  const net = new DistantNet();
  await using office = await openOffice(net, `dns_host 127.0.0.1:${dns.port}`);
  const cases = [
    { to: "a@gone.example", want: /5\.1\.2[^]*There is no such domain: gone\.example/ },
    { to: "a@silent.example", want: /5\.1\.10[^]*silent\.example takes no mail/ },
    { to: "a@circle.example", want: /5\.4\.6[^]*Mail for circle\.example loops back/ },
  ];
  for (const { to, want } of cases) {
    await t.step(to, async () => {
      await send(office, to);
      match(await dropOf(office, "bob", want), want);
    });
  }
  equal(net.tried, []);
});

Deno.test("a DNS server that is ill costs nobody a message, and dns_host can be corrected", async () => {
  await using far = await applianceHere("host_domain ill.example");
  await far.addUsers("eve");
  await using ill = await startDnsServer({ zones: ZONES });
  await using well = await startDnsServer({ zones: { "ill.example": { A: ["192.0.2.4"] } } });
  const net = new DistantNet();
  net.hosts["192.0.2.4:25"] = far.port("smtp");
  await using office = await openOffice(net, `dns_host 127.0.0.1:${ill.port}`);
  await send(office, "eve@ill.example");
  const { queue } = office.appliance.core;
  const reason = await eventually("it was tried", async () => {
    return (await Array.fromAsync(queue.list()))[0]?.pending[0]?.lastReason || undefined;
  });
  strictEqual(
    reason,
    "Cannot look up ill.example: The DNS server 127.0.0.1 cannot answer (SERVFAIL)",
  );

  await office.reload("forward_from_ip 127.0.0.1", NO_GATEWAY, `dns_host 127.0.0.1:${well.port}`);
  const report = await queue.flush({}, new AbortController().signal);
  equal(report.delivered, 1);
  await dropOf(far, "eve", /Hello/);
});
