import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  encodeQuotedPrintable,
  QuotedPrintableDecoder,
} from "../../../src/formats/quoted_printable.ts";
import { applied, cutAt, everyCut } from "../../support/chunks.ts";
import { octetsOf } from "../../support/octet_text.ts";

Deno.test("QuotedPrintableDecoder decodes, wherever the chunks are cut", async (t) => {
  const cases = [
    { text: "plain\r\n", want: "plain\r\n" },
    { text: "=41=5a=5A=3D", want: "AZZ=" },
    { text: "soft=\r\nbreak", want: "softbreak" },
    { text: "soft=\nbreak", want: "softbreak" },
    { text: "soft= \t\r\nbreak", want: "softbreak" },
    { text: "at the end=", want: "at the end" },
    { text: "at the end=4", want: "at the end=4" },
    { text: "=4G =G4 == =\rx =x", want: "=4G =G4 == =\rx =x" },
    { text: "==41", want: "=A" },
    { text: "=4=41", want: "=4A" },
    { text: "= x=41", want: "= xA" },
    { text: "kept  \r\n", want: "kept  \r\n" },
    { text: `=${" ".repeat(2000)}x`, want: `=${" ".repeat(2000)}x` },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text.slice(0, 30)), () => {
      for (const chunks of [[octetsOf(text)], ...everyCut(octetsOf(text)).slice(0, 60)]) {
        strictEqual(applied(new QuotedPrintableDecoder(), chunks), want);
      }
    });
  }
});

Deno.test("encodeQuotedPrintable() keeps lines short, ASCII and without white space at their ends", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (octets) => {
    const encoded = encodeQuotedPrintable(octets);
    for (const line of encoded.split("\r\n")) {
      strictEqual(line.length <= 76, true);
      strictEqual(/^[\t -~]*$/.test(line) && !/[ \t]$/.test(line), true);
    }
  }));
});

Deno.test("QuotedPrintableDecoder undoes encodeQuotedPrintable()", () => {
  const places = fc.array(fc.nat(400), { maxLength: 5 });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), places, (octets, cuts) => {
    const chunks = cutAt(octetsOf(encodeQuotedPrintable(octets)), cuts);
    assertEquals(octetsOf(applied(new QuotedPrintableDecoder(), chunks)), octets);
  }));
});
