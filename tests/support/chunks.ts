import fc from "fast-check";
import type { ByteTransform } from "../../src/formats/byte_transform.ts";
import type { Chunks } from "../../src/platform/mod.ts";
import { octetText } from "./octet_text.ts";

/** Cuts `bytes` at the places given; places outside are ignored. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const inside = [...new Set(places)].filter((p) => p > 0 && p < bytes.length);
  const edges = [0, ...inside.sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

/** Every way to cut a short text in two, and octet by octet. */
export function everyCut(bytes: Uint8Array): Uint8Array[][] {
  const places = Array.from(bytes.keys());
  return [...places.map((place) => cutAt(bytes, [place])), cutAt(bytes, places)];
}

/** What a transform makes of chunks. */
export function applied(transform: ByteTransform, chunks: readonly Uint8Array[]): string {
  return octetText(...chunks.map((chunk) => transform.push(chunk)), transform.end());
}

/** Collects a stream; for the small ones of tests only. */
export async function collected(chunks: Chunks): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk.slice());
  return octetText(...parts);
}

/** Texts made of what is special in mail: line ends, dots, `From `, quoting, NUL. */
export const mailishText: fc.Arbitrary<string> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom("\r\n", "\n", "\r", ".", "From ", ">", "\0", "\xff", " ", "F"),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 12 }).map((s) => s.replace(/[^ -~]/g, "?")) },
  ),
  { maxLength: 40 },
).map((parts) => parts.join(""));
