import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { netTo, requestFor } from "../../../../src/agents/relay/proxy.ts";
import { LineReader } from "../../../../src/platform/mod.ts";
import { MemoryNet, type Peer } from "../../../support/memory_net.ts";
import { octetsOf, octetText } from "../../../support/octet_text.ts";

const HOP = { host: "mx.example", address: "192.0.2.1", port: 25 };
const PROXY = { domain: "*", host: "10.0.0.1", port: 23, request: "$IP:25" };

/** A proxy that reads the request and says something. */
function proxySaying(text: string, requests: string[] = [], stays = true): Peer {
  return async (connection) => {
    const reader = new LineReader(connection, { maxLineOctets: 1000 });
    requests.push(octetText(await reader.readLine() ?? new Uint8Array()));
    await connection.write(octetsOf(text));
    if (stays) await reader.readLine();
  };
}

/** The lines a client gets to see. */
async function linesFrom(text: string, { count = 1, pieceOctets = Infinity } = {}) {
  const net = new MemoryNet({ "10.0.0.1:23": proxySaying(text, [], false) });
  net.pieceOctets = pieceOctets;
  using connection = await netTo(HOP, PROXY, net).connect({ host: "mx.example", port: 25 });
  const reader = new LineReader(connection, { maxLineOctets: 100_000 });
  const lines: string[] = [];
  while (lines.length < count) lines.push(octetText(await reader.readLine() ?? new Uint8Array()));
  return lines;
}

Deno.test("requestFor() puts the address in place of $IP", async (t) => {
  const cases = [
    { request: "$IP:25", address: "192.0.2.1", want: "192.0.2.1:25" },
    { request: "connect $IP 25", address: "192.0.2.1", want: "connect 192.0.2.1 25" },
    { request: "$ip $IP", address: "192.0.2.1", want: "192.0.2.1 192.0.2.1" },
    { request: "smtp.far.example 25", address: "192.0.2.1", want: "smtp.far.example 25" },
    { request: "$IP:25", address: "2001:db8::1", want: "[2001:db8::1]:25" },
    { request: "c $IP 25", address: "2001:db8::1", want: "c 2001:db8::1 25" },
  ];
  for (const { request, address, want } of cases) {
    await t.step(want, () => equal(requestFor({ ...PROXY, request }, address), want));
  }
});

Deno.test("netTo() sends the request as a line, and then what the client says", async () => {
  const requests: string[] = [];
  const net = new MemoryNet({ "10.0.0.1:23": proxySaying("220 mx\r\n", requests) });
  using connection = await netTo(HOP, PROXY, net).connect({ host: "mx.example", port: 25 });
  await new LineReader(connection, { maxLineOctets: 100 }).readLine();
  equal(requests, ["192.0.2.1:25"]);
});

Deno.test("netTo() skips what a proxy says before the greeting", async (t) => {
  const cases = {
    "nothing": "220 mx ESMTP\r\n",
    "lines": "Welcome to the proxy\r\nConnecting to 192.0.2.1...\r\nConnected\r\n220 mx ESMTP\r\n",
    "a prompt": "WinGate>220 mx ESMTP\r\n",
    "a prompt with a blank": "proxy> 220 mx ESMTP\r\n",
    "telnet options": "\xff\xfb\x01\xff\xfd\x03220 mx ESMTP\r\n",
    "telnet options in the second line": "hello\r\n\xff\xfb\x01220 mx ESMTP\r\n",
    "numbers": "Port 220 is open\r\n200 OK\r\n2200 more\r\n220 mx ESMTP\r\n",
    "a bare LF": "hello\n220 mx ESMTP\r\n",
  };
  for (const [name, text] of Object.entries(cases)) {
    for (const pieceOctets of [Infinity, 1]) {
      await t.step(`${name}, ${pieceOctets} at a time`, async () => {
        equal(await linesFrom(text, { pieceOctets }), ["220 mx ESMTP"]);
      });
    }
  }
});

Deno.test("netTo() hides nothing of the greeting or of what follows", async (t) => {
  const cases = {
    "several lines": ["220-mx", "220 ready", "250 OK"],
    "a refusal": ["554 no service", "221 bye"],
    "a refusal for now": ["421 later"],
    "a code alone": ["220", "250 OK"],
  };
  for (const [name, lines] of Object.entries(cases)) {
    await t.step(name, async () => {
      const text = `hello\r\n${lines.join("\r\n")}\r\n`;
      equal(await linesFrom(text, { count: lines.length }), lines);
    });
  }
});

Deno.test("netTo() says what a proxy said that let nobody through", async () => {
  await rejects(
    linesFrom("Welcome\r\n\xff\xfb\x01Host unreachable\r\n"),
    /the proxy let nobody through, it said: Welcome Host unreachable$/,
  );
  await rejects(linesFrom(""), /the proxy let nobody through$/);
});

Deno.test("netTo() waits for a greeting through 8 KiB and no more", async () => {
  equal(await linesFrom("x".repeat(8000) + "\r\n220 mx\r\n"), ["220 mx"]);
  await rejects(linesFrom("x".repeat(9000) + "\r\n220 mx\r\n"), /more than 8192 octets/);
});

Deno.test("netTo() says that it is the proxy that cannot be reached", async () => {
  await rejects(
    netTo(HOP, PROXY, new MemoryNet({})).connect({ host: "mx.example", port: 25 }),
    /^Error: the proxy 10\.0\.0\.1:23 cannot be reached: Connection refused$/,
  );
});

Deno.test("netTo() leads to the hop itself without a proxy", async () => {
  const net = new MemoryNet({ "192.0.2.1:25": proxySaying("") });
  using connection = await netTo(HOP, undefined, net).connect({ host: "mx.example", port: 25 });
  ok(connection);
  equal(net.connections, 1);
});

Deno.test("netTo() makes TLS on the connection behind the proxy", async () => {
  const net = new MemoryNet({ "10.0.0.1:23": proxySaying("220 mx\r\n") });
  const secured: unknown[] = [];
  const direct = await net.connect({ host: "10.0.0.1", port: 23 });
  const kind = direct.constructor.name;
  direct.close();
  const through = netTo(HOP, PROXY, {
    connect: (target) => net.connect(target),
    listen: () => net.listen(),
    startTls(connection) {
      secured.push(connection.constructor.name);
      return Promise.resolve(connection);
    },
  });
  const connection = await through.connect({ host: "mx.example", port: 25 });
  (await through.startTls(connection, { serverName: "mx.example" })).close();
  equal(secured, [kind]);
  match(kind, /^MemoryConnection$/);
});
