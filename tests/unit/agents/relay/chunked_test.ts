import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { CHUNK_OCTETS, chunked } from "../../../../src/agents/relay/chunked.ts";
import { octetsOf, octetText } from "../../../support/octet_text.ts";

Deno.test("chunked() cuts a message into full chunks and one that ends it", async (t) => {
  const cases = [
    { octets: 0, want: [0] },
    { octets: 2, want: [2] },
    { octets: CHUNK_OCTETS, want: [CHUNK_OCTETS] },
    { octets: CHUNK_OCTETS + 1, want: [CHUNK_OCTETS, 1] },
    { octets: 3 * CHUNK_OCTETS, want: [CHUNK_OCTETS, CHUNK_OCTETS, CHUNK_OCTETS] },
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

Deno.test("chunked() ends lines with CRLF, and fails as the message does", async () => {
  const [chunk] = await Array.fromAsync(chunked([octetsOf("a\n.\rb")]));
  strictEqual(octetText(chunk?.bytes ?? new Uint8Array()), "a\r\n.\r\nb\r\n");
  const broken = ReadableStream.from((async function* () {
    yield octetsOf("a");
    await Promise.reject(new Error("input/output error"));
  })());
  await rejects(Array.fromAsync(chunked(broken)), /input\/output error/);
});
