import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { fnv1a } from "../../../src/formats/fnv1a.ts";

Deno.test("fnv1a() gives the published values", async (t) => {
  // From the test suite of the draft, draft-eastlake-fnv appendix C.
  const cases = [
    { text: "", want: 0x811c9dc5 },
    { text: "a", want: 0xe40c292c },
    { text: "foobar", want: 0xbf9cf968 },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => strictEqual(fnv1a(text), want));
  }
});

Deno.test("fnv1a() of a text in pieces is that of the whole", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (first, second) => {
    strictEqual(fnv1a(second, fnv1a(first)), fnv1a(first + second));
  }));
});
