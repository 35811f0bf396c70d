import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { DotStuffer, DotUnstuffer } from "../../../src/formats/dot_stuffing.ts";
import { applied, cutAt, everyCut, mailishText } from "../../support/chunks.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";

/** Feeds a reply to an unstuffer: the body, and what was behind the terminator. */
function unstuffed(chunks: readonly Uint8Array[]): { body: string; rest: string | undefined } {
  const unstuffer = new DotUnstuffer();
  let body = "";
  for (const [index, chunk] of chunks.entries()) {
    const part = unstuffer.push(chunk);
    body += octetText(part.body);
    if (part.rest) return { body, rest: octetText(part.rest, ...chunks.slice(index + 1)) };
  }
  return { body, rest: undefined };
}

Deno.test("DotStuffer doubles a dot only at the start of a CRLF line, however it is cut", async (t) => {
  const cases = [
    { text: "", want: "" },
    { text: ".", want: ".." },
    { text: "a\r\n.\r\n..b\r\n", want: "a\r\n..\r\n...b\r\n" },
    { text: "\r\n.\r\n", want: "\r\n..\r\n" },
    { text: "a\n.b\r\n", want: "a\n.b\r\n" },
    { text: "a\r.b\r\n", want: "a\r.b\r\n" },
    { text: "a.b\r\n", want: "a.b\r\n" },
    { text: "\n.a", want: "\n.a" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => {
      for (const chunks of everyCut(octetsOf(text))) {
        strictEqual(applied(new DotStuffer(), chunks), want);
      }
    });
  }
});

Deno.test("DotUnstuffer finds the end and what is behind it, however it is cut", async (t) => {
  const cases = [
    { text: ".\r\n", want: { body: "", rest: "" } },
    { text: "a\r\n.\r\n+OK", want: { body: "a\r\n", rest: "+OK" } },
    { text: "..\r\n.\r\n", want: { body: ".\r\n", rest: "" } },
    { text: ".a\r\n.\r\n", want: { body: "a\r\n", rest: "" } },
    { text: ".\rx\r\n.\r\n", want: { body: "\rx\r\n", rest: "" } },
    { text: "a\n.\n\r\n.\r\n", want: { body: "a\n.\n\r\n", rest: "" } },
    { text: "a\r\n.\n\r\n.\r\n", want: { body: "a\r\n\n\r\n", rest: "" } },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => {
      for (const chunks of everyCut(octetsOf(text))) deepStrictEqual(unstuffed(chunks), want);
    });
  }
});

Deno.test("DotUnstuffer says that a body cut short goes on", async (t) => {
  for (const text of ["", "a\r\n", "a\r\n.", "a\r\n.\r", "a.\r\n", "a\n.\n"]) {
    await t.step(JSON.stringify(text), () => {
      strictEqual(unstuffed(cutAt(octetsOf(text), [1, 2, 3])).rest, undefined);
    });
  }
});

Deno.test("DotUnstuffer reverses DotStuffer for any text and any cuts", () => {
  const places = fc.array(fc.nat(200));
  fc.assert(fc.property(mailishText, places, places, (text, one, other) => {
    const body = `${text}\r\n`;
    const wire = applied(new DotStuffer(), cutAt(octetsOf(body), one)) + ".\r\n+OK next";
    deepStrictEqual(unstuffed(cutAt(octetsOf(wire), other)), { body, rest: "+OK next" });
  }));
});
