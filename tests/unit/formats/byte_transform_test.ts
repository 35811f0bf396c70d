import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import {
  type ByteTransform,
  concatenated,
  joined,
  transformed,
  withInserted,
} from "../../../src/formats/byte_transform.ts";
import { collected } from "../../support/chunks.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";

/** Passes on what it gets and says `mark` at the end. */
function marking(mark: string): ByteTransform {
  return { push: (chunk) => chunk, end: () => octetsOf(mark) };
}

/** Passes nothing on before the end. */
function holding(): ByteTransform {
  let held = octetsOf("");
  return {
    push: (chunk) => {
      held = octetsOf(octetText(held, chunk));
      return octetsOf("");
    },
    end: () => held,
  };
}

Deno.test("transformed() sends what one step held back through the steps behind it", async () => {
  const chunks = [octetsOf("a"), octetsOf(""), octetsOf("b")];
  strictEqual(await collected(transformed(chunks)), "ab");
  strictEqual(await collected(transformed(chunks, marking("1"), marking("2"))), "ab12");
  strictEqual(await collected(transformed(chunks, holding(), marking("!"), holding())), "ab!");
  strictEqual(await collected(transformed([], marking("1"))), "1");
});

Deno.test("transformed() yields no empty chunk", async () => {
  const sizes: number[] = [];
  for await (const chunk of transformed([octetsOf(""), octetsOf("a")], marking(""))) {
    sizes.push(chunk.length);
  }
  deepStrictEqual(sizes, [1]);
});

Deno.test("transformed() ends its source when it is left, and passes on its failure", async () => {
  let cancelled = false;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(octetsOf("a")),
    cancel: () => void (cancelled = true),
  });
  for await (const _ of transformed(source, marking(""))) break;
  strictEqual(cancelled, true);
  const failing = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error("gone")) });
  await rejects(collected(transformed(failing)), /gone/);
});

Deno.test("joined() copies only when it must", () => {
  const a = octetsOf("a");
  strictEqual(joined(a, octetsOf("")), a);
  strictEqual(joined(octetsOf(""), a), a);
  strictEqual(octetText(joined(a, octetsOf("b"))), "ab");
});

Deno.test("concatenated() copies only when it must", () => {
  const a = octetsOf("a");
  strictEqual(concatenated([octetsOf(""), a, octetsOf("")]), a);
  strictEqual(octetText(concatenated([a, octetsOf(""), octetsOf("bc"), a])), "abca");
  strictEqual(concatenated([]).length, 0);
});

Deno.test("withInserted() puts an octet before each place, and copies only if it must", async (t) => {
  const cases: [text: string, places: number[], want: string][] = [
    ["abc", [0], ".abc"],
    ["abc", [2], "ab.c"],
    ["abc", [0, 1, 2], ".a.b.c"],
    ["abc", [3], "abc."],
    ["", [0], "."],
  ];
  for (const [text, places, want] of cases) {
    await t.step(want, () => {
      strictEqual(octetText(withInserted(octetsOf(text), places, 0x2e)), want);
    });
  }
  const untouched = octetsOf("abc");
  strictEqual(withInserted(untouched, [], 0x2e), untouched);
});
