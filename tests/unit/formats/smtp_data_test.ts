import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { SmtpDataEncoder } from "../../../src/formats/smtp_data.ts";
import { applied, cutAt, everyCut, mailishText } from "../../support/chunks.ts";
import { octetsOf } from "../../support/octet_text.ts";

const encoded = (...chunks: readonly Uint8Array[]) => applied(new SmtpDataEncoder(), chunks);

Deno.test("SmtpDataEncoder ends lines, doubles dots and ends the data, however it is cut", async (t) => {
  const cases = [
    { text: "", want: ".\r\n" },
    { text: "a\r\n", want: "a\r\n.\r\n" },
    { text: "a", want: "a\r\n.\r\n" },
    { text: "a\r", want: "a\r\n.\r\n" },
    { text: "a\n", want: "a\r\n.\r\n" },
    { text: ".", want: "..\r\n.\r\n" },
    { text: "\r\n.\r\n", want: "\r\n..\r\n.\r\n" },
    { text: "a.b\r\n.c\r\n..\r\n", want: "a.b\r\n..c\r\n...\r\n.\r\n" },
    // Ends of data that other servers might see (SMTP smuggling).
    { text: "a\n.\nb", want: "a\r\n..\r\nb\r\n.\r\n" },
    { text: "a\n.\r\nb", want: "a\r\n..\r\nb\r\n.\r\n" },
    { text: "a\r.\rb", want: "a\r\n..\r\nb\r\n.\r\n" },
    { text: "a\r\n.\rb", want: "a\r\n..\r\nb\r\n.\r\n" },
    { text: "a\r\r\nb", want: "a\r\n\r\nb\r\n.\r\n" },
    { text: "\xff\0\r\n", want: "\xff\0\r\n.\r\n" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => {
      strictEqual(encoded(octetsOf(text)), want);
      for (const chunks of everyCut(octetsOf(text))) strictEqual(encoded(...chunks), want);
    });
  }
});

Deno.test("SmtpDataEncoder never emits a bare CR or LF, nor an end of data but the last", () => {
  fc.assert(fc.property(mailishText, fc.array(fc.nat(200)), (text, places) => {
    const out = encoded(...cutAt(octetsOf(text), places));
    strictEqual(out, encoded(octetsOf(text)));
    ok(!/\r(?!\n)|(?<!\r)\n/.test(out));
    ok(out === ".\r\n" || out.endsWith("\r\n.\r\n"));
    const lines = out.split("\r\n");
    strictEqual(lines.indexOf("."), lines.length - 2);
    const undone = lines.slice(0, -2).map((line) => line.replace(/^\./, "") + "\r\n").join("");
    const normal = text.replaceAll(/\r\n|\r|\n/g, "\r\n");
    strictEqual(undone, normal === "" || normal.endsWith("\r\n") ? normal : `${normal}\r\n`);
  }));
});
