/**
 * How mail gets through a firewall, as document 000 describes it: with a server on the firewall,
 * with a port of it that leads to the provider, with a telnet proxy.
 *
 * @module
 */
import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { type ApplianceHere, applianceHere, applianceIn } from "../support/appliance_here.ts";
import { DistantNet } from "../support/distant_net.ts";
import { startDnsServer } from "../support/dns_server.ts";
import { eventually } from "../support/eventually.ts";
import { connectFrom } from "../support/neighbour.ts";
import { octetsOf } from "../support/octet_text.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { startTelnetProxy } from "../support/telnet_proxy.ts";
import { watchLine } from "../support/watched_line.ts";
import { testWorld } from "../support/world.ts";

const MESSAGE = octetsOf("Subject: through the wall\r\n\r\nHello\r\n");

/** Somebody outside; to the product 127.0.0.1 is the office, and this a stranger. */
const STRANGER = "127.0.0.2";

async function send(office: ApplianceHere, to: string, from = "127.0.0.1"): Promise<string> {
  using session = new SmtpSession(await connectFrom(from, office.port("smtp")));
  await session.reply();
  await session.command("EHLO client.example");
  const result = await session.send([to], MESSAGE, "ann@somewhere.example");
  return result.kind === "refused" ? result.reply : result.kind;
}

/** The mail of a user, once there is some. */
function mailOf(office: ApplianceHere, user: string): Promise<string> {
  return eventually(`${user} has mail`, async () => {
    const text = await Deno.readTextFile(`${office.directory}/drop/${user}`).catch(() => "");
    return text.includes("\nHello\n") && text;
  });
}

/** Somewhere in the world, with a user. */
async function provider(): Promise<ApplianceHere> {
  const office = await applianceHere(
    "host_domain world.example",
    "forward_from_ip 127.0.0.1",
  );
  await office.addUsers("eve");
  return office;
}

Deno.test("a server on the firewall and one behind it send mail to each other (000:1591-1616)", async () => {
  await using world = await provider();
  await using dns = await startDnsServer({
    zones: {
      "world.example": { MX: ["10 mx.world.example"] },
      "mx.world.example": { A: ["192.0.2.1"] },
    },
  });
  const net = new DistantNet();
  net.hosts["192.0.2.1:25"] = world.port("smtp");
  const domains = ["host_domain domain1.com", "host_domain domain2.com"];
  await using inside = await applianceHere(...domains, "gateway * 127.0.0.1:9");
  await inside.addUsers("bob", "joe");
  const b = `127.0.0.1:${inside.port("smtp")}`;
  await using wall = await applianceIn(
    { ...testWorld(), net },
    "host_domain wall.example",
    `dns_host 127.0.0.1:${dns.port}`,
    "forward_from_ip 127.0.0.1",
    "relay_to domain1.com",
    "relay_to domain2.com",
    `gateway domain1.com ${b}`,
    `gateway domain2.com ${b}`,
  );
  const a = `127.0.0.1:${wall.port("smtp")}`;
  await inside.reload(...domains, `gateway * ${a}`, "forward_from_ip 127.0.0.1");

  strictEqual(await send(inside, "eve@world.example"), "accepted");
  const out = await mailOf(world, "eve");
  equal([...out.matchAll(/by (\w+\.\w+)/g)].map(([, host]) => host), [
    "world.example",
    "wall.example",
    "domain1.com",
  ]);
  strictEqual(await send(wall, "bob@domain1.com", STRANGER), "accepted");
  equal([...(await mailOf(inside, "bob")).matchAll(/by (\w+\.\w+)/g)].map(([, host]) => host), [
    "domain1.com",
    "wall.example",
  ]);
  strictEqual(await send(wall, "joe@domain2.com", STRANGER), "accepted");
  await mailOf(inside, "joe");
  strictEqual(await Deno.stat(`${wall.directory}/drop/joe`).catch(() => "nothing"), "nothing");
  match(await send(wall, "eve@world.example", STRANGER), /^550 /);
  match(await send(wall, "nobody@domain3.com", STRANGER), /^550 /);
  equal(net.tried, ["192.0.2.1:25"]);
});

Deno.test("a port of the firewall leads to the provider (000:1617-1640)", async () => {
  await using world = await provider();
  await using mapping = watchLine(world.port("smtp"));
  const commands: string[] = [];
  mapping.onCommand = (line) => {
    commands.push(line);
    return "pass";
  };
  await using office = await applianceHere(
    `gateway * 127.0.0.1:${mapping.port}`,
    "gateway_tls * none", // The line is listened to.
    "forward_from_ip 127.0.0.1",
  );
  strictEqual(await send(office, "eve@world.example"), "accepted");
  await mailOf(world, "eve");
  strictEqual(commands[0], "EHLO office.example");
});

Deno.test("two ports of the firewall lead out and in, and the provider relays for it (000:1628-1640)", async () => {
  await using world = await provider();
  await using dns = await startDnsServer({ zones: { "world.example": { A: ["192.0.2.1"] } } });
  const net = new DistantNet();
  net.hosts["192.0.2.1:25"] = world.port("smtp");
  await using isp = await applianceIn(
    { ...testWorld(), net },
    "host_domain isp.example",
    `dns_host 127.0.0.1:${dns.port}`,
    "gateway office.example 127.0.0.1:9", // Until the way in is known.
    "forward_from_ip 127.0.0.1",
  );
  await using out = watchLine(isp.port("smtp")); // 1025 -> ISP_IP_Address:25
  await using office = await applianceHere(
    `gateway * 127.0.0.1:${out.port}`,
    "gateway_tls * none", // The line is listened to.
    "forward_from_ip 127.0.0.1",
  );
  await office.addUsers("bob");
  strictEqual(await send(office, "eve@world.example"), "accepted");
  const received = [...(await mailOf(world, "eve")).matchAll(/by (\w+\.\w+)/g)];
  equal(received.map(([, host]) => host), ["world.example", "isp.example", "office.example"]);

  await using into = watchLine(office.port("smtp")); // 25 -> DMail_IP_Address:25
  await isp.reload(
    "host_domain isp.example",
    `gateway office.example 127.0.0.1:${into.port}`,
    "gateway_tls office.example none",
    "relay_to office.example",
  );
  strictEqual(await send(isp, "bob@office.example", STRANGER), "accepted");
  await mailOf(office, "bob");
  match(await send(isp, "eve@world.example", STRANGER), /^550 /);
});

Deno.test("a telnet proxy leads to every host, and DNS is asked through the wall (000:1641-1676)", async () => {
  await using world = await provider();
  await using dns = await startDnsServer({
    zones: {
      "world.example": { MX: ["10 gone.world.example", "20 mx.world.example"] },
      "mx.world.example": { A: ["192.0.2.7", "192.0.2.8"] },
      "gone.world.example": {},
    },
    udp: "truncated", // A proxy that maps the TCP port is enough.
  });
  await using proxy = startTelnetProxy({ "192.0.2.8:25": world.port("smtp") });
  const net = new DistantNet();
  await using office = await applianceIn(
    { ...testWorld(), net },
    "forward_from_ip 127.0.0.1",
    "gateway branch.example 127.0.0.1:9", // It has no share in this.
    `dns_host 127.0.0.1:${dns.port}`,
    `proxy_domain * 127.0.0.1:${proxy.port} $IP:25`,
  );
  strictEqual(await send(office, "eve@world.example"), "accepted");
  await mailOf(world, "eve");
  equal(proxy.requests, ["192.0.2.7:25", "192.0.2.8:25"]);
  equal(net.tried, [], "Somebody was reached past the proxy");
  equal(dns.asked.at(-1)?.slice(-3), "TCP");
});
