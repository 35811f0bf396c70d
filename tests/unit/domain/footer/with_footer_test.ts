import { match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { footerFor, withFooter } from "../../../../src/domain/footer/mod.ts";
import { readHeader } from "../../../../src/formats/header.ts";
import type { Chunks } from "../../../../src/platform/mod.ts";
import { collected, cutAt } from "../../../support/chunks.ts";
import { mailCorpus } from "../../../support/mail_corpus.ts";
import { octetsOf, octetText } from "../../../support/octet_text.ts";

const FOOTER = "-- \nOffice Ltd\n";
const WRITTEN = "-- \r\nOffice Ltd\r\n";

async function footed(message: Chunks, footer = FOOTER): Promise<string> {
  const header = await readHeader(message, 256 * 1024);
  const { bytes, rest } = withFooter(header, footer);
  return octetText(bytes) + await collected(rest);
}

/** The footer goes where the text has a ‸; nowhere if there is none. */
const MARK = "‸";

const CASES = [
  { name: "a text without a header", text: `Subject: x\r\n\r\nHello\r\n${MARK}` },
  { name: "a text of no octets", text: `Subject: x\r\n\r\n${MARK}` },
  {
    name: "the first text of several parts",
    text: 'Content-Type: multipart/mixed;\r\n boundary="a b"\r\n\r\nPreamble\r\n' +
      `--a b\r\n\r\nHello\r\n${MARK}--a b\r\n\r\nSecond\r\n--a b--\r\nEpilogue\r\n`,
  },
  {
    name: "the text beside HTML",
    text: "Content-Type: multipart/alternative; boundary=c\r\n\r\n" +
      `--c\r\nContent-Type: text/plain\r\n\r\nHello\r\n${MARK}` +
      "--c \r\nContent-Type: text/html\r\n\r\n<p>Hello\r\n--c--\r\n",
  },
  {
    name: "the text in parts of parts",
    text: "Content-Type: multipart/mixed; boundary=a\r\n\r\n" +
      "--a\r\nContent-Type: multipart/alternative; boundary=aa\r\n\r\n" +
      `--aa\r\n\r\nHello\r\n${MARK}--aa\r\nContent-Type: text/html\r\n\r\n<p>\r\n--aa--\r\n` +
      "--a\r\nContent-Type: application/pdf\r\n\r\nx\r\n--a--\r\n",
  },
  {
    name: "an empty text in parts",
    text: `Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n${MARK}--a--\r\n`,
  },
  {
    name: "a text whose parts have no end",
    text: `Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nHello\r\n${MARK}`,
  },
  {
    name: "a text with lines like boundaries",
    text: "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n" +
      `--\r\n--b\r\n--ab\r\n-- a\r\n--${"a".repeat(500)}\r\n${MARK}--a--\r\n`,
  },
  {
    name: "very long lines",
    text: "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n" +
      `${"x".repeat(5000)}\r\n--${"y".repeat(5000)}\r\n${MARK}--a--\r\n`,
  },
  { name: "a text that has the footer already", text: `Subject: x\r\n\r\nHello\r\n${WRITTEN}` },
  {
    name: "a part that has the footer already",
    text: `Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n${WRITTEN}--a--\r\n`,
  },
  { name: "HTML", text: "Content-Type: text/html\r\n\r\n<p>Hello\r\n" },
  { name: "base64", text: "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n" },
  { name: "an attachment", text: "Content-Disposition: attachment; filename=x\r\n\r\nx\r\n" },
  {
    name: "a signed message",
    text: "Content-Type: multipart/signed; boundary=a\r\n\r\n--a\r\n\r\nHello\r\n--a--\r\n",
  },
  {
    name: "a signed part",
    text: "Content-Type: multipart/mixed; boundary=a\r\n\r\n" +
      "--a\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n--b--\r\n--a--\r\n",
  },
  {
    name: "an encrypted message",
    text: "Content-Type: multipart/encrypted; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n",
  },
  { name: "S/MIME", text: "Content-Type: application/pkcs7-mime\r\n\r\nx\r\n" },
  { name: "a report", text: "Content-Type: multipart/report; boundary=a\r\n\r\n--a\r\n\r\nx\r\n" },
  { name: "DKIM", text: "DKIM-Signature: v=1; b=x\r\n\r\nHello\r\n" },
  {
    name: "parts without a boundary",
    text: "Content-Type: multipart/mixed\r\n\r\n--a\r\n\r\nHello\r\n--a--\r\n",
  },
  {
    name: "a first part that is no text",
    text: "Content-Type: multipart/mixed; boundary=a\r\n\r\n" +
      "--a\r\nContent-Type: image/png\r\n\r\nx\r\n--a\r\n\r\nHello\r\n--a--\r\n",
  },
  {
    name: "parts that are over at once",
    text: "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a--\r\n--a\r\n\r\nHello\r\n",
  },
  { name: "a header without an end", text: "Subject: x\r\n" },
];

Deno.test("withFooter() puts the footer in its place and nowhere else", async (t) => {
  for (const { name, text } of CASES) {
    const octets = octetsOf(text.replace(MARK, ""));
    const want = text.replace(MARK, WRITTEN);
    await t.step(name, async () => strictEqual(await footed([octets]), want));
    await t.step(`${name}, however it is cut`, async () => {
      strictEqual(await footed(cutAt(octets, Array.from(octets.keys()))), want);
      for (const size of [2, 3, 7, 31]) {
        const places = Array.from(octets.keys()).filter((at) => at % size === 0);
        strictEqual(await footed(cutAt(octets, places)), want);
      }
    });
  }
});

Deno.test("withFooter() begins a line of its own", async (t) => {
  const qp = "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
  const flowed = "Content-Type: text/plain; format=flowed\r\n";
  const cases = [
    { text: "A: b\r\n\r\nno line end", want: `A: b\r\n\r\nno line end\r\n${WRITTEN}` },
    { text: `${qp}H=E9\r\n`, want: `${qp}H=E9\r\n--=20\r\nOffice Ltd\r\n` },
    { text: `${qp}goes on=\r\n`, want: `${qp}goes on=\r\n\r\n--=20\r\nOffice Ltd\r\n` },
    { text: `${flowed}\r\ngoes on \r\n`, want: `${flowed}\r\ngoes on \r\n\r\n${WRITTEN}` },
    { text: `${flowed}\r\nis over\r\n`, want: `${flowed}\r\nis over\r\n${WRITTEN}` },
    {
      text: `${flowed}${qp}goes on=20\r\n`,
      want: `${flowed}${qp}goes on=20\r\n\r\n--=20\r\nOffice Ltd\r\n`,
    },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), async () => {
      strictEqual(await footed([octetsOf(text)]), want);
    });
  }
});

Deno.test("withFooter() adds once, however often it is asked", async () => {
  for (const { text } of CASES) {
    const once = await footed([octetsOf(text.replace(MARK, ""))]);
    strictEqual(await footed([octetsOf(once)]), once);
  }
});

Deno.test("withFooter() changes nothing else in any shape of mail", async (t) => {
  for (const { shape, id, bytes } of mailCorpus({ seed: 3, count: 42, recipients: () => [] })) {
    await t.step(`${shape} ${id}`, async () => {
      const before = octetText(bytes);
      const after = await footed(cutAt(bytes, Array.from({ length: 99 }, (_, n) => n * 977)));
      const at = after.lastIndexOf(WRITTEN);
      const without = at < 0 ? after : after.slice(0, at) + after.slice(at + WRITTEN.length);
      match(without.slice(before.length), /^(?:\r\n)?$/);
      strictEqual(without.slice(0, before.length), before);
    });
  }
});

Deno.test("withFooter() takes any octets in any chunks", async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "--a",
      "--b",
      "--",
      "\r\n",
      "\r\n\r\n",
      "Content-Type: ",
      "text/plain",
      "=\r\n",
    ),
    fc.constantFrom("multipart/mixed; boundary=a", "multipart/alternative; boundary=b", "\n", "\0"),
    fc.string({ maxLength: 9 }),
  );
  const message = fc.array(piece, { maxLength: 40 }).map((some) => octetsOf(some.join("")));
  await fc.assert(fc.asyncProperty(message, fc.array(fc.nat(300)), async (octets, cuts) => {
    strictEqual(await footed(cutAt(octets, cuts)), await footed([octets]));
  }));
});

Deno.test("footerFor() knows a sender by its domain", async (t) => {
  const rules = [
    { domains: ["office.example"], text: "first" },
    { domains: ["*.example", "xn--bcher-kva.test"], text: "second" },
  ];
  const cases = [
    { sender: "a@office.example", want: "first" },
    { sender: "a@OFFICE.Example", want: "first" },
    { sender: "a@sub.office.example", want: "second" },
    { sender: "a@bücher.test", want: "second" },
    { sender: "a@other.test", want: undefined },
    { sender: "office.example", want: undefined },
    { sender: "", want: undefined },
  ];
  for (const { sender, want } of cases) {
    await t.step(sender, () => strictEqual(footerFor(rules, sender), want));
  }
});
