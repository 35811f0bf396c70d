import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { readHeader } from "../../../src/formats/header.ts";
import { withoutFields } from "../../../src/formats/without_fields.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";

async function without(text: string, name = "X-Rcpt-To") {
  return withoutFields(await readHeader([octetsOf(text)]), name);
}

Deno.test("withoutFields() removes every field of that name and nothing else", async (t) => {
  const cases = [
    { text: "A: b\r\n\r\n", want: "A: b\r\n\r\n" },
    { text: "X-Rcpt-To: a\r\nB: c\r\n\r\n", want: "B: c\r\n\r\n" },
    { text: "A: b\r\nx-rcpt-to : a,\r\n\tb\r\n c\r\nB: c\r\n\r\n", want: "A: b\r\nB: c\r\n\r\n" },
    { text: "X-Rcpt-To: a\r\nno field\r\nX-Rcpt-To: b\r\n\r\n", want: "no field\r\n\r\n" },
    { text: "X-Rcpt-To-2: a\r\nX-Rcpt-To: b", want: "X-Rcpt-To-2: a\r\n" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), async () => {
      strictEqual(octetText((await without(text)).bytes), want);
    });
  }
});

Deno.test("withoutFields() leaves no field of that name in any header", async () => {
  const line = fc.constantFrom(
    "X-A: 1\r\n",
    "x-a:\r\n\t2\r\n",
    " more\r\n",
    "X-B: 3\r\n",
    "junk\r\n",
  );
  await fc.assert(fc.asyncProperty(fc.array(line), async (lines) => {
    const { fields, bytes } = await without(lines.join("") + "\r\n", "X-A");
    const again = await readHeader([bytes]);
    assertEquals(again.fields.map(({ name }) => name), fields.map(({ name }) => name));
    strictEqual(fields.some(({ name }) => name.toLowerCase() === "x-a"), false);
  }));
});
