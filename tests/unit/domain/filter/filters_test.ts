import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createFilters, RefusedByRule } from "../../../../src/domain/filter/mod.ts";
import { parseFilterFile } from "../../../../src/formats/filter_file.ts";
import { readHeader } from "../../../../src/formats/header.ts";
import type { Chunks } from "../../../../src/platform/mod.ts";
import { cutAt } from "../../../support/chunks.ts";
import { mailCorpus } from "../../../support/mail_corpus.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { octetsOf, octetText } from "../../../support/octet_text.ts";
import { RememberingLog } from "../../../support/remembering_log.ts";

function filtersOf(rules: string) {
  const file = parseFilterFile(new TextEncoder().encode(rules));
  strictEqual(file.problems.some(({ severity }) => severity === "error"), false);
  const log = new RememberingLog();
  return { filters: createFilters({ rules: file.rules, clock: new ManualClock(), log }), log };
}

/** The number of the rule that fits, or the octets that came through. */
async function judged(rules: string, message: Chunks): Promise<number | string> {
  const passed: Uint8Array[] = [];
  try {
    const header = await readHeader(message, 256 * 1024);
    const screened = filtersOf(rules).filters.screened(header);
    passed.push(screened.bytes);
    for await (const chunk of screened.rest) passed.push(chunk.slice());
  } catch (error) {
    if (error instanceof RefusedByRule) return error.rule.number;
    throw error;
  }
  return octetText(...passed);
}

/** A message of two parts, the second of which is given with its header. */
function withPart(part: string): string {
  return "Subject: two parts\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n" +
    `Preamble\r\n--cut\r\n\r\nHello\r\n--cut\r\n${part}\r\n--cut--\r\nEpilogue\r\n`;
}

const base64 = (text: string) => octetsOf(text).toBase64().replace(/(.{60})/g, "$1\r\n");

const attachment = "Content-Type: application/octet-stream\r\n";

/** The two recipes, document 000 lines 941-943. */
const HAPPY99 = "reject body begin 0666 happy99.exe\r\n" +
  'reject body Content-disposition: attachment; filename="happy99.exe"\r\n';

Deno.test("the documented recipes (000:941-943, 000:973-974) find an attachment", async (t) => {
  const cases = [
    {
      name: "that is uuencoded",
      text: "Subject: x\r\n\r\nbegin 0666 happy99.exe\r\nM35J0``,````\r\n`\r\nend\r\n",
      want: 1,
    },
    {
      name: "of MIME on one line",
      text: withPart(
        attachment + 'Content-Disposition: attachment; filename="happy99.exe"\r\n\r\nx',
      ),
      want: 2,
    },
    {
      name: "of MIME folded over two lines",
      text: withPart(
        attachment + 'Content-Disposition: attachment;\r\n\tfilename="happy99.exe"\r\n\r\nx',
      ),
      want: 2,
    },
    {
      name: "of MIME without quotes and in other case",
      text: withPart(
        attachment + "content-disposition: ATTACHMENT; size=9; filename=HAPPY99.EXE\r\n\r\nx",
      ),
      want: 2,
    },
    {
      name: "of MIME in the form of RFC 2231",
      text: withPart(
        attachment +
          "Content-Disposition: attachment; filename*0*=us-ascii''happ%79; filename*1=99.exe\r\n\r\nx",
      ),
      want: 2,
    },
    {
      name: "that is the whole message",
      text: attachment + 'Content-Disposition: attachment; filename="happy99.exe"\r\n\r\nx\r\n',
      want: 2,
    },
    {
      name: "in a message that is attached",
      text: withPart(
        "Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" +
          attachment + 'Content-Disposition: attachment;\r\n filename="happy99.exe"\r\n\r\nx',
      ),
      want: 2,
    },
  ];
  for (const { name, text, want } of cases) {
    await t.step(name, async () => strictEqual(await judged(HAPPY99, [octetsOf(text)]), want));
  }
});

const NAMES_OF_BASE64 = [
  "base64 (so to speak)",
  "(in) base64",
  "base64;",
  '"base64"',
  "\r\n\tBase64 ",
];

Deno.test("screened() refuses what a rule fits", async (t) => {
  const cases = [
    { name: "a body text", rule: "reject body free offer", text: "A: b\r\n\r\nA FREE Offer" },
    {
      name: "a header value",
      rule: "reject Subject: *money*",
      text: "SUBJECT: more\r\n money\r\n\r\n",
    },
    {
      name: "an encoded header value",
      rule: "reject subject: geld?",
      text: "Subject: =?utf-8?Q?Ge?= =?utf-8?Q?ld!?=\r\n\r\n",
    },
    {
      name: "an encoded header value as it is written",
      rule: "reject Subject: =?gb2312?*",
      text: "Subject: =?GB2312?B?xOO6ww==?=\r\n\r\n",
    },
    { name: "a header line", rule: "reject header x-*: spam*", text: "X-Kind: Spammy\r\n\r\n" },
    { name: "one of two fields", rule: "reject To: b@*", text: "To: a@x\r\nTo: b@x\r\n\r\n" },
    {
      name: "base64",
      rule: "reject body .vbs",
      text: withPart(
        `${attachment}Content-Transfer-Encoding: BASE64\r\n\r\n${base64("run a.vbs")}`,
      ),
    },
    {
      name: "quoted-printable",
      rule: "reject body click here",
      text: withPart(
        "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
          "cli=\r\nck=20here",
      ),
    },
    {
      name: "another charset",
      rule: "reject body größe",
      text: "Content-Type: text/plain; charset=iso-8859-1\r\n\r\ndie gr\xf6\xdfe\r\n",
    },
    ...NAMES_OF_BASE64.map((written) => ({
      name: `base64 that is named ${JSON.stringify(written)}`,
      rule: "reject body .vbs",
      text: `Content-Transfer-Encoding: ${written}\r\n\r\n${base64("run a.vbs")}`,
    })),
    ...NAMES_OF_BASE64.map((written) => ({
      name: `a part in base64 that is named ${JSON.stringify(written)}`,
      rule: "reject body .vbs",
      text: withPart(`Content-Transfer-Encoding: ${written}\r\n\r\n${base64("run a.vbs")}`),
    })),
    {
      name: "another charset in base64",
      rule: "reject body größe",
      text:
        "Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
        base64([..."die größe"].join("\0") + "\0"),
    },
    {
      name: "the name of a part",
      rule: "reject body résumé.doc.exe",
      text: withPart(
        'Content-Type: application/x; name="=?utf-8?Q?r=C3=A9sum=C3=A9=2Edoc=2Eexe?="\r\n\r\nx',
      ),
    },
    {
      name: "a part without an end",
      rule: "reject body worm",
      text: withPart(`${attachment}Content-Transfer-Encoding: base64\r\n\r\n${base64("a worm")}`)
        .replace("--cut--\r\nEpilogue\r\n", ""),
    },
    { name: "no header at all", rule: "reject body worm", text: "\r\na worm" },
  ];
  for (const { name, rule, text } of cases) {
    const octets = octetsOf(text);
    await t.step(name, async () => strictEqual(await judged(rule, [octets]), 1));
    await t.step(`${name}, octet by octet`, async () => {
      strictEqual(await judged(rule, cutAt(octets, Array.from(octets.keys()))), 1);
    });
  }
});

Deno.test("screened() lets through what no rule fits", async (t) => {
  const cases = [
    {
      name: "a pattern that fits a part only",
      rule: "reject Subject: money",
      text: "Subject: my money\r\n\r\n",
    },
    { name: "another field", rule: "reject Subject: *money*", text: "Comments: money\r\n\r\n" },
    { name: "a body text in the header", rule: "reject body worm", text: "Subject: worm\r\n\r\nx" },
    {
      name: "a header text in the body",
      rule: "reject header *worm*",
      text: "A: b\r\n\r\nX: worm",
    },
    {
      name: "a body text with a wildcard (000:963)",
      rule: "reject body *.vbs",
      text: "A: b\r\n\r\na.vbs",
    },
    {
      name: "a text over two lines",
      rule: "reject body two lines",
      text: "A: b\r\n\r\ntwo\r\nlines",
    },
  ];
  for (const { name, rule, text } of cases) {
    await t.step(name, async () => strictEqual(await judged(rule, [octetsOf(text)]), text));
  }
});

Deno.test("screened() tells of header rules before body rules, and of the first that fits", async () => {
  const rules = "reject body worm\nreject From: *\nreject header From: *";
  strictEqual(await judged(rules, [octetsOf("From: a@b\r\n\r\nworm")]), 2);
});

Deno.test("screened() passes on every octet of every shape of mail, as it is", async (t) => {
  const corpus = mailCorpus({ seed: 7, count: 42, recipients: () => [], maxOctets: 300_000 });
  for (const { shape, id, bytes } of corpus) {
    await t.step(`${shape} ${id}`, async () => {
      const chunks = cutAt(bytes, Array.from({ length: 50 }, (_, n) => n * 6007));
      const rules = "reject body this text is nowhere\nreject header *nowhere*";
      strictEqual(await judged(rules, chunks), octetText(bytes));
    });
  }
});

Deno.test("screened() judges any octets without throwing anything else", async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...[
        "--cut",
        "--cut--",
        "\r\n",
        "\r\n\r\n",
        "Content-Type: ",
        "multipart/mixed;",
        "text/plain",
      ],
      ...["boundary=cut", "Content-Transfer-Encoding: ", "base64", "quoted-printable", "=", "=?"],
      ...["message/rfc822", "charset=utf-16", "name*0*=", '"', "\0", "\xff", "\r", " ", ";"],
    ),
    fc.string({ maxLength: 9 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 60 }), fc.nat(200), async (pieces, cut) => {
      const octets = octetsOf(pieces.join("").replace(/[^\0-\xff]/g, "?"));
      const chunks = cutAt(octets, [cut, 2 * cut]);
      strictEqual(await judged("reject body never to be found", chunks), octetText(octets));
    }),
    { numRuns: 300 },
  );
});

Deno.test("screened() looks into a message only in part, and says so, when", async (t) => {
  const cases = [
    {
      name: "it has too many parts",
      text: "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + "--b\r\n\r\nx\r\n".repeat(10_050),
    },
    {
      name: "parts are too deep in each other",
      text: "Content-Type: multipart/mixed; boundary=b0\r\n\r\n" +
        Array.from(
          { length: 5000 },
          (_, n) => `--b${n}\r\nContent-Type: multipart/mixed; boundary=b${n + 1}\r\n\r\n`,
        ).join(""),
    },
    {
      name: "messages are too deep in each other",
      text: "Content-Type: message/rfc822\r\n\r\n".repeat(5000),
    },
    {
      name: "a part has too large a header",
      text: withPart("X-Long: " + "\r\n x".repeat(20_000) + "\r\n\r\n"),
    },
  ];
  for (const { name, text } of cases) {
    await t.step(name, async () => {
      const { filters, log } = filtersOf("reject body never to be found");
      const header = await readHeader([octetsOf(text)], 256 * 1024);
      let octets = header.bytes.length;
      for await (const chunk of filters.screened(header).rest) octets += chunk.length;
      strictEqual(octets, text.length);
      assertEquals(log.events("warn"), ["Looked into a message only in part"]);
      strictEqual(await judged("reject body at the end", [octetsOf(`${text}at the end`)]), 1);
    });
  }
});

Deno.test("screened() ends the message when whoever reads it stops", async () => {
  let ended = false;
  async function* endless() {
    try {
      yield octetsOf("Content-Transfer-Encoding: base64\r\n\r\n");
      while (true) yield await Promise.resolve(octetsOf("QUJD\r\n"));
    } finally {
      ended = true;
    }
  }
  const { filters } = filtersOf("reject body x1x");
  let chunks = 0;
  for await (const _ of filters.screened(await readHeader(endless(), 1024)).rest) {
    if (++chunks > 3) break;
  }
  strictEqual(ended, true);
});

Deno.test("list() names every rule by its number", () => {
  const { filters } = filtersOf("# one\nreject body a b\n\nREJECT Subject:x*");
  assertEquals(filters.list(), [
    { number: 1, text: "reject body a b" },
    { number: 2, text: "reject Subject: x*" },
  ]);
});
