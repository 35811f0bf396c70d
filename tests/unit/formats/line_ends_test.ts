import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { LineEndNormaliser } from "../../../src/formats/line_ends.ts";

function normalised(text: string, size = Infinity): string {
  const normaliser = new LineEndNormaliser();
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  let out = "";
  for (let at = 0; at < bytes.length; at += size) {
    out += decoder.decode(normaliser.push(bytes.subarray(at, at + size)), { stream: true });
  }
  return out + decoder.decode(normaliser.end());
}

Deno.test("LineEndNormaliser makes a bare LF a CRLF and changes nothing else", async (t) => {
  const cases = [
    { text: "", want: "" },
    { text: "a\r\nb\r\n", want: "a\r\nb\r\n" },
    { text: "a\nb\n", want: "a\r\nb\r\n" },
    { text: "a\n\nb", want: "a\r\n\r\nb" },
    { text: "\na", want: "\r\na" },
    { text: "a\rb", want: "a\rb" },
    { text: "a\r", want: "a\r" },
    { text: "a\r\r\nb", want: "a\r\r\nb" },
    { text: "a\r\n\r\nb", want: "a\r\n\r\nb" },
    { text: "no end", want: "no end" },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => {
      strictEqual(normalised(text), want);
      strictEqual(normalised(text, 1), want);
    });
  }
});

const noise = fc.array(fc.constantFrom("\r", "\n", "\r\n", "a", ".", "é")).map((p) => p.join(""));

Deno.test("LineEndNormaliser leaves no bare LF, whatever the pieces, and changes nothing twice", () => {
  fc.assert(fc.property(noise, fc.integer({ min: 1, max: 5 }), (text, size) => {
    const once = normalised(text, size);
    strictEqual(once, normalised(text));
    strictEqual(/(^|[^\r])\n/.test(once), false);
    strictEqual(normalised(once), once);
  }));
});
