import { strictEqual } from "node:assert/strict";
import { TopCutter } from "../../../src/formats/pop3_top.ts";
import { applied, everyCut } from "../../support/chunks.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";

Deno.test("TopCutter keeps the header and so many lines, however it is cut", async (t) => {
  const message = "A: 1\r\nB: 2\r\n\r\none\r\n\r\nthree\r\n";
  const cases = [
    { text: message, lines: 0, want: "A: 1\r\nB: 2\r\n\r\n" },
    { text: message, lines: 2, want: "A: 1\r\nB: 2\r\n\r\none\r\n\r\n" },
    { text: message, lines: 3, want: message },
    { text: message, lines: 99, want: message },
    { text: "A: 1\r\n", lines: 1, want: "A: 1\r\n" },
    { text: "\r\nbody\r\nmore\r\n", lines: 1, want: "\r\nbody\r\n" },
  ];
  for (const { text, lines, want } of cases) {
    await t.step(`${lines} of ${JSON.stringify(text)}`, () => {
      for (const chunks of everyCut(octetsOf(text))) {
        strictEqual(applied(new TopCutter(lines), chunks), want);
      }
    });
  }
});

Deno.test("TopCutter says when the rest need not be read", () => {
  const cutter = new TopCutter(1);
  cutter.push(octetsOf("A: 1\r\n\r\nbo"));
  strictEqual(cutter.done, false);
  cutter.push(octetsOf("dy\r\n"));
  strictEqual(cutter.done, true);
  strictEqual(octetText(cutter.push(octetsOf("more\r\n"))), "");
});
