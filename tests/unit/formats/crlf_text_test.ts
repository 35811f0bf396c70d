import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { CrlfEncoder } from "../../../src/formats/crlf_text.ts";
import { applied, cutAt, everyCut, mailishText } from "../../support/chunks.ts";
import { octetsOf } from "../../support/octet_text.ts";

const encoded = (...chunks: readonly Uint8Array[]) => applied(new CrlfEncoder(), chunks);

Deno.test("CrlfEncoder ends every line with CRLF, however it is cut", async (t) => {
  const cases = [
    { text: "", want: "" },
    { text: "a", want: "a\r\n" },
    { text: "a\r\n", want: "a\r\n" },
    { text: "a\r", want: "a\r\n" },
    { text: "a\n", want: "a\r\n" },
    { text: "\n", want: "\r\n" },
    { text: "\n\n.\n", want: "\r\n\r\n.\r\n" },
    { text: "\r\r\n\n\r", want: "\r\n\r\n\r\n\r\n" },
    { text: "a\r.\rb", want: "a\r\n.\r\nb\r\n" },
    { text: ".\r\n.\xff\0", want: ".\r\n.\xff\0\r\n" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => {
      strictEqual(encoded(octetsOf(text)), want);
      for (const chunks of everyCut(octetsOf(text))) strictEqual(encoded(...chunks), want);
    });
  }
});

Deno.test("CrlfEncoder changes nothing but line ends, and nothing twice", () => {
  fc.assert(fc.property(mailishText, fc.array(fc.nat(200)), (text, places) => {
    const lines = text.replaceAll(/\r\n|\r|\n/g, "\r\n");
    const want = lines === "" || lines.endsWith("\r\n") ? lines : `${lines}\r\n`;
    const out = encoded(...cutAt(octetsOf(text), places));
    strictEqual(out, want);
    strictEqual(encoded(octetsOf(out)), want);
  }));
});
