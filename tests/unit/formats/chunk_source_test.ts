import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { chunkSource, following, preceded } from "../../../src/formats/chunk_source.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";

async function texts(chunks: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  return (await Array.fromAsync(chunks)).map((chunk) => octetText(chunk));
}

Deno.test("preceded() gives what comes first, if that is anything, and then the rest", async (t) => {
  const cases = [
    { first: "a", rest: ["b", "c"], want: ["a", "b", "c"] },
    { first: "", rest: ["b"], want: ["b"] },
    { first: "a", rest: [], want: ["a"] },
    { first: "", rest: [], want: [] },
  ];
  for (const { first, rest, want } of cases) {
    await t.step(JSON.stringify([first, ...rest]), async () => {
      deepStrictEqual(await texts(preceded(octetsOf(first), rest.map(octetsOf))), want);
    });
  }
});

Deno.test("following() goes on where a source is, of either kind", async () => {
  const chunks = ["a", "b", "c"].map(octetsOf);
  async function* slow() {
    yield* chunks;
  }
  for (const source of [chunkSource(chunks), chunkSource(slow())]) {
    await source.next();
    deepStrictEqual(await texts(following(octetsOf("A"), source)), ["A", "b", "c"]);
  }
});

Deno.test("following() ends its source when somebody stops early", async () => {
  let ended = false;
  async function* endless() {
    try {
      while (true) yield octetsOf("a");
    } finally {
      ended = true;
    }
  }
  const source = chunkSource(endless());
  await source.next();
  for await (const _chunk of following(octetsOf("A"), source)) break;
  strictEqual(ended, true);
});
