import { deepStrictEqual as assertEquals, notStrictEqual, strictEqual } from "node:assert/strict";
import { fingerprintOf } from "../../../../src/agents/popfetch/fingerprint.ts";
import { parseHeader } from "../../../../src/formats/header.ts";

const of = (text: string, octets = 100) =>
  fingerprintOf(parseHeader(new TextEncoder().encode(text)), octets);

Deno.test("fingerprintOf() stays the same for what a server does to stored mail", async (t) => {
  const plain = await of("Message-ID: <1@x>\r\nSubject: a\r\n b\r\n");
  const cases = [
    "Message-ID: <1@x>\r\nSubject: a\r\n b\r\nStatus: RO\r\n",
    "X-UIDL: abc\r\nMessage-ID: <1@x>\r\nSubject: a\r\n b\r\n",
    "Message-ID: <1@x>\r\nSubject: a\r\n b\r\nContent-Length: 10\r\n",
    "MESSAGE-ID: <1@x>\nsubject: a\n b\n",
  ];
  for (const text of cases) {
    await t.step(JSON.stringify(text), async () => assertEquals(await of(text, 200), plain));
  }
});

Deno.test("fingerprintOf() differs for different messages", async () => {
  const first = await of("Message-ID: <1@x>\r\nSubject: a\r\n");
  notStrictEqual((await of("Message-ID: <2@x>\r\nSubject: a\r\n")).text, first.text);
  notStrictEqual((await of("Message-ID: <1@x>\r\nSubject: b\r\n")).text, first.text);
  strictEqual(/^[0-9a-f]{40}$/.test(first.text), true);
});

Deno.test("fingerprintOf() counts the size where the header has no Message-ID", async () => {
  notStrictEqual((await of("Subject: a\r\n", 1)).text, (await of("Subject: a\r\n", 2)).text);
});

Deno.test("fingerprintOf() says whether the header names the message", async () => {
  strictEqual((await of("Message-ID: <1@x>\r\n")).distinct, true);
  strictEqual((await of("Received: from x; Mon, 1 Jan 2024 00:00:00 +0000\r\n")).distinct, true);
  strictEqual((await of("Subject: a\r\n")).distinct, false);
});
