import { deepStrictEqual as assertEquals, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { parseInf } from "../../../src/formats/inf_file.ts";

Deno.test("parseInf() finds the quota in octets", async (t) => {
  const cases = [
    { text: "quota 10000000\n", want: { quotaOctets: 10_000_000 } }, // 000:1904
    { text: "used 4711\nquota 5\nbulletin 7\n", want: { quotaOctets: 5 } },
    { text: "QUOTA\t0\r\nused 1\r\n", want: { quotaOctets: 0 } },
    { text: "quota 1\nquota 2", want: { quotaOctets: 1 } },
    { text: "", want: {} },
    { text: "used 5\n", want: {} },
    { text: "quotas 5\nmy quota 6\n", want: {} },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => assertEquals(parseInf(text), want));
  }
});

Deno.test("parseInf() refuses a quota that is no number of octets", async (t) => {
  for (const text of ["quota", "quota \r\n", "quota 10MB", "quota -1", "quota 1 2", "quota 1e3"]) {
    await t.step(JSON.stringify(text), () => throws(() => parseInf(text), SyntaxError));
  }
});

Deno.test("parseInf() throws nothing but SyntaxError", () => {
  const line = fc.oneof(fc.string(), fc.string().map((rest) => `quota ${rest}`));
  fc.assert(fc.property(fc.array(line).map((lines) => lines.join("\n")), (text) => {
    try {
      const { quotaOctets = 0 } = parseInf(text);
      ok(Number.isSafeInteger(quotaOctets) && quotaOctets >= 0);
    } catch (error) {
      ok(error instanceof SyntaxError);
    }
  }));
});

Deno.test("parseInf() reads back any quota", () => {
  fc.assert(fc.property(fc.nat(), fc.nat(), (quotaOctets, used) => {
    assertEquals(parseInf(`used ${used}\nquota ${quotaOctets}\n`), { quotaOctets });
  }));
});
