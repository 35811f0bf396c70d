import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { MboxMeasure } from "../../../src/formats/mbox_measure.ts";
import { MboxDecoder, MboxEncoder } from "../../../src/formats/mbox_quoting.ts";
import { applied, cutAt, everyCut, mailishText } from "../../support/chunks.ts";
import { octetsOf } from "../../support/octet_text.ts";

function measured(chunks: readonly Uint8Array[]) {
  const measure = new MboxMeasure();
  for (const chunk of chunks) measure.push(chunk);
  return measure.end();
}

/** What becomes of a message in the file and out of it. */
function made(message: Uint8Array) {
  const text = applied(new MboxEncoder(), [message]);
  const served = applied(new MboxDecoder(), [octetsOf(text)]);
  return { textOctets: text.length, wireOctets: served.length };
}

Deno.test("MboxMeasure says how large a message will be, however it is cut", async (t) => {
  const cases = [
    { message: "", want: { textOctets: 0, wireOctets: 0 } },
    { message: "\r\n", want: { textOctets: 1, wireOctets: 2 } },
    { message: "a: b\r\n\r\nhello\r\n", want: { textOctets: 12, wireOctets: 15 } },
    { message: "no end", want: { textOctets: 7, wireOctets: 8 } },
    { message: "cr\r", want: { textOctets: 4, wireOctets: 4 } },
    { message: "bare\nlf\n", want: { textOctets: 8, wireOctets: 10 } },
    { message: "two\r\r\n", want: { textOctets: 5, wireOctets: 5 } },
    { message: "From me\r\n", want: { textOctets: 9, wireOctets: 9 } },
    { message: ">>From me\r\n", want: { textOctets: 11, wireOctets: 11 } },
    { message: ">> me\r\nFro\r\n", want: { textOctets: 10, wireOctets: 12 } },
  ];
  for (const { message, want } of cases) {
    await t.step(JSON.stringify(message), () => {
      const octets = octetsOf(message);
      equal(made(octets), want);
      for (const chunks of [[octets], ...everyCut(octets)]) equal(measured(chunks), want);
    });
  }
});

Deno.test("MboxMeasure agrees with MboxEncoder and MboxDecoder about every message", () => {
  const line = fc.constantFrom("From ", ">From x", ">>", "Fro", "From", "x", "", "\r", ">\r");
  const end = fc.constantFrom("\r\n", "\n", "\r\r\n", "");
  const lines = fc.array(fc.tuple(line, end), { maxLength: 12 })
    .map((all) => all.flat().join(""));
  const places = fc.array(fc.nat(120), { maxLength: 6 });
  fc.assert(
    fc.property(fc.oneof(lines, mailishText), places, (text, at) => {
      const octets = octetsOf(text);
      equal(measured(cutAt(octets, at)), made(octets));
    }),
    { numRuns: 500 },
  );
});
