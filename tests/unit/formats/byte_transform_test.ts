import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import {
  type ByteTransform,
  concatenated,
  joined,
  transformed,
} from "../../../src/formats/byte_transform.ts";
import { collected, octets, textOf } from "../../support/chunks.ts";

/** Passes on what it gets and says `mark` at the end. */
function marking(mark: string): ByteTransform {
  return { push: (chunk) => chunk, end: () => octets(mark) };
}

/** Passes nothing on before the end. */
function holding(): ByteTransform {
  let held = octets("");
  return {
    push: (chunk) => {
      held = octets(textOf(held, chunk));
      return octets("");
    },
    end: () => held,
  };
}

Deno.test("transformed() sends what one step held back through the steps behind it", async () => {
  const chunks = [octets("a"), octets(""), octets("b")];
  strictEqual(await collected(transformed(chunks)), "ab");
  strictEqual(await collected(transformed(chunks, marking("1"), marking("2"))), "ab12");
  strictEqual(await collected(transformed(chunks, holding(), marking("!"), holding())), "ab!");
  strictEqual(await collected(transformed([], marking("1"))), "1");
});

Deno.test("transformed() yields no empty chunk", async () => {
  const sizes: number[] = [];
  for await (const chunk of transformed([octets(""), octets("a")], marking(""))) {
    sizes.push(chunk.length);
  }
  deepStrictEqual(sizes, [1]);
});

Deno.test("transformed() ends its source when it is left, and passes on its failure", async () => {
  let cancelled = false;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(octets("a")),
    cancel: () => void (cancelled = true),
  });
  for await (const _ of transformed(source, marking(""))) break;
  strictEqual(cancelled, true);
  const failing = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error("gone")) });
  await rejects(collected(transformed(failing)), /gone/);
});

Deno.test("joined() copies only when it must", () => {
  const a = octets("a");
  strictEqual(joined(a, octets("")), a);
  strictEqual(joined(octets(""), a), a);
  strictEqual(textOf(joined(a, octets("b"))), "ab");
});

Deno.test("concatenated() copies only when it must", () => {
  const a = octets("a");
  strictEqual(concatenated([octets(""), a, octets("")]), a);
  strictEqual(textOf(concatenated([a, octets(""), octets("bc"), a])), "abca");
  strictEqual(concatenated([]).length, 0);
});
