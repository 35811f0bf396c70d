import { match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { footerOctets } from "../../../../src/domain/footer/footer_octets.ts";
import type { TextPart } from "../../../../src/domain/footer/text_part.ts";
import { QuotedPrintableDecoder } from "../../../../src/formats/quoted_printable.ts";
import { applied } from "../../../support/chunks.ts";
import { octetsOf, octetText } from "../../../support/octet_text.ts";

function written(text: string, part: Partial<TextPart>): string | undefined {
  const octets = footerOctets(text, {
    ...{ kind: "text", charset: "", encoding: "7bit", flowed: false } as const,
    ...part,
  });
  return octets && octetText(octets);
}

const utf8 = (text: string) => octetText(new TextEncoder().encode(text));

Deno.test("footerOctets() writes a footer as its part is written", async (t) => {
  const part8 = { encoding: "8bit" } as const;
  const qp = { encoding: "quoted-printable" } as const;
  const cases = [
    { name: "lines", text: "-- \nOffice\n\n\n", part: {}, want: "-- \r\nOffice\r\n" },
    { name: "7 bits", text: "Größe – “5€”", part: {}, want: 'Grosse - "5EUR"\r\n' },
    { name: "7 bits and UTF-8", text: "é☂", part: { charset: "utf-8" }, want: "e?\r\n" },
    { name: "no charset", text: "é", part: part8, want: "e\r\n" },
    { name: "UTF-8", text: "é☂", part: { ...part8, charset: "utf-8" }, want: utf8("é☂\r\n") },
    { name: "Latin 1", text: "é", part: { ...part8, charset: "iso-8859-1" }, want: "\xe9\r\n" },
    { name: "Windows", text: "€", part: { ...part8, charset: "windows-1252" }, want: "\x80\r\n" },
    { name: "Cyrillic", text: "Б", part: { ...part8, charset: "koi8-r" }, want: "\xe2\r\n" },
    {
      name: "no such letter",
      text: "é☂",
      part: { ...part8, charset: "iso-8859-1" },
      want: "e?\r\n",
    },
    { name: "Japanese", text: "日a", part: { ...part8, charset: "shift_jis" }, want: "?a\r\n" },
    { name: "UTF-16", text: "a", part: { ...part8, charset: "utf-16le" }, want: undefined },
    { name: "unknown", text: "a", part: { ...part8, charset: "x-none" }, want: undefined },
    { name: "encoded", text: "é=", part: { ...qp, charset: "utf-8" }, want: "=C3=A9=3D\r\n" },
    {
      name: "flowed lines",
      text: "-- \nends in a space \n indented\n> quoted\nFrom here",
      part: { flowed: true },
      want: "-- \r\nends in a space\r\n  indented\r\n > quoted\r\n From here\r\n",
    },
  ];
  for (const { name, text, part, want } of cases) {
    await t.step(name, () => strictEqual(written(text, part), want));
  }
});

Deno.test("footerOctets() can be read back, and is ASCII where it must be", () => {
  const text = fc.string({ unit: "grapheme" }).map((some) => some.replaceAll(/[\r\n]/g, " "));
  fc.assert(fc.property(text, (line) => {
    const encoded = written(line, { encoding: "quoted-printable", charset: "utf-8" })!;
    match(encoded, /^[\t\r\n -~]*$/);
    strictEqual(applied(new QuotedPrintableDecoder(), [octetsOf(encoded)]), utf8(`${line}\r\n`));
    match(written(line, {})!, /^[\0-\x7f]*$/);
  }));
});
