import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { gathered } from "../../../src/store/gathered.ts";
import { octetText } from "../../support/octet_text.ts";

const KIB = 1024;

/** The lengths of the pieces. */
const lengths = async (chunks: Iterable<Uint8Array>) =>
  await Array.fromAsync(gathered(chunks), ({ length }) => length);

Deno.test("gathered() makes one piece of what is small, and never none", async () => {
  equal(await lengths([]), [0]);
  equal(await lengths([new Uint8Array(10), new Uint8Array(20)]), [30]);
  equal(await lengths(Array.from({ length: 64 }, () => new Uint8Array(KIB))), [64 * KIB]);
});

Deno.test("gathered() makes few large pieces of what is large", async () => {
  const chunks = Array.from({ length: 100 }, () => new Uint8Array(10 * KIB));
  equal(await lengths(chunks), [60 * KIB, 256 * KIB, 256 * KIB, 256 * KIB, 172 * KIB]);
  equal(await lengths([new Uint8Array(300 * KIB)]), [0, 256 * KIB, 44 * KIB]);
});

Deno.test("gathered() gives a first piece that stays, though the chunks are filled again", async () => {
  function* chunks() {
    const buffer = new Uint8Array(KIB);
    for (let i = 0; i < 300; i++) yield buffer.fill(i % 26);
  }
  const pieces = gathered(chunks());
  const first = (await pieces.next()).value;
  await pieces.next();
  await pieces.next();
  equal([first[0], first[KIB], first[63 * KIB]], [0, 1, 63 % 26]);
  await pieces.return(undefined);
});

Deno.test("gathered() changes no octet, however large the chunks are", async () => {
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(400 * KIB)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      const chunks = sizes.map((size, i) => new Uint8Array(size).fill(97 + i));
      let text = "";
      for await (const piece of gathered(chunks)) text += octetText(piece);
      strictEqual(text === octetText(...chunks), true);
    }),
    { numRuns: 30 },
  );
});
