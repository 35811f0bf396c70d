import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { readInput, untilLoneDot } from "../../../../src/app/sendmail/message.ts";
import { encodedName } from "../../../../src/app/sendmail/encoded_name.ts";
import { collected } from "../../../support/chunks.ts";

const encode = (text: string) => new TextEncoder().encode(text);

async function read(text: string, ignoreDots = false) {
  const { recipients, body } = await readInput([encode(text)], { ignoreDots, from: "ann@x.test" });
  return { recipients, text: await collected(body) };
}

Deno.test("readInput() makes a message of what was typed", async () => {
  const cases = [
    {
      input: "To: bob@x.test\nBcc: c@x.test\nSubject: s\n\nhi\n",
      want: "From: ann@x.test\r\nTo: bob@x.test\r\nSubject: s\r\n\r\nhi\r\n",
    },
    { input: "From: me@x.test\n\nhi\n.\nmore", want: "From: me@x.test\r\n\r\nhi\r\n" },
    {
      input: "From ann Mon Jan  1 00:00:00 2024\nFrom: me@x.test\nTo: bob@x.test\n\nhi\n",
      want: "From: me@x.test\r\nTo: bob@x.test\r\n\r\nhi\r\n",
    },
    { input: "just text\n", want: "From: ann@x.test\r\n\r\njust text\r\n" },
    { input: "\njust text", want: "From: ann@x.test\r\n\r\njust text" },
    { input: "", want: "From: ann@x.test\r\n" },
    { input: ".\n", want: "From: ann@x.test\r\n" },
  ];
  for (const { input, want } of cases) strictEqual((await read(input)).text, want, input);
});

Deno.test("readInput() keeps a lone dot where it is not to end the message", async () => {
  strictEqual(
    (await read("From: a@x\n\nhi\n.\nmore\n", true)).text,
    "From: a@x\r\n\r\nhi\r\n.\r\nmore\r\n",
  );
});

Deno.test("readInput() finds the recipients of the header, blind ones too", async () => {
  deepStrictEqual((await read("To: root, bob@x.test\nBcc: c@x.test\n\nhi")).recipients, [
    "root",
    "bob@x.test",
    "c@x.test",
  ]);
});

Deno.test("untilLoneDot() ends at the same place however its input is cut", async () => {
  const line = fc.constantFrom("", ".", "..", ". ", "a", ".\r", "a.", "\r.");
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 4 }), async (lines, size) => {
      const text = lines.map((one) => one + "\n").join("");
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      const got = await collected(untilLoneDot(pieces.map(encode)));
      const end = lines.findIndex((one) => one === "." || one === ".\r");
      strictEqual(got, (end < 0 ? lines : lines.slice(0, end)).map((one) => one + "\n").join(""));
    }),
  );
});

Deno.test("encodedName() keeps to ASCII, and to 75 characters a word", () => {
  strictEqual(encodedName("Ann Smith"), "Ann Smith");
  strictEqual(encodedName("Zoë"), "=?UTF-8?B?Wm/Dqw==?=");
  fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
    const encoded = encodedName(name);
    strictEqual(/^[\x20-\x7e]*$/.test(encoded), true);
    if (encoded === name) return;
    const words = encoded.split(" ");
    strictEqual(words.every((word) => word.length <= 75), true);
    const octets = words.flatMap((word) => [...Uint8Array.fromBase64(word.slice(10, -2))]);
    strictEqual(new TextDecoder().decode(Uint8Array.from(octets)), name.toWellFormed());
  }));
});
