import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { headerEnd, parseHeader, readHeader } from "../../src/formats/header.ts";

const noise = fc.array(
  fc.oneof(fc.constantFrom("\r\n", "\n", "\r", ":", " ", "\t", "To: ", "\r\n\r\n"), fc.string()),
).map((parts) => new TextEncoder().encode(parts.join("")));

Deno.test("parseHeader() never throws and its values hold no line end", () => {
  fc.assert(fc.property(fc.oneof(noise, fc.uint8Array()), (bytes) => {
    for (const { value } of parseHeader(bytes)) strictEqual(/[\r\n]/.test(value), false);
  }));
});

Deno.test("parseHeader() reads back fields that were written", () => {
  const field = fc.tuple(
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/),
    fc.stringMatching(/^([!-~]{1,9}( [!-~]{1,9}){0,3})?$/),
  );
  fc.assert(fc.property(fc.array(field), fc.boolean(), (fields, crlf) => {
    const end = crlf ? "\r\n" : "\n";
    const text = fields.map(([name, value]) => `${name}: ${value}${end}`).join("") + end;
    const got = parseHeader(new TextEncoder().encode(text));
    assertEquals(got.map(({ name, value }) => [name, value]), fields);
  }));
});

Deno.test("readHeader() finds the same header in one piece and in many", async () => {
  await fc.assert(fc.asyncProperty(noise, fc.integer({ min: 1, max: 9 }), async (bytes, size) => {
    const pieces = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
    const { bytes: header, rest } = await readHeader(pieces);
    strictEqual(header.length, headerEnd(bytes) ?? bytes.length);
    const body: number[] = [];
    for await (const chunk of rest) body.push(...chunk);
    assertEquals([...header, ...body], [...bytes]);
  }));
});
