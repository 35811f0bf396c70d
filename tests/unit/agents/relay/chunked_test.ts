import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { CHUNK_OCTETS, chunked } from "../../../../src/agents/relay/chunked.ts";
import { octetsOf, octetText } from "../../../support/octet_text.ts";

/** What a chunk holds of lines of 78 octets. */
const FULL = CHUNK_OCTETS - CHUNK_OCTETS % 78;

Deno.test("chunked() cuts a message at line ends into chunks, and one that ends it", async (t) => {
  const cases = [
    { octets: 0, want: [0] },
    { octets: 2, want: [2] },
    { octets: CHUNK_OCTETS, want: [CHUNK_OCTETS] },
    { octets: CHUNK_OCTETS + 1, want: [FULL, CHUNK_OCTETS + 1 - FULL] },
    { octets: 3 * CHUNK_OCTETS, want: [FULL, FULL, FULL, 3 * (CHUNK_OCTETS - FULL)] },
  ];
  for (const { octets, want } of cases) {
    for (const piece of [1000, CHUNK_OCTETS, 200_000]) {
      await t.step(`${octets} octets in pieces of ${piece}`, async () => {
        const text = "x".repeat(76).concat("\r\n").repeat(octets / 78 + 1).slice(0, octets);
        const whole = text.slice(0, -2) + (octets < 2 ? "" : "\r\n");
        const pieces = Array.from(
          { length: Math.ceil(octets / piece) },
          (_, at) => octetsOf(whole.slice(at * piece, (at + 1) * piece)),
        );
        const chunks = await Array.fromAsync(chunked(pieces));
        equal(chunks.map(({ bytes }) => bytes.length), want);
        equal(chunks.map(({ last }) => last), want.map((_, at) => at === want.length - 1));
        strictEqual(octetText(...chunks.map(({ bytes }) => bytes)), whole);
      });
    }
  }
});

Deno.test("chunked() cuts a line that is longer than a chunk", async () => {
  const text = "x".repeat(2 * CHUNK_OCTETS) + "\r\n";
  const chunks = await Array.fromAsync(chunked([octetsOf(text)]));
  equal(chunks.map(({ bytes }) => bytes.length), [CHUNK_OCTETS, CHUNK_OCTETS, 2]);
});

Deno.test("chunked() ends lines with CRLF, and fails as the message does", async () => {
  const [chunk] = await Array.fromAsync(chunked([octetsOf("a\n.\rb")]));
  strictEqual(octetText(chunk?.bytes ?? new Uint8Array()), "a\r\n.\r\nb\r\n");
  const broken = ReadableStream.from((async function* () {
    yield octetsOf("a");
    await Promise.reject(new Error("input/output error"));
  })());
  await rejects(Array.fromAsync(chunked(broken)), /input\/output error/);
});
