import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseContentValue } from "../../../src/formats/content_type.ts";

Deno.test("parseContentValue() reads a value and its parameters", async (t) => {
  const cases = [
    { text: "text/plain", value: "text/plain", parameters: {} },
    {
      text: 'Multipart/Mixed; boundary="a;b c"',
      value: "multipart/mixed",
      parameters: { boundary: "a;b c" },
    },
    {
      text: "text/plain (a comment; charset=x) ; Charset=UTF-8 ;format=flowed",
      value: "text/plain",
      parameters: { charset: "UTF-8", format: "flowed" },
    },
    { text: 'a/b; n="q\\"u(o)te"', value: "a/b", parameters: { n: 'q"u(o)te' } },
    { text: "a/b; n=1; N=2", value: "a/b", parameters: { n: "1" } },
    { text: "a/b;;; =x; n = 3;", value: "a/b", parameters: { n: "3" } },
    { text: "a/b; n=(", value: "a/b", parameters: { n: "" } },
    { text: "", value: "", parameters: {} },
  ];
  for (const { text, value, parameters } of cases) {
    await t.step(JSON.stringify(text), () => {
      const got = parseContentValue(text);
      strictEqual(got.value, value);
      assertEquals(Object.fromEntries(got.parameters), parameters);
    });
  }
});

Deno.test("parseContentValue() takes any text, however long", () => {
  const piece = fc.constantFrom(";", "=", '"', "\\", "(", ")", " ", "a", "/", "\n");
  fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
    strictEqual(typeof parseContentValue(pieces.join("")).value, "string");
  }));
  for (const text of ["(".repeat(1e6), '"\\'.repeat(1e6), "; a=".repeat(1e6)]) {
    strictEqual(typeof parseContentValue(`a/b${text}`).value, "string");
  }
});

Deno.test("parseContentValue() reads any parameter back", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (value) => {
    const quoted = value.replaceAll(/(["\\])/g, "\\$1");
    strictEqual(parseContentValue(`a/b; n="${quoted}"`).parameters.get("n"), value);
  }));
});
