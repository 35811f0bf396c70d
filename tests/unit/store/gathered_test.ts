import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ahead, gathered } from "../../../src/store/gathered.ts";
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

Deno.test("gathered() leaves a piece alone until the next but one is asked for", async () => {
  const pieces = gathered(Array.from({ length: 20 }, (_, i) => new Uint8Array(64 * KIB).fill(i)));
  let before = (await pieces.next()).value;
  for await (const piece of pieces) {
    const octet = before[0];
    strictEqual(before.every((one: number, i: number) => i >= 64 * KIB || one === octet), true);
    before = piece;
  }
});

Deno.test("ahead() asks for a piece while the one before it is at work", async () => {
  const asked: number[] = [];
  async function* pieces() {
    for (let i = 0; i < 3; i++) {
      await Promise.resolve();
      asked.push(i);
      yield Uint8Array.of(i);
    }
  }
  const seen: number[][] = [];
  for await (const [octet] of ahead(pieces())) {
    await new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
    seen.push([octet!, asked.length]);
  }
  equal(seen, [[0, 2], [1, 3], [2, 3]]);
});

Deno.test("ahead() fails when it is the turn of the piece that failed", async () => {
  async function* pieces() {
    yield Uint8Array.of(1);
    await Promise.reject(new Error("Line dropped"));
  }
  const reading = ahead(pieces());
  equal((await reading.next()).value, Uint8Array.of(1));
  await rejects(reading.next(), /Line dropped/);
});

Deno.test("ahead() ends what it reads from when it is left early", async () => {
  let ended = false;
  async function* pieces() {
    try {
      for (;;) yield await Promise.resolve(Uint8Array.of(1));
    } finally {
      ended = true;
    }
  }
  for await (const _piece of ahead(pieces())) break;
  strictEqual(ended, true);
});
