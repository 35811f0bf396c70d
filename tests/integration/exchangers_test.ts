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
  "six.example": { AAAA: ["2001:db8::6"] },
  "both.example": { MX: ["10 mx.both.example"] },
  "mx.both.example": { A: ["192.0.2.5"], AAAA: ["2001:db8::5"] },
  "named.example": { MX: ["10 name.named.example"] },
  "name.named.example": { CNAME: "plain.example" },
  "alias.example": { CNAME: "world.example" },
  "partly.example": {
    MX: ["5 gone.partly.example", "10 ill.example", "20 empty.partly.example", "30 plain.example"],
  },
  "empty.partly.example": {},
  "hollow.example": { MX: ["10 gone.hollow.example", "20 empty.partly.example"] },
  "unknown.example": { MX: ["10 gone.hollow.example", "20 ill.example"] },
  "deaf.example": { MX: ["10 mx.deaf.example"] },
  "mx.deaf.example": { A: ["192.0.2.66"] },
  "nothing.example": {},
  "we.example": { MX: ["10 ours.example", "10 office.example"] },
  "backup.example": { MX: ["10 mx.deaf.example", "20 office.example", "30 plain.example"] },
  "refused.example": "REFUSED",
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
    { to: "a@we.example", want: /5\.4\.6[^]*Mail for we\.example loops back/ },
    { to: "a@hollow.example", want: /5\.4\.4[^]*No mail exchanger of\s+hollow\.example/ },
    { to: "a@nothing.example", want: /5\.4\.4[^]*nothing\.example takes no\s+mail/ },
  ];
  for (const { to, want } of cases) {
    await t.step(to, async () => {
      await send(office, to);
      match(await dropOf(office, "bob", want), want);
    });
  }
  equal(net.tried, []);
});

Deno.test("mail that is parked is not given back when there is no way to its domain", async (t) => {
  await using dns = await startDnsServer({ zones: ZONES });
  const parked = ["gone", "silent", "circle", "hollow", "nothing"].map((name) => `${name}.example`);
  await using office = await openOffice(
    new DistantNet(),
    `dns_host 127.0.0.1:${dns.port}`,
    ...parked.map((domain) => `suspend_domain ${domain}`),
    "atrn_domain we.example bob",
  );
  const { queue } = office.appliance.core;
  for (const domain of parked) {
    await t.step(domain, async () => {
      await send(office, `a@${domain}`);
      const report = await queue.flush({ domain }, new AbortController().signal);
      equal({ ...report, problems: [] }, { delivered: 0, deferred: 1, failed: 0, problems: [] });
      match(report.problems.join(), /; without a gateway line its mail cannot be sent$/);
      const [entry] = await Array.fromAsync(queue.list({ domain }));
      equal(entry?.pending[0]?.waitsForEtrn, true);
    });
  }
  await t.step("we.example, which waits for ATRN", async () => {
    await send(office, "a@we.example");
    const reason = await eventually("it was tried", async () => {
      const [entry] = await Array.fromAsync(queue.list({ domain: "we.example" }));
      return entry?.pending[0]?.lastReason || undefined;
    });
    match(
      reason,
      /^Mail for we\.example loops back: .*; without a gateway line its mail cannot be sent$/,
    );
  });
});

Deno.test("mail that waits for ATRN alone takes no other way, not even that of all mail", async () => {
  await using provider = await applianceHere("host_domain branch.example");
  const lines = [
    "forward_from_ip 127.0.0.1",
    `gateway * 127.0.0.1:${provider.port("smtp")}`,
    "suspend_domain branch.example",
    "atrn_domain branch.example bob",
  ];
  await using office = await applianceHere(...lines);
  await send(office, "eve@branch.example");
  const { queue } = office.appliance.core;
  const report = await queue.flush({ domain: "branch.example" }, new AbortController().signal);
  equal(report, {
    delivered: 0,
    deferred: 1,
    failed: 0,
    problems: [
      "eve@branch.example: It waits until somebody asks for it by ATRN, and has no gateway line",
    ],
  });
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
  await eventually("it goes", async () => {
    await queue.flush({}, new AbortController().signal);
    return queue.counts().messages === 0;
  });
  await dropOf(far, "eve", /Hello/);
});

Deno.test("mail finds its way past exchangers that cannot be looked up or reached", async (t) => {
  const domains = ["six", "both", "named", "alias", "partly"].map((name) => `${name}.example`);
  await using far = await applianceHere(...domains.map((name) => `host_domain ${name}`));
  await far.addUsers(...domains.map((name) => name.replace(".example", "")));
  await using dns = await startDnsServer({ zones: ZONES });
  const net = new DistantNet();
  for (const at of ["2001:db8::6", "2001:db8::5", "2001:db8::2", "192.0.2.3"]) {
    net.hosts[`${at}:25`] = far.port("smtp");
  }
  await using office = await openOffice(net, `dns_host 127.0.0.1:${dns.port}`);
  const cases = [
    { name: "six", why: "AAAA alone", tried: ["2001:db8::6"] },
    { name: "both", why: "AAAA behind an A that is deaf", tried: ["192.0.2.5", "2001:db8::5"] },
    { name: "named", why: "an exchanger that is an alias", tried: ["192.0.2.3"] },
    { name: "alias", why: "a domain that is an alias", tried: ["192.0.2.1", "2001:db8::2"] },
    { name: "partly", why: "the last that can be looked up", tried: ["192.0.2.3"] },
  ];
  for (const { name, why, tried } of cases) {
    await t.step(why, async () => {
      net.tried.length = 0;
      await send(office, `${name}@${name}.example`);
      await dropOf(far, name, /Hello/);
      equal(net.tried, tried.map((at) => `${at}:25`));
    });
  }
});

Deno.test("mail waits, with the reason, for what may be better tomorrow", async (t) => {
  await using dns = await startDnsServer({ zones: ZONES });
  const net = new DistantNet();
  await using office = await openOffice(net, `dns_host 127.0.0.1:${dns.port}`);
  const { queue } = office.appliance.core;
  const cases = [
    { domain: "ill.example", want: /^Cannot look up ill\.example: .*\(SERVFAIL\)$/ },
    { domain: "refused.example", want: /^Cannot look up refused\.example: .*\(REFUSED\)$/ },
    { domain: "unknown.example", want: /^Cannot look up ill\.example: .*\(SERVFAIL\)$/ },
    { domain: "deaf.example", want: /^Cannot connect to mx\.deaf\.example:25: Nobody is at 192/ },
    { domain: "backup.example", want: /^Cannot connect to mx\.deaf\.example:25: Nobody is at 192/ },
  ];
  for (const { domain, want } of cases) {
    await t.step(domain, async () => {
      await send(office, `a@${domain}`);
      const reason = await eventually("it was tried", async () => {
        const waiting = await Array.fromAsync(queue.list());
        return waiting.flatMap(({ pending }) => pending)
          .find(({ address }) => address === `a@${domain}`)?.lastReason || undefined;
      });
      match(reason, want);
    });
  }
  equal(
    [...new Set(net.tried)],
    ["192.0.2.66:25"],
    "Whom RFC 5321 section 5.1 leaves out was asked",
  );
});

Deno.test("mail for an address literal goes to that host, or to a user if the address is ours", async (t) => {
  await using far = await applianceHere(
    "host_domain world.example",
    "forward *@* eve@world.example",
  );
  await far.addUsers("eve");
  await using dns = await startDnsServer({ zones: ZONES });
  const net = new DistantNet();
  net.hosts["192.0.2.1:25"] = far.port("smtp");
  net.hosts["2001:db8::2:25"] = far.port("smtp");
  const settings = [`dns_host 127.0.0.1:${dns.port}`];
  await using office = await openOffice(net, ...settings);
  const { queue } = office.appliance.core;
  const reply = async (to: string, from?: string) => {
    using session = await SmtpSession.open(office.port("smtp"));
    await session.command(`MAIL FROM:<${from ?? "bob@office.example"}>`);
    return await session.command(`RCPT TO:<${to}>`);
  };
  for (const to of ["eve@[192.0.2.1]", "eve@[IPv6:2001:db8::2]"]) {
    await t.step(to, async () => {
      net.tried.length = 0;
      await send(office, to);
      await eventually(
        "it is away",
        async () => (await Array.fromAsync(queue.list())).length === 0,
      );
      const [, ip] = /\[(?:IPv6:)?(.*)\]/.exec(to) ?? [];
      equal(net.tried, [`${ip}:25`]);
      match(await dropOf(far, "eve", /Hello/), /Subject: hi/);
      await Deno.remove(`${far.directory}/drop/eve`);
    });
  }
  await t.step("nobody is there", async () => {
    await send(office, "eve@[192.0.2.99]");
    const reason = await eventually("it was tried", async () => {
      return (await Array.fromAsync(queue.list()))[0]?.pending[0]?.lastReason || undefined;
    });
    match(reason, /^Cannot connect to 192\.0\.2\.99:25: Nobody is at 192\.0\.2\.99/);
  });
  await t.step("one of ours", async () => {
    await send(office, "bob@[127.0.0.1]");
    await dropOf(office, "bob", /Hello/);
    match(await reply("postmaster@[127.0.0.1]"), /^25[01] /);
    match(await reply("nobody@[127.0.0.1]"), /^550 /);
  });
  for (const bad of ["[127.0.0]", "[mail]", "[2001:db8::1]", "[IPv6:192.0.2.1]", "[300.1.1.1]"]) {
    await t.step(`${bad} is none`, async () => match(await reply(`eve@${bad}`), /^501 5\.1\.3 /));
  }
  await t.step("the gateway for all comes first", async () => {
    const gateway = `gateway * 127.0.0.1:${far.port("smtp")}`;
    await office.reload("forward_from_ip 127.0.0.1", gateway, ...settings);
    net.tried.length = 0;
    await eventually("it goes", async () => {
      await queue.flush({}, new AbortController().signal);
      return queue.counts().messages === 0;
    });
    match(await dropOf(far, "eve", /Hello/), /Subject: hi/);
    equal([net.tried, await Array.fromAsync(queue.list())], [[], []]);
  });
  await t.step("not for strangers", async () => {
    await office.reload(NO_GATEWAY, ...settings);
    match(await reply("eve@[192.0.2.1]", "eve@world.example"), /^550 5\.7\.1 /);
  });
});
