import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MboxDecoder, MboxEncoder } from "../../../src/formats/mbox_quoting.ts";
import { applied, cutAt, everyCut, mailishText } from "../../support/chunks.ts";
import { octetsOf } from "../../support/octet_text.ts";

Deno.test("MboxEncoder writes LF, quotes From_ and ends the last line, however it is cut", async (t) => {
  const cases = [
    { text: "", want: "" },
    { text: "a\r\nb\r\n", want: "a\nb\n" },
    { text: "a", want: "a\n" },
    { text: "a\r", want: "a\r\n" },
    { text: "a\rb\r\r\n", want: "a\rb\r\n" },
    { text: "a\nb\n", want: "a\nb\n" },
    { text: "From a\r\n", want: ">From a\n" },
    { text: "x\r\n>>From a\r\n", want: "x\n>>>From a\n" },
    { text: "> From a\r\n", want: "> From a\n" },
    { text: "From\r\nFrom", want: "From\nFrom\n" },
    { text: "From:\r\nfrom a\r\n a From b\r\n", want: "From:\nfrom a\n a From b\n" },
    { text: "\r\rFrom a", want: "\r\rFrom a\n" },
    { text: "\0\xff\r\n", want: "\0\xff\n" },
    { text: ">>>", want: ">>>\n" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => {
      for (const chunks of everyCut(octetsOf(text))) {
        strictEqual(applied(new MboxEncoder(), chunks), want);
      }
    });
  }
});

Deno.test("MboxDecoder writes CRLF, takes one quote off and ends the last line, however cut", async (t) => {
  const cases = [
    { text: "", want: "" },
    { text: "a\nb\n", want: "a\r\nb\r\n" },
    { text: "a", want: "a\r\n" },
    { text: "a\r\nb\r", want: "a\r\nb\r\n" },
    { text: "\n\n", want: "\r\n\r\n" },
    { text: ">From a\n>>From b\n", want: "From a\r\n>From b\r\n" },
    { text: ">Fro\n>> From\n>", want: ">Fro\r\n>> From\r\n>\r\n" },
    { text: "From a\n", want: "From a\r\n" },
    { text: "a >From b\n", want: "a >From b\r\n" },
    { text: ">\nFrom a\n", want: ">\r\nFrom a\r\n" },
    { text: "a\rb\n", want: "a\rb\r\n" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => {
      for (const chunks of everyCut(octetsOf(text))) {
        strictEqual(applied(new MboxDecoder(), chunks), want);
      }
    });
  }
});

Deno.test("MboxDecoder gives back any message with CRLF line ends, whatever the cuts", () => {
  const places = fc.array(fc.nat(200));
  fc.assert(fc.property(mailishText, places, places, (text, one, other) => {
    // A CR before CRLF and a bare LF cannot be told from CRLF in a file with LF line ends.
    const message = text.replaceAll(/\r*\n/g, "\r\n").replace(/\r*$/, "\r\n");
    const file = applied(new MboxEncoder(), cutAt(octetsOf(message), one));
    strictEqual(applied(new MboxDecoder(), cutAt(octetsOf(file), other)), message);
  }));
});

Deno.test("MboxEncoder leaves no line that could be taken for a From_ line", () => {
  fc.assert(fc.property(mailishText, fc.array(fc.nat(200)), (text, places) => {
    const file = applied(new MboxEncoder(), cutAt(octetsOf(text), places));
    strictEqual(/^From /m.test(file.replaceAll("\r", "?")), false, JSON.stringify(file));
  }));
});
