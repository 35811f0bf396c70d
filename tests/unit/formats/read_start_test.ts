import { strictEqual } from "node:assert/strict";
import { readStart } from "../../../src/formats/read_start.ts";
import { collected } from "../../support/chunks.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";

/** Chunks that remember how many were taken, and whether they were given up. */
function watched(...texts: string[]) {
  const state = { taken: 0, ended: false };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (const text of texts) {
        state.taken++;
        yield await Promise.resolve(octetsOf(text));
      }
    } finally {
      state.ended = true;
    }
  }
  return { state, chunks: chunks() };
}

Deno.test("readStart() reads as much as is asked for and keeps all of it in the stream", async (t) => {
  const cases = [
    { octets: 0, start: "", taken: 0 },
    { octets: 1, start: "ab", taken: 1 },
    { octets: 2, start: "ab", taken: 1 },
    { octets: 3, start: "abcd", taken: 2 },
    { octets: 100, start: "abcdef", taken: 3 },
  ];
  for (const { octets, start, taken } of cases) {
    await t.step(`${octets} octets`, async () => {
      const { state, chunks } = watched("ab", "cd", "ef");
      const started = await readStart(chunks, octets);
      strictEqual(octetText(started.start), start);
      strictEqual(state.taken, taken);
      strictEqual(await collected(started.all), "abcdef");
    });
  }
});

Deno.test("readStart() gives the source up when whoever reads on stops", async () => {
  const { state, chunks } = watched("ab", "cd", "ef");
  const { all } = await readStart(chunks, 1);
  for await (const _ of all) break;
  strictEqual(state.ended, true);
});
