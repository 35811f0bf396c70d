import { deepStrictEqual as equal, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  formatDnsQuery,
  parseDnsReply,
  responseCodeName,
  typeNumber,
} from "../../../src/formats/dns_message.ts";

const bytes = (hex: string) => Uint8Array.fromHex(hex.replaceAll(/\s/g, ""));

/** Header of an answer to one question, with `answers` records. */
const head = (flags: string, answers: string) => `1234 ${flags} 0001 ${answers} 0000 0000`;
/** example.org MX IN; the name begins at octet 12. */
const QUESTION = "07 6578616d706c65 03 6f7267 00 000f 0001";
const RECORD = (type: string, data: string, ttl = "0000003c") =>
  `c00c ${type} 0001 ${ttl} ${
    (data.replaceAll(" ", "").length / 2).toString(16).padStart(4, "0")
  } ${data}`;

Deno.test("formatDnsQuery() writes one question that wants recursion", () => {
  equal(
    formatDnsQuery(0x1234, { name: "example.org", type: "MX" }),
    bytes(`1234 0100 0001 0000 0000 0000 ${QUESTION}`),
  );
});

Deno.test("formatDnsQuery() takes the names of domains alone", async (t) => {
  const good = ["a", "_dmarc.example.org", "x".repeat(63), `${"abc.".repeat(62)}abcde`];
  const bad = ["", ".", "a.", "a..b", "x".repeat(64), "a b.org", "[1.2.3.4]", "bü.org"];
  const long = `${"abc.".repeat(62)}abcdef`;
  for (const name of good) {
    await t.step(name.slice(0, 20), () => ok(formatDnsQuery(0, { name, type: "A" }).length > 12));
  }
  for (const name of [...bad, long]) {
    await t.step(`not ${name.slice(0, 20)}`, () => {
      throws(() => formatDnsQuery(0, { name, type: "A" }), SyntaxError);
    });
  }
});

Deno.test("parseDnsReply() reads the records that lead to a host", () => {
  const reply = parseDnsReply(bytes(
    head("8180", "0005") + QUESTION +
      RECORD("000f", "000a 03 6d7831 c00c") +
      RECORD("000f", "0000 00") +
      RECORD("0001", "c0000201", "80000000") +
      RECORD("001c", "20010db8 00000000 00000000 00000001") +
      RECORD("0005", "03 4d5820 c00c"),
  ));
  equal(reply, {
    id: 0x1234,
    question: { name: "example.org", type: typeNumber("MX") },
    truncated: false,
    responseCode: 0,
    records: [
      {
        name: "example.org",
        ttlS: 60,
        data: { type: "MX", preference: 10, exchange: "mx1.example.org" },
      },
      { name: "example.org", ttlS: 60, data: { type: "MX", preference: 0, exchange: "" } },
      { name: "example.org", ttlS: 0, data: { type: "A", address: "192.0.2.1" } },
      { name: "example.org", ttlS: 60, data: { type: "AAAA", address: "2001:db8::1" } },
      { name: "example.org", ttlS: 60, data: { type: "CNAME", target: "mx?.example.org" } },
    ],
  });
});

Deno.test("parseDnsReply() leaves out what it does not know, and reads on behind it", () => {
  const reply = parseDnsReply(bytes(
    head("8183", "0002") + QUESTION + RECORD("0010", "03 616263") + RECORD("0001", "0a000001"),
  ));
  equal(reply.records.map(({ data }) => data), [{ type: "A", address: "10.0.0.1" }]);
  strictEqual(responseCodeName(reply.responseCode), "NXDOMAIN");
});

Deno.test("parseDnsReply() takes nothing from a truncated answer", () => {
  const reply = parseDnsReply(bytes(`${head("8380", "0009")} ${QUESTION} c00c`));
  equal([reply.truncated, reply.records], [true, []]);
});

Deno.test("parseDnsReply() refuses what is no answer", async (t) => {
  const cases = {
    "nothing": "",
    "a query": `${head("0100", "0000")} ${QUESTION}`,
    "no question": "1234 8180 0000 0000 0000 0000",
    "a name that points to itself": `${head("8180", "0000")} c00c 000f 0001`,
    "a name that points forward": `${head("8180", "0000")} c020 000f 0001 ${"00".repeat(40)}`,
    "a label of an unknown kind": `${head("8180", "0000")} 41 ${"61".repeat(80)}`,
    "a record that breaks off": `${head("8180", "0001")} ${QUESTION} c00c 0001 0001`,
    "an address of three octets": `${head("8180", "0001")} ${QUESTION} ${RECORD("0001", "010203")}`,
    "more records than there can be": `${head("8180", "ffff")} ${QUESTION}`,
    "a name without an end": head("8180", "0000") + "3f" + "61".repeat(63).repeat(1) +
      ("3f" + "61".repeat(63)).repeat(4) + "00 0001 0001",
  };
  for (const [name, hex] of Object.entries(cases)) {
    await t.step(name, () => throws(() => parseDnsReply(bytes(hex)), SyntaxError));
  }
});

Deno.test("parseDnsReply() throws nothing but SyntaxError, and always ends", () => {
  const header = fc.constantFrom(bytes(head("8180", "0003")), bytes(head("8180", "00ff")));
  const octet = fc.oneof(fc.constantFrom(0, 0xc0, 0x0c, 1, 15), fc.nat(255));
  fc.assert(fc.property(header, fc.array(octet, { maxLength: 200 }), (start, rest) => {
    try {
      parseDnsReply(Uint8Array.of(...start, ...rest));
    } catch (error) {
      ok(error instanceof SyntaxError, String(error));
    }
  }));
});

Deno.test("parseDnsReply() reads back the question of every query", () => {
  const label = fc.stringMatching(/^[a-z\d_-]{1,20}$/);
  const name = fc.array(label, { minLength: 1, maxLength: 8 }).map((labels) => labels.join("."));
  const type = fc.constantFrom("A" as const, "AAAA" as const, "MX" as const);
  fc.assert(fc.property(fc.nat(0xffff), name, type, (id, name, type) => {
    const reply = formatDnsQuery(id, { name, type });
    reply[2] = 0x81;
    equal(parseDnsReply(reply).question, { name, type: typeNumber(type) });
    strictEqual(parseDnsReply(reply).id, id);
  }));
});
