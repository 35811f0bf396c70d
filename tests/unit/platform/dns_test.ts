import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { nameServersIn } from "../../../src/platform/dns.ts";
import { systemDnsSockets } from "../../../src/platform/mod.ts";
import { formatDnsQuery, parseDnsReply } from "../../../src/formats/dns_message.ts";
import { startDnsServer } from "../../support/dns_server.ts";
import { settle } from "../../support/manual_clock.ts";

const never = new AbortController().signal;
const QUERY = formatDnsQuery(7, { name: "a.example", type: "A" });

Deno.test("nameServersIn() finds the servers of a resolv.conf", async (t) => {
  const cases = [
    { text: "nameserver 10.0.0.1\nnameserver fd00::1\n", want: ["10.0.0.1", "fd00::1"] },
    { text: "# nameserver 1.1.1.1\n; x\nsearch a\n\tnameserver\t10.0.0.2 # x", want: ["10.0.0.2"] },
    { text: "nameserver fe80::1%eth0", want: ["fe80::1%eth0"] },
    { text: "options edns0\nnameservers 10.0.0.1", want: ["127.0.0.1"] },
    { text: "", want: ["127.0.0.1"] },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => equal(nameServersIn(text), want));
  }
});

Deno.test("servers() names some server of this system, at the usual port", async () => {
  const servers = await systemDnsSockets.servers();
  ok(servers.length > 0 && servers.every(({ host, port }) => host !== "" && port === 53));
});

Deno.test("exchange() resolves to the first datagram that is accepted", async () => {
  await using server = await startDnsServer({
    zones: { "a.example": { A: ["10.0.0.1"] } },
    udp: "forged",
  });
  const seen: number[] = [];
  const accept = (datagram: Uint8Array) => {
    seen.push(datagram.length);
    return datagram.length > 3 && parseDnsReply(datagram).id === 7;
  };
  const at = { host: "127.0.0.1", port: server.port };
  const answer = await systemDnsSockets.exchange(at, QUERY, accept, never);
  equal(parseDnsReply(answer).records.map(({ data }) => data), [{
    type: "A",
    address: "10.0.0.1",
  }]);
  equal(seen, [answer.length, 3, answer.length]);
});

Deno.test("exchange() waits until it is aborted, and no longer", async () => {
  await using server = await startDnsServer({ zones: {}, udp: "silence" });
  const abort = new AbortController();
  const at = { host: "127.0.0.1", port: server.port };
  const exchange = rejects(
    systemDnsSockets.exchange(at, QUERY, () => true, abort.signal),
    /no carrier/,
  );
  await settle();
  abort.abort(new Error("no carrier"));
  await exchange;
  await rejects(systemDnsSockets.exchange(at, QUERY, () => true, abort.signal), /no carrier/);
});
