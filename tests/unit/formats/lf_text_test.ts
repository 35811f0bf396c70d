import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { LfEncoder } from "../../../src/formats/lf_text.ts";
import { applied, cutAt, everyCut, mailishText } from "../../support/chunks.ts";
import { octetsOf } from "../../support/octet_text.ts";

Deno.test("LfEncoder makes CRLF a line end of Unix, however it is cut", async (t) => {
  const cases = [
    { text: "a\r\nb\r\n", want: "a\nb\n" },
    { text: "a\nb\n", want: "a\nb\n" },
    { text: "a\rb\r\r\n", want: "a\rb\r\n" },
    { text: "no end", want: "no end\n" },
    { text: "a\r", want: "a\r\n" },
    { text: "\r\n", want: "\n" },
    { text: "", want: "" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => {
      strictEqual(applied(new LfEncoder(), [octetsOf(text)]), want);
      for (const chunks of everyCut(octetsOf(text))) {
        strictEqual(applied(new LfEncoder(), chunks), want);
      }
    });
  }
});

Deno.test("LfEncoder changes line ends and nothing else", () => {
  fc.assert(fc.property(mailishText, fc.array(fc.nat(300)), (text, places) => {
    const out = applied(new LfEncoder(), cutAt(octetsOf(text), places));
    const want = text.replaceAll("\r\n", "\n");
    strictEqual(out, want === "" || want.endsWith("\n") ? want : `${want}\n`);
  }));
});
