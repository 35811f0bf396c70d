import { match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { decodeWords, encodeWords } from "../../../src/formats/encoded_words.ts";

Deno.test("decodeWords() decodes encoded words (RFC 2047)", async (t) => {
  const cases = [
    { value: "no words here", want: "no words here" },
    { value: "=?UTF-8?B?w6Rwcmls?=", want: "äpril" },
    { value: "=?iso-8859-1?q?caf=E9_au_lait?= please", want: "café au lait please" },
    { value: "a =?utf-8?Q?b?= c", want: "a b c" },
    { value: "=?utf-8?Q?two?= \t =?utf-8?Q?_words?=", want: "two words" },
    { value: "=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?=", want: "café" },
    { value: "=?utf-8?Q?a?= =?koi8-r?B?4g==?=", want: "aБ" },
    { value: "=?us-ascii*en?Q?hi?=", want: "hi" },
    { value: "=?utf-8?B?aGk?=", want: "hi" },
    { value: "=?utf-8?B?aGk=!x?=", want: "hi1" },
    { value: "=?utf-8?Q?with spaces?=", want: "with spaces" },
    { value: "=?utf-8?Q?100=?=", want: "100=" },
    { value: "=?x-nobody?Q?kept?=", want: "=?x-nobody?Q?kept?=" },
    { value: "=?utf-8?X?kept?=", want: "=?utf-8?X?kept?=" },
    { value: "=?utf-8?Q?unfinished", want: "=?utf-8?Q?unfinished" },
  ];
  for (const { value, want } of cases) {
    await t.step(value, () => strictEqual(decodeWords(value), want));
  }
});

Deno.test("decodeWords() takes any text", () => {
  const piece = fc.oneof(
    fc.constantFrom("=?", "?=", "?q?", "?B?", "utf-8", "=C3", " ", "_", "iso-2022-jp", "utf-16"),
    fc.string({ unit: "binary", maxLength: 6 }),
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
    strictEqual(typeof decodeWords(pieces.join("")), "string");
  }));
});

Deno.test("decodeWords() undoes base64 in UTF-8", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
    const encoded = new TextEncoder().encode(text).toBase64();
    strictEqual(decodeWords(`=?utf-8?B?${encoded}?=`), text.replace(/^\uFEFF/, ""));
  }));
});

Deno.test("encodeWords() leaves ASCII as it is, but for what looks encoded", async (t) => {
  const cases = [
    { text: "Lunch on Friday", want: "Lunch on Friday" },
    { text: "", want: "" },
    { text: "Grüße", want: "=?utf-8?B?R3LDvMOfZQ==?=" },
    { text: "=?x?=", want: "=?utf-8?B?PT94Pz0=?=" },
  ];
  for (const { text, want } of cases) {
    await t.step(text, () => strictEqual(encodeWords(text), want));
  }
});

Deno.test("encodeWords() writes words of at most 75 characters that decodeWords() reads", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
    const words = encodeWords(text);
    strictEqual(decodeWords(words), text.replace(/^\uFEFF/, ""));
    if (words === text) return;
    for (const word of words.split(" ")) match(word, /^=\?utf-8\?B\?[\w+/=]{4,60}\?=$/);
  }));
});
